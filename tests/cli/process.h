// SPDX-License-Identifier: Apache-2.0
// Runs the `mrule` program in a folder of its own, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace mrule::test {

struct Outcome {
  int status = -1;   ///< exit status; 128 + n for a signal
  std::string out;
  std::string err;
};

/// Each test has a fresh folder, in which it runs and which goes with it.
class CliTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  void Write(const std::string& name, std::string_view text) const;
  std::string Read(const std::string& name) const;
  bool Exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  /// `arguments` as a shell reads them, redirections included.
  Outcome Mrule(const std::string& arguments) const;

  std::filesystem::path folder_;
};

size_t CountLines(std::string_view text);

}  // namespace mrule::test
