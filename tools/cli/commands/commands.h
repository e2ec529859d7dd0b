// SPDX-License-Identifier: Apache-2.0
// The sub-commands as functions: plain options in, exit status out. The command line is read in main.cpp alone; values that
// have a form of their own (instants, durations) arrive as text and are read by the command.
#pragma once

#include <string>
#include <vector>

namespace mrule::cli {

struct RunOptions {
  std::vector<std::string> rules;
  std::vector<std::string> events;  ///< each `[NAME=]FILE[;lateness=DURATION][;idle=DURATION]`
  std::string state_in;
  std::string state_out;
  std::string until;
  bool drain = false;
  bool pause = false;
  std::string engine = "auto";
  int opt = 2;
  int threads = 1;
  std::string decisions = "-";
  std::string format = "json";
  std::string suppressed = "none";
  std::string rejects;   ///< empty: a file named after the events, made when it is needed
  std::string late;      ///< likewise
  std::string contradicted;  ///< likewise
  std::string lateness;
  std::string summary = "text";  ///< its format: text or json
  bool quiet = false;
  bool no_progress = false;
};
int Run(const RunOptions& options);

struct CheckOptions {
  std::vector<std::string> rules;
  std::string format = "text";
  bool quiet = false;
};
int Check(const CheckOptions& options);

struct DumpOptions {
  std::vector<std::string> rules;
  std::string phase;
  int opt = 2;
};
int Dump(const DumpOptions& options);

struct ExplainOptions {
  std::string code;  ///< empty: list all
};
int Explain(const ExplainOptions& options);

struct WhyOptions {
  int threads = 1;           ///< taken so that the options of a run may stay; one thread answers
  std::string rule;
  std::vector<std::string> rules;
  std::vector<std::string> subject;  ///< entity and identifier; or empty
  std::string at;                    ///< empty: the end of the events
  std::vector<std::string> events;   ///< as `mrule run` takes them
  std::string state_in;
  std::string lateness;
  std::string format = "text";
};
int Why(const WhyOptions& options);

struct TestOptions {
  std::vector<std::string> rules;
  std::string filter;
  bool verbose = false;
  bool coverage = false;
  std::string min;                   ///< a share, such as `80%`; empty: none
  bool watch = false;
  std::string format = "text";
  std::string junit;                 ///< a file beside the output; empty: none
  std::string engine = "interpreter";
  int opt = 2;
};
int Test(const TestOptions& options);

struct VersionOptions {
  std::string format = "text";  ///< text or json
};
int Version(const VersionOptions& options);

}  // namespace mrule::cli
