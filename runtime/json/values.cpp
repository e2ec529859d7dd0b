// SPDX-License-Identifier: Apache-2.0
// Hot: Read and what it calls. Cold: the wording of faults.
#include "runtime/json/values.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "compiler/base/limits.h"
#include "runtime/json/decimal.h"
#include "runtime/json/instant.h"
#include "runtime/value/hash.h"

namespace mrule::runtime {
namespace {

using sema::TypeKind;

ValueFault FromNumber(NumberFault fault) {
  switch (fault) {
    case NumberFault::kNone:
      return ValueFault::kNone;
    case NumberFault::kForm:
      return ValueFault::kType;
    case NumberFault::kFraction:
      return ValueFault::kWhole;
    case NumberFault::kOutOfRange:
      return ValueFault::kRange;
  }
  return ValueFault::kType;
}

ValueFault FromTime(TimeFault fault) {
  switch (fault) {
    case TimeFault::kNone:
      return ValueFault::kNone;
    case TimeFault::kForm:
      return ValueFault::kType;
    case TimeFault::kNoZone:
      return ValueFault::kNoZone;
    case TimeFault::kNoSuchTime:
      return ValueFault::kNoSuchTime;
    case TimeFault::kOutOfRange:
      return ValueFault::kYear;
  }
  return ValueFault::kType;
}

/// At most `bytes_max` bytes of `text`, cut between characters.
std::string Shown(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace

ValueFault ValueReader::ReadText(const Token& token, std::string_view* out) {
  const char first = walker_.base()[token.begin];
  if (first == '"') {
    const std::string_view inside = walker_.Inside(token);
    if (token.escaped == 0) {
      *out = inside;
      return ValueFault::kNone;
    }
    char* copy = static_cast<char*>(arena_->Allocate(inside.size(), 1));
    const size_t size = Unescape(inside, copy);
    if (size == SIZE_MAX) return ValueFault::kEscape;
    *out = {copy, size};
    return out->find('\0') == std::string_view::npos ? ValueFault::kNone : ValueFault::kNul;
  }
  *out = walker_.Text(token);
  return IsJsonInteger(*out) ? ValueFault::kNone : ValueFault::kType;
}

ValueFault ValueReader::Pool(ValueSpec& spec, std::string_view text, const MrText** out) {
  const uint64_t hash = HashBytes(text);
  if (spec.retained) {
    if (text.size() > limits::kTextBytesMax) return ValueFault::kTooLong;
    *out = texts_.Intern(text, hash);
    return ValueFault::kNone;
  }
  PoolTransient(spec, text, hash, out);
  return ValueFault::kNone;
}

void ValueReader::PoolTransient(ValueSpec& spec, std::string_view text, uint64_t hash, const MrText** out) {
  if (spec.pooled < kPooledTextsPerField && text.size() <= kPooledTextBytesMax) {
    const uint32_t before = texts_.size();
    *out = texts_.Intern(text, hash);
    spec.pooled += texts_.size() - before;
    return;
  }
  // What is pooled is always found: most comparisons are by id.
  *out = texts_.Find(text, hash);
  if (*out == nullptr)
    *out = new (arena_->Allocate(sizeof(MrText))) MrText{text.data(), static_cast<uint32_t>(text.size()), 0};
}

void ValueReader::FlushTexts() {
  for (const Deferred& deferred : deferred_) texts_.PrefetchText(deferred.hash);
  for (const Deferred& deferred : deferred_) {
    const MrText* text = nullptr;
    PoolTransient(*deferred.spec, deferred.text, deferred.hash, &text);
    deferred.value->bits = reinterpret_cast<int64_t>(text);
  }
  deferred_.clear();
}

/// `text` has at most 16 bytes, and 16 bytes from its beginning are readable.
ValueFault ValueReader::PoolShort(ValueSpec& spec, std::string_view text, const MrText** out) {
  static constexpr uint64_t kMasks[] = {0,
                                        0xFF,
                                        0xFFFF,
                                        0xFFFFFF,
                                        0xFFFFFFFF,
                                        0xFFFFFFFFFF,
                                        0xFFFFFFFFFFFF,
                                        0xFFFFFFFFFFFFFF,
                                        0xFFFFFFFFFFFFFFFF};
  uint64_t words[2];
  std::memcpy(words, text.data(), sizeof words);
  words[0] &= kMasks[std::min<size_t>(text.size(), 8)];
  words[1] &= kMasks[text.size() - std::min<size_t>(text.size(), 8)];
  const uint64_t mixed = (words[0] ^ (words[1] * 0x9E3779B97F4A7C15u) ^ text.size()) * 0xD6E8FEB86659FD93u;
  Recent& recent = recent_[mixed >> (64 - kRecentBits)];
  if (recent.words[0] == words[0] && recent.words[1] == words[1] && recent.size == text.size() &&
      recent.text != nullptr) {
    *out = recent.text;
    return ValueFault::kNone;
  }
  const ValueFault fault = Pool(spec, text, out);
  if (fault == ValueFault::kNone && (*out)->id != 0) recent = {{words[0], words[1]}, text.size(), *out};
  return fault;
}

ValueFault ValueReader::ReadSet(ValueSpec& spec, const Token& token, MrValue* out) {
  if (walker_.base()[token.begin] != '[') return ValueFault::kType;
  items_.clear();
  ValueFault fault = ValueFault::kNone;
  walker_.EachItem(token, [&](const Token& item) {
    std::string_view text;
    const MrText* pooled = nullptr;
    fault = ReadText(item, &text);
    if (fault == ValueFault::kNone) fault = Pool(spec, text, &pooled);
    items_.push_back(pooled);
    return fault == ValueFault::kNone;
  });
  if (fault != ValueFault::kNone) return fault == ValueFault::kType ? ValueFault::kItem : fault;
  std::sort(items_.begin(), items_.end(),
            [](const MrText* a, const MrText* b) { return View(*a) < View(*b); });
  items_.erase(std::unique(items_.begin(), items_.end(),
                           [](const MrText* a, const MrText* b) { return View(*a) == View(*b); }),
               items_.end());
  auto** items = arena_->AllocateArray<const MrText*>(items_.size());
  std::copy(items_.begin(), items_.end(), items);
  const auto* set =
      new (arena_->Allocate(sizeof(MrTextSet))) MrTextSet{items, static_cast<uint32_t>(items_.size()), 0};
  out->bits = reinterpret_cast<int64_t>(set);
  return ValueFault::kNone;
}

ValueFault ValueReader::ReadNumeric(const ValueSpec& spec, const Token& token, int64_t* bits) {
  std::string_view text = walker_.Text(token);
  if (text[0] == '"') {
    if (const ValueFault fault = ReadText(token, &text); fault != ValueFault::kNone) return fault;
  }
  if (spec.type.kind == TypeKind::kMoney) return FromNumber(ParseMicros(text, bits));
  if (spec.type.kind == TypeKind::kCount) return FromNumber(ParseWhole(text, bits));
  double value = 0;
  const NumberFault fault = ParseDouble(text, &value);
  *bits = std::bit_cast<int64_t>(value);
  return FromNumber(fault);
}

/// `YYYY-MM-DDTHH:MM:SSZ` and `….mmmZ` within the minute read last; anything else the long way.
ValueFault ValueReader::ReadInstant(std::string_view text, int64_t* bits) {
  const char* p = text.data();
  const bool plain = text.size() == 20 && p[19] == 'Z';
  const bool millis = text.size() == 24 && p[19] == '.' && p[23] == 'Z';
  if (!plain && !millis) return FromTime(ParseInstant(text, bits));
  uint64_t words[2];
  std::memcpy(words, p, sizeof words);
  const auto digit = [p](size_t i) { return static_cast<unsigned>(p[i] - '0'); };
  const unsigned tens = digit(17), ones = digit(18);
  const bool clock = p[16] == ':' && tens < 6 && ones < 10;
  int64_t in_minute = (tens * 10 + ones) * int64_t{1'000'000};
  bool good = clock;
  if (millis) {
    good = good && digit(20) < 10 && digit(21) < 10 && digit(22) < 10;
    in_minute += (digit(20) * 100 + digit(21) * 10 + digit(22)) * int64_t{1'000};
  }
  if (good && words[0] == minute_words_[0] && words[1] == minute_words_[1]) {
    *bits = minute_begin_ + in_minute;
    return ValueFault::kNone;
  }
  const ValueFault fault = FromTime(ParseInstant(text, bits));
  if (fault == ValueFault::kNone && good) {
    minute_words_[0] = words[0];
    minute_words_[1] = words[1];
    minute_begin_ = *bits - in_minute;
  }
  return fault;
}

ValueFault ValueReader::ReadTime(const ValueSpec& spec, const Token& token, int64_t* bits) {
  if (walker_.base()[token.begin] != '"') return ValueFault::kType;
  std::string_view text;
  if (const ValueFault fault = ReadText(token, &text); fault != ValueFault::kNone) return fault;
  switch (spec.type.kind) {
    case TypeKind::kInstant:
      return ReadInstant(text, bits);
    case TypeKind::kDate:
      return FromTime(ParseDate(text, bits));
    case TypeKind::kTimeOfDay:
      return FromTime(ParseTimeOfDay(text, bits));
    default:
      break;
  }
  const TimeFault fault = ParseDuration(text, bits);
  return fault == TimeFault::kOutOfRange ? ValueFault::kRange : FromTime(fault);
}

ValueFault ValueReader::Read(ValueSpec& spec, const Token& token, MrValue* out) {
  out->known = 1;
  const char first = walker_.base()[token.begin];
  switch (spec.type.kind) {
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject: {
      std::string_view text;
      const MrText* pooled = nullptr;
      ValueFault fault;
      if (first == '"' && token.escaped == 0 && token.end - token.begin <= 18) {
        fault = PoolShort(spec, walker_.Inside(token), &pooled);
      } else {
        fault = ReadText(token, &text);
        if (fault == ValueFault::kNone && !spec.retained) {
          deferred_.push_back({out, &spec, text, HashBytes(text)});
          texts_.Prefetch(deferred_.back().hash);
          return fault;
        }
        if (fault == ValueFault::kNone) fault = Pool(spec, text, &pooled);
      }
      out->bits = reinterpret_cast<int64_t>(pooled);
      return fault;
    }
    case TypeKind::kNumber:
    case TypeKind::kRatio:
    case TypeKind::kPercent:
    case TypeKind::kCount:
    case TypeKind::kMoney:
      return ReadNumeric(spec, token, &out->bits);
    case TypeKind::kBoolean:
      out->bits = first == 't';
      return first == 't' || first == 'f' ? ValueFault::kNone : ValueFault::kType;
    case TypeKind::kInstant:
    case TypeKind::kDate:
    case TypeKind::kTimeOfDay:
    case TypeKind::kDuration:
      return ReadTime(spec, token, &out->bits);
    case TypeKind::kEnum: {
      if (first != '"') return ValueFault::kType;
      std::string_view text;
      if (const ValueFault fault = ReadText(token, &text); fault != ValueFault::kNone) return fault;
      const auto found = std::find(spec.enum_values->begin(), spec.enum_values->end(), text);
      out->bits = found - spec.enum_values->begin();
      return found == spec.enum_values->end() ? ValueFault::kEnum : ValueFault::kNone;
    }
    case TypeKind::kSet:
      return ReadSet(spec, token, out);
    case TypeKind::kError:
      break;
  }
  return ValueFault::kType;
}

std::string ValueReader::Expected(const ValueSpec& spec) {
  switch (spec.type.kind) {
    case TypeKind::kBoolean:
      return "true or false";
    case TypeKind::kNumber:
    case TypeKind::kRatio:
      return "a number";
    case TypeKind::kPercent:
      return "a number such as 0.2 for 20%";
    case TypeKind::kCount:
      return "a whole number";
    case TypeKind::kMoney:
      return "an amount such as 12.50";
    case TypeKind::kDuration:
      return "a duration such as `6h`";
    case TypeKind::kInstant:
      return "an instant such as `2026-11-21T02:00:00Z`";
    case TypeKind::kDate:
      return "a date such as `2026-11-21`";
    case TypeKind::kTimeOfDay:
      return "a time of day such as `09:30`";
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
      return "a text";
    case TypeKind::kSet:
      return "a list of texts";
    case TypeKind::kEnum: {
      constexpr size_t kShownMax = 12;
      std::string text = "one of ";
      for (size_t i = 0; i < spec.enum_values->size() && i < kShownMax; ++i) {
        if (i != 0) text += ", ";
        text += (*spec.enum_values)[i];
      }
      if (spec.enum_values->size() > kShownMax) text += ", …";
      return text;
    }
    case TypeKind::kError:
      break;
  }
  return "a value";
}

std::string ValueReader::Found(const Token& token, ValueFault fault) const {
  const std::string_view bytes = walker_.Text(token);
  std::string text;
  switch (bytes[0]) {
    case '"':
      text = "the text `" + Shown(walker_.Inside(token), 60) + "`";
      break;
    case '{':
      text = "an object";
      break;
    case '[':
      text = "a list";
      break;
    case 't':
    case 'f':
      text = std::string(bytes);
      break;
    case 'n':
      return "null";
    default:
      text = "the number " + Shown(bytes, 40);
      break;
  }
  switch (fault) {
    case ValueFault::kRange:
      return text + ", which is out of range";
    case ValueFault::kNoZone:
      return text + ", which " + std::string(Explain(TimeFault::kNoZone));
    case ValueFault::kNoSuchTime:
      return text + ", which " + std::string(Explain(TimeFault::kNoSuchTime));
    case ValueFault::kYear:
      return text + ", which " + std::string(Explain(TimeFault::kOutOfRange));
    case ValueFault::kItem:
      return text + " that holds something else";
    default:
      return text;
  }
}

}  // namespace mrule::runtime
