// SPDX-License-Identifier: Apache-2.0
// Numbers are printed by std::to_chars and integer arithmetic only: no locale, the same bytes everywhere.
#include "runtime/actions/value_text.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "runtime/json/decimal.h"
#include "runtime/json/instant.h"
#include "runtime/json/json_check.h"
#include "runtime/value/text_pool.h"

namespace mrule::runtime {
namespace {

using sema::TypeKind;

constexpr std::string_view kUnknownWord = "unknown";

/// `digits` with a comma before every third from the right.
void AppendGrouped(std::string& out, std::string_view digits) {
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
}

void AppendGrouped(std::string& out, uint64_t value) {
  char buffer[24];
  AppendGrouped(
      out,
      std::string_view(buffer, static_cast<size_t>(std::to_chars(buffer, buffer + 24, value).ptr - buffer)));
}

uint64_t Magnitude(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

/// For people: thousands separated, at most four decimals; what would then be nothing but zeros keeps four
/// digits.
void AppendNumberWords(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += kUnknownWord;
    return;
  }
  char buffer[400];
  int decimals = 4;
  const double magnitude = std::fabs(value);
  if (magnitude != 0 && magnitude < 0.001)
    decimals = std::min(3 - static_cast<int>(std::floor(std::log10(magnitude))), 40);
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::fixed, decimals).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  if (value < 0 && text != "0") out += '-';
  const size_t point = text.find('.');
  AppendGrouped(out, text.substr(0, point));
  if (point != std::string_view::npos) out += text.substr(point);
}

template <typename Format>
void AppendFormatted(std::string& out, Format format, int64_t value) {
  char buffer[64];
  out.append(buffer, format(value, buffer));
}

template <typename Format>
void AppendQuoted(std::string& out, Format format, int64_t value) {
  out += '"';
  AppendFormatted(out, format, value);
  out += '"';
}

void AppendEscaped(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[(static_cast<unsigned char>(c) >> 4) & 15];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

bool NeedsEscape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void AppendValidJsonText(std::string& out, std::string_view text) {
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!NeedsEscape(text[i])) continue;
    out.append(text, from, i - from);
    AppendEscaped(out, text[i]);
    from = i + 1;
  }
  out.append(text, from, text.size() - from);
}

}  // namespace

void AppendJsonText(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const size_t bad = FindBadUtf8(text);
    AppendValidJsonText(out, text.substr(0, bad));
    if (bad == std::string_view::npos) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
  out += '"';
}

std::string_view ValuePrinter::EnumName(const sema::Type& type, int64_t bits) const {
  if (type.detail >= plan_.enums.size()) return kUnknownWord;
  const auto& names = plan_.enums[type.detail];
  return bits >= 0 && static_cast<size_t>(bits) < names.size()
             ? std::string_view(names[static_cast<size_t>(bits)])
             : kUnknownWord;
}

void ValuePrinter::AppendJson(std::string& out, const sema::Type& type, const MrValue& value) const {
  if (value.known == 0) {
    out += "null";
    return;
  }
  switch (type.kind) {
    case TypeKind::kBoolean:
      out += value.bits != 0 ? "true" : "false";
      return;
    case TypeKind::kNumber:
    case TypeKind::kRatio:
    case TypeKind::kPercent: {
      char buffer[kNumberBytesMax];
      out.append(buffer, FormatDouble(std::bit_cast<double>(value.bits), buffer));
      return;
    }
    case TypeKind::kCount:
      return AppendFormatted(out, FormatWhole, value.bits);
    case TypeKind::kMoney:
      return AppendFormatted(out, FormatMicros, value.bits);
    case TypeKind::kDuration:
      return AppendQuoted(out, FormatDuration, value.bits);
    case TypeKind::kInstant:
      return AppendQuoted(out, FormatInstant, value.bits);
    case TypeKind::kDate:
      return AppendQuoted(out, FormatDate, value.bits);
    case TypeKind::kTimeOfDay:
      return AppendQuoted(out, FormatTimeOfDay, value.bits);
    case TypeKind::kEnum:
      return AppendJsonText(out, EnumName(type, value.bits));
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
      return AppendJsonText(out, View(*reinterpret_cast<const MrText*>(value.bits)));
    case TypeKind::kSet: {
      const auto* set = reinterpret_cast<const MrTextSet*>(value.bits);
      out += '[';
      for (uint32_t i = 0; set != nullptr && i < set->size; ++i) {
        if (i != 0) out += ',';
        AppendJsonText(out, View(*set->items[i]));
      }
      out += ']';
      return;
    }
    case TypeKind::kError:
      break;
  }
  out += "null";
}

void ValuePrinter::AppendMoneyWords(std::string& out, const sema::Type& type, int64_t micros) const {
  const std::string_view currency =
      type.detail < plan_.currencies.size() ? std::string_view(plan_.currencies[type.detail]) : "";
  if (micros < 0) out += '-';
  std::string_view after;
  if (currency == "USD") {
    out += "$";
  } else if (currency == "EUR") {
    out += "€";
  } else if (currency == "GBP") {
    out += "£";
  } else {
    after = currency;
  }
  const uint64_t magnitude = Magnitude(micros);
  AppendGrouped(out, magnitude / 1'000'000);
  uint64_t fraction = magnitude % 1'000'000;
  if (fraction != 0) {
    out += '.';
    uint64_t weight = 100'000;
    for (int i = 0; fraction != 0 || i < 2; ++i, weight /= 10) {
      out += static_cast<char>('0' + fraction / weight);
      fraction %= weight;
    }
  }
  if (!after.empty()) out.append(" ").append(after);
}

void ValuePrinter::AppendWords(std::string& out, const sema::Type& type, const MrValue& value) const {
  if (value.known == 0) {
    out += kUnknownWord;
    return;
  }
  switch (type.kind) {
    case TypeKind::kBoolean:
      out += value.bits != 0 ? "yes" : "no";
      return;
    case TypeKind::kNumber:
    case TypeKind::kRatio:
      return AppendNumberWords(out, std::bit_cast<double>(value.bits));
    case TypeKind::kPercent:
      AppendNumberWords(out, std::bit_cast<double>(value.bits) * 100);
      out += '%';
      return;
    case TypeKind::kCount:
      if (value.bits < 0) out += '-';
      return AppendGrouped(out, Magnitude(value.bits));
    case TypeKind::kMoney:
      return AppendMoneyWords(out, type, value.bits);
    case TypeKind::kDuration:
      return AppendFormatted(out, FormatDuration, value.bits);
    case TypeKind::kInstant:
      return AppendFormatted(out, FormatInstant, value.bits);
    case TypeKind::kDate:
      return AppendFormatted(out, FormatDate, value.bits);
    case TypeKind::kTimeOfDay:
      return AppendFormatted(out, FormatTimeOfDay, value.bits);
    case TypeKind::kEnum:
      out += EnumName(type, value.bits);
      return;
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
      out += View(*reinterpret_cast<const MrText*>(value.bits));
      return;
    case TypeKind::kSet: {
      const auto* set = reinterpret_cast<const MrTextSet*>(value.bits);
      for (uint32_t i = 0; set != nullptr && i < set->size; ++i) {
        if (i != 0) out += ", ";
        out += View(*set->items[i]);
      }
      return;
    }
    case TypeKind::kError:
      break;
  }
  out += kUnknownWord;
}

MrValue ValuePrinter::Resolve(const plan::ValueRef& ref, const MrValue* outputs, MrText* constant) const {
  switch (ref.kind) {
    case plan::ValueRef::Kind::kConstant:
      return {ref.bits, 1};
    case plan::ValueRef::Kind::kConstantText: {
      const std::string& text = plan_.texts[static_cast<size_t>(ref.bits)];
      *constant = {text.data(), static_cast<uint32_t>(text.size()), 0};
      return {reinterpret_cast<int64_t>(constant), 1};
    }
    case plan::ValueRef::Kind::kOutput:
      break;
  }
  return outputs == nullptr ? MrValue{0, 0} : outputs[ref.output];
}

void ValuePrinter::AppendJson(std::string& out, const plan::ValueRef& ref, const MrValue* outputs) const {
  MrText constant;
  AppendJson(out, ref.type, Resolve(ref, outputs, &constant));
}

void ValuePrinter::AppendWords(std::string& out, const plan::ValueRef& ref, const MrValue* outputs) const {
  MrText constant;
  AppendWords(out, ref.type, Resolve(ref, outputs, &constant));
}

void ValuePrinter::AppendTemplate(std::string& out, const plan::Template& text,
                                  const MrValue* outputs) const {
  for (size_t i = 0; i < text.chunks.size(); ++i) {
    out += text.chunks[i];
    if (i < text.values.size()) AppendWords(out, text.values[i], outputs);
  }
}

}  // namespace mrule::runtime
