// SPDX-License-Identifier: Apache-2.0
// One JSON value to one typed value (stdlib/abi.h), as a field's or attribute's type asks. What is accepted:
//
//   number, ratio, percent   a number, or a text that is one ("12.50"); 20% is 0.2
//   count                    the same, if it is whole
//   money                    the same, in units of its currency, exact, rounded half even at the sixth
//   decimal boolean                  true, false instant, date            RFC 3339 text (instant.h); numbers
//   are refused: epochs come in seconds and in milliseconds time of day, duration    "09:30"; "6h", "1d 12h"
//   enumeration              the text of one of its values
//   text, code, message, subject   a text, or a whole number by its spelling
//   set of text              a list of those
//
// Texts are pooled while their field has few distinct values, always if they go into state, else they live in
// the arena.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/json/line_walker.h"
#include "runtime/program/program.h"
#include "runtime/value/event.h"

namespace mrule::runtime {

/// A field or an attribute as the reader sees it.
struct ValueSpec {
  std::string name;
  sema::Type type;
  uint32_t key = 0;       ///< id in the reader's key table
  bool retained = false;  ///< texts go into state: pool them for good
  uint32_t pooled = 0;    ///< distinct texts this field has added to the pool
  const std::vector<std::string>* enum_values = nullptr;
};

/// Distinct texts that one field may add to the pool before further ones stay in the arena.
inline constexpr uint32_t kPooledTextsPerField = 65'536;
/// Longer texts are pooled only if they go into state.
inline constexpr size_t kPooledTextBytesMax = 256;

enum class ValueFault : uint8_t {
  kNone,
  kType,   ///< the wrong kind of JSON value, or a text that is not of the form
  kItem,   ///< an item of a list is the wrong kind
  kWhole,  ///< a fraction where a count is needed
  kRange,
  kNoZone,  ///< times, see TimeFault
  kNoSuchTime,
  kYear,
  kEnum,
  kEscape,  ///< a malformed escape: the line is not JSON
  kNul,
  kTooLong,
};

class ValueReader {
 public:
  ValueReader(const Program& program, LineWalker& walker) : texts_(program.texts()), walker_(walker) {}

  void SetArena(Arena* arena) { arena_ = arena; }
  /// Pools the texts that Read has put off. Values are whole only after it.
  void FlushTexts();

  bool IsNull(const Token& token) const { return walker_.base()[token.begin] == 'n'; }
  /// `token` is not null. Writes `*out` on kNone.
  ValueFault Read(ValueSpec& spec, const Token& token, MrValue* out);
  /// The bytes of a text or a whole number, escapes resolved; they live as long as the arena.
  ValueFault ReadText(const Token& token, std::string_view* out);

  /// `a whole number`, `one of free, pro`.
  static std::string Expected(const ValueSpec& spec);
  /// `the text "abc", which has no zone; …`.
  std::string Found(const Token& token, ValueFault fault) const;

 private:
  ValueFault ReadSet(ValueSpec& spec, const Token& token, MrValue* out);
  ValueFault Pool(ValueSpec& spec, std::string_view text, const MrText** out);
  void PoolTransient(ValueSpec& spec, std::string_view text, uint64_t hash, const MrText** out);
  ValueFault PoolShort(ValueSpec& spec, std::string_view text, const MrText** out);
  ValueFault ReadNumeric(const ValueSpec& spec, const Token& token, int64_t* bits);
  ValueFault ReadInstant(std::string_view text, int64_t* bits);
  ValueFault ReadTime(const ValueSpec& spec, const Token& token, int64_t* bits);

  TextPool& texts_;
  LineWalker& walker_;
  Arena* arena_ = nullptr;
  std::vector<const MrText*> items_;  // scratch

  /// Short texts pooled lately, by their bytes: no call and no comparison in a loop for what comes on every
  /// line.
  struct Recent {
    uint64_t words[2] = {0, 0};
    uint64_t size = 0;
    const MrText* text = nullptr;
  };
  /// Longer texts that may stay transient are looked up together at the end of a chunk: their places in the
  /// pool are fetched meanwhile, and the misses that are left overlap.
  struct Deferred {
    MrValue* value;
    ValueSpec* spec;
    std::string_view text;
    uint64_t hash;
  };
  std::vector<Deferred> deferred_;

  static constexpr unsigned kRecentBits = 12;
  std::vector<Recent> recent_ = std::vector<Recent>(size_t{1} << kRecentBits);

  /// The minute of the instant read last, `YYYY-MM-DDTHH:MM`, and where it begins.
  uint64_t minute_words_[2] = {0, 0};
  int64_t minute_begin_ = 0;
};

}  // namespace mrule::runtime
