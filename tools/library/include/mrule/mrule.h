// SPDX-License-Identifier: Apache-2.0
// mrule as a C++ library: rules from text, and a session that turns a stream of JSON lines into decisions.
//
//   mrule::Compiled compiled = mrule::Rules::Compile({"rules.mrule"});
//   if (!compiled) { std::cerr << compiled.Rendered(); return 1; }
//   mrule::SessionOptions options;
//   options.on_decision = [](std::string_view json) { std::cout << json << '\n'; };
//   mrule::Opened opened = mrule::Session::Open(compiled.rules(), std::move(options));
//   if (!opened) { std::cerr << opened.error() << '\n'; return 1; }
//   opened.session().Feed("{\"type\":\"opened\",\"contact\":\"c1\",\"at\":\"2026-11-21T02:00:00Z\"}\n");
//   opened.session().Finish();
//
// Nothing throws, prints or reads a clock: time comes in with the events. A Rules value may be shared between threads; a
// Session belongs to one thread at a time. Callbacks are called from within the session's own functions, must not throw,
// and must not call back into the session.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#if defined(__GNUC__)
#define MRULE_API __attribute__((visibility("default")))
#else
#define MRULE_API
#endif

namespace mrule {

/// The library's version, such as "0.1.0".
MRULE_API std::string_view Version();

/// An instant, in microseconds since 1970-01-01T00:00:00Z.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// --- rules -----------------------------------------------------------------------------------------------------------

enum class ProblemSeverity : std::uint8_t { kError, kWarning, kNote };

/// One thing wrong with rule text.
struct Problem {
  std::string code;       ///< stable: "E0203"
  ProblemSeverity severity = ProblemSeverity::kError;
  std::string message;    ///< one sentence
  std::string file;       ///< as it was named; empty if the matter is no piece of text
  std::uint32_t line = 0;    ///< from 1; 0 without a file
  std::uint32_t column = 0;  ///< from 1, in code points; 0 without a file
  std::string rendered;   ///< as `mrule check` prints it: with the source line, labels and fixes
};

/// Rule text that is already in memory, under a name for messages.
struct RuleText {
  std::string name;
  std::string text;
};

class Compiled;

/// A checked and planned rule set. Immutable; copies share it.
class MRULE_API Rules {
 public:
  /// Files, and folders that stand for every *.mrule below them. The standard library is always there.
  static Compiled Compile(const std::vector<std::string>& paths);
  static Compiled CompileText(const std::vector<RuleText>& texts);

  /// Names of the rules, in source order; a rule without one is named by its file and line.
  const std::vector<std::string>& names() const;

  struct Impl;
  explicit Rules(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// What compiling gave: rules unless there was an error, and everything found on the way, warnings included.
class MRULE_API Compiled {
 public:
  Compiled(std::optional<Rules> rules, std::vector<Problem> problems)
      : rules_(std::move(rules)), problems_(std::move(problems)) {}

  explicit operator bool() const { return rules_.has_value(); }
  /// Only if there are rules.
  const Rules& rules() const { return *rules_; }
  /// In order of file and position.
  const std::vector<Problem>& problems() const { return problems_; }
  /// All problems as `mrule check` prints them.
  std::string Rendered() const;

 private:
  std::optional<Rules> rules_;
  std::vector<Problem> problems_;
};

// --- sessions ----------------------------------------------------------------------------------------------------------

enum class EngineKind : std::uint8_t {
  kAuto,         ///< the interpreter at once, machine code when the stream proves long; needs no LLVM
  kInterpreter,
  kJit,          ///< machine code before the first event; Open fails where libmrule-jit.so is missing
};

/// An input of its own: a log, a topic, a file (S16).
struct Source {
  std::string name;
  /// How far its records may be out of order; absent: as for all.
  std::optional<std::chrono::microseconds> lateness;
  /// How far it may lag behind the others, in event time, before it holds the clock back no more; absent: as the workspace says.
  std::optional<std::chrono::microseconds> idle;
};

/// A record that was refused (S17).
struct Reject {
  std::string_view source;    ///< empty where there is one
  std::uint64_t line = 0;     ///< counted over all that was fed of the source, from 1
  std::string_view code;      ///< "R0703"
  std::string_view reason;
  std::string_view record;    ///< the whole line
};

/// A record that came after the clock had passed it (S16).
struct Late {
  std::string_view source;    ///< empty where there is one
  std::uint64_t line = 0;     ///< as in Reject
  Instant clock;              ///< where the clock was
  std::string_view record;    ///< the whole line
};

/// A rule that could not be evaluated on one subject at one instant. The others went on.
struct Trap {
  Instant at;
  std::string_view rule;
  std::string_view subject_kind;  ///< "contact"
  std::string_view subject;
  std::string_view what;
};

/// Every view handed to a callback is valid during the call only. An empty callback means that nobody wants to know;
/// the counts are kept all the same.
struct SessionOptions {
  EngineKind engine = EngineKind::kAuto;
  int optimisation = 2;  ///< of machine code: 0 compiles fastest, 2 runs fastest
  /// How far events may be out of order (S16); absent: as the workspace says.
  std::optional<std::chrono::microseconds> lateness;
  /// None: one without a name. Within an instant their records count in this order.
  std::vector<Source> sources;
  /// Subjects are spread over so many threads beside the caller's. Decisions, their order and states are the same for any number;
  /// callbacks are still called from within the session's functions, but some decisions are heard only by a later one (Finish and Settle tell all).
  int threads = 1;
  /// Allows Pause, at the price of holding back the records of the newest instant.
  bool pausable = false;

  /// One JSON object, without a line end. Its `id` is made of rule, subject, instant, action and of which of
  /// the rule's firings for the subject at that instant it is: no two decisions share one, and a replay gives
  /// it again, whatever other rules there are. Whoever carries decisions out does each id once.
  std::function<void(std::string_view json)> on_decision;
  std::function<void(std::string_view json)> on_suppressed;  ///< a decision that lost a conflict or met a limit
  std::function<void(const Reject&)> on_reject;
  std::function<void(const Late&)> on_late;
  /// A decision announced before that a late record may contradict, as a JSON object; only where records are held back:
  /// with lateness, several sources, or `pausable`.
  std::function<void(std::string_view json)> on_contradicted;
  std::function<void(const Trap&)> on_trap;
};

struct Counts {
  std::uint64_t lines = 0;
  std::uint64_t events = 0;      ///< applied
  std::uint64_t rejected = 0;
  std::uint64_t late = 0;
  std::uint64_t repeated = 0;    ///< dropped, because their `id` has counted
  std::uint64_t contradicted = 0;  ///< decisions that a late record may contradict
  std::uint64_t subjects = 0;
  std::uint64_t fired = 0;       ///< rule firings
  std::uint64_t decisions = 0;   ///< actions decided
  std::uint64_t suppressed = 0;  ///< lost conflicts
  std::uint64_t limited = 0;     ///< firings held back by a limit
  std::uint64_t traps = 0;
  std::optional<Instant> clock;  ///< the instant reached; absent before the first event is applied
};

/// What loading a state found (S18).
struct Restored {
  std::uint64_t subjects = 0;
  std::vector<std::string> dropped;   ///< kept by the state, unknown to the rules
  std::vector<std::string> started;   ///< needed by the rules, not in the state
  std::uint64_t already_holding = 0;  ///< (rule, subject) pairs of new rules that hold now and were not fired (S4)
};

/// Success, or why not.
class MRULE_API Outcome {
 public:
  Outcome() = default;
  explicit Outcome(std::string error) : error_(std::move(error)) {}
  explicit operator bool() const { return error_.empty(); }
  const std::string& error() const { return error_; }

 private:
  std::string error_;
};

class Opened;

/// One run over one stream.
class MRULE_API Session {
 public:
  static Opened Open(const Rules& rules, SessionOptions options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Any piece of the stream: whole lines are applied, the beginning of a line waits for its rest.
  void Feed(std::string_view json_lines) { Feed(0, json_lines); }
  /// The same for one of several sources, by its number in SessionOptions::sources.
  void Feed(std::size_t source, std::string_view json_lines);
  /// Nothing more comes of this source for now: it holds the clock back no longer. It may be fed again.
  void End(std::size_t source);
  /// The stream ends here: completes the last line and the last event's instant. Events may be fed again afterwards if
  /// they are later than the clock.
  void Finish();
  /// The stream goes on in another session: SaveState then keeps what is held back, so that the two decide as one would have.
  /// Only with SessionOptions::pausable; a line that was begun is completed.
  Outcome Pause();
  /// With several threads: lets every decision be heard that has been fed for.
  void Settle();
  /// After Finish: lets everything happen that is due up to `until`.
  void AdvanceTo(Instant until);
  /// After Finish: lets every outstanding deadline pass.
  void Drain();

  Counts counts() const;

  /// After Finish or Pause: the state of every subject, as JSON lines.
  Outcome SaveState(std::string* state);
  /// Into a session that has been fed nothing.
  Outcome LoadState(std::string_view state, Restored* restored = nullptr);

  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// A session, or why there is none.
class MRULE_API Opened {
 public:
  explicit Opened(Session session) : session_(std::move(session)) {}
  explicit Opened(std::string error) : error_(std::move(error)) {}

  explicit operator bool() const { return session_.has_value(); }
  /// Only if there is one.
  Session& session() { return *session_; }
  const std::string& error() const { return error_; }

 private:
  std::optional<Session> session_;
  std::string error_;
};

}  // namespace mrule
