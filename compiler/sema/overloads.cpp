// SPDX-License-Identifier: Apache-2.0
#include "compiler/sema/overloads.h"

#include <unordered_map>

namespace mrule::sema {
namespace {

using stdlib::BuiltinRow;
using stdlib::SigType;

constexpr int kImpossible = -1;

const std::unordered_map<std::string_view, std::vector<const BuiltinRow*>>& RowsBySpelling() {
  static const auto kRows = [] {
    std::unordered_map<std::string_view, std::vector<const BuiltinRow*>> rows;
    for (const BuiltinRow& row : stdlib::Builtins()) rows[row.spelling].push_back(&row);
    return rows;
  }();
  return kRows;
}

// What it costs to take `from` for `to`. Wider steps cost more, so that the nearest row wins.
int WideningCost(TypeKind from, TypeKind to, bool comparing) {
  if (from == to) return 0;
  switch (to) {
    case TypeKind::kText:
      return from == TypeKind::kCode || from == TypeKind::kMessage || from == TypeKind::kSubject
                 ? 0
                 : kImpossible;
    case TypeKind::kNumber:
      return from == TypeKind::kCount ? 2 : from == TypeKind::kRatio ? 2 : kImpossible;
    case TypeKind::kRatio:
      if (from == TypeKind::kNumber) return 1;
      if (from == TypeKind::kCount) return 3;
      return from == TypeKind::kPercent && comparing ? 1 : kImpossible;
    default:
      return kImpossible;
  }
}

bool HasDetail(TypeKind kind) { return kind == TypeKind::kMoney || kind == TypeKind::kEnum; }

}  // namespace

TypeKind KindOf(SigType type) {
  switch (type) {
    case SigType::kBoolean:
      return TypeKind::kBoolean;
    case SigType::kNumber:
      return TypeKind::kNumber;
    case SigType::kCount:
      return TypeKind::kCount;
    case SigType::kRatio:
      return TypeKind::kRatio;
    case SigType::kPercent:
      return TypeKind::kPercent;
    case SigType::kMoney:
      return TypeKind::kMoney;
    case SigType::kDuration:
      return TypeKind::kDuration;
    case SigType::kInstant:
      return TypeKind::kInstant;
    case SigType::kDate:
      return TypeKind::kDate;
    case SigType::kTimeOfDay:
      return TypeKind::kTimeOfDay;
    case SigType::kText:
      return TypeKind::kText;
    case SigType::kEnum:
      return TypeKind::kEnum;
    case SigType::kSet:
      return TypeKind::kSet;
  }
  return TypeKind::kError;
}

bool IsComparison(std::string_view spelling) {
  return spelling == "=" || spelling == "!=" || spelling == "<" || spelling == "<=" || spelling == ">" ||
         spelling == ">=";
}

bool IsBuiltin(std::string_view spelling) { return RowsBySpelling().contains(spelling); }

std::vector<std::string_view> FunctionNames() {
  std::vector<std::string_view> names;
  for (const BuiltinRow& row : stdlib::Builtins()) {
    char first = row.spelling[0];
    bool is_name = first >= 'a' && first <= 'z' && row.spelling.find(' ') == std::string_view::npos &&
                   row.spelling != "contains";
    if (is_name && (names.empty() || names.back() != row.spelling)) names.push_back(row.spelling);
  }
  return names;
}

Overload Resolve(std::string_view spelling, std::span<const Type> args) {
  Overload best;
  best.problem = Overload::Problem::kNoRow;
  auto rows = RowsBySpelling().find(spelling);
  if (rows == RowsBySpelling().end()) return best;
  bool comparing = IsComparison(spelling);
  int best_cost = 0;
  for (const BuiltinRow* row : rows->second) {
    if (row->arity != args.size()) continue;
    int cost = 0;
    for (size_t i = 0; i < args.size() && cost != kImpossible; ++i) {
      int step = WideningCost(args[i].kind, KindOf(row->params[i]), comparing);
      cost = step == kImpossible ? kImpossible : cost + step;
    }
    if (cost == kImpossible || (best.row && cost >= best_cost)) continue;
    best.row = row;
    best_cost = cost;
  }
  if (!best.row) return best;
  best.problem = Overload::Problem::kNone;
  best.result.kind = KindOf(best.row->result);
  const Type* detailed = nullptr;
  for (const Type& arg : args) {
    best.result.optional |= arg.optional;
    if (!HasDetail(arg.kind)) continue;
    if (detailed && detailed->kind == arg.kind && detailed->detail != arg.detail) {
      best.row = nullptr;
      best.problem =
          arg.kind == TypeKind::kMoney ? Overload::Problem::kCurrencies : Overload::Problem::kEnumerations;
      return best;
    }
    detailed = &arg;
    if (best.result.kind == arg.kind) best.result.detail = arg.detail;
  }
  return best;
}

bool IsAssignable(const Type& from, const Type& to) {
  if (from.is_error() || to.is_error()) return true;
  if (from.kind == to.kind) {
    return from.detail == to.detail || to.kind == TypeKind::kSet || to.kind == TypeKind::kSubject;
  }
  if (to.is_text()) return from.is_text();
  return WideningCost(from.kind, to.kind, true) != kImpossible;
}

}  // namespace mrule::sema
