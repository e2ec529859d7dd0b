// SPDX-License-Identifier: Apache-2.0
#include "compiler/sema/same_expr.h"

#include <algorithm>
#include <bit>

namespace mrule::hir {
namespace {

bool SameConstant(const Constant& a, const Constant& b) {
  return a.i64 == b.i64 && std::bit_cast<int64_t>(a.f64) == std::bit_cast<int64_t>(b.f64) && a.text == b.text &&
         a.items == b.items;
}

/// All but the operands.
bool SameNode(const Expr& a, const Expr& b) {
  return a.kind == b.kind && a.type.SameAs(b.type) && a.index == b.index && a.builtin == b.builtin &&
         SameConstant(a.constant, b.constant) &&
         std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(), SameConstant) &&
         a.pattern == b.pattern && a.aggregate == b.aggregate && a.segment == b.segment && a.sequence == b.sequence &&
         a.window == b.window && a.window_micros == b.window_micros && a.count == b.count && a.op == b.op && a.even_if_new == b.even_if_new &&
         a.chunks == b.chunks && a.args.size() == b.args.size();
}

}  // namespace

bool SameExpr(const Program& program, ExprId a, ExprId b) {
  std::vector<std::pair<ExprId, ExprId>> pending{{a, b}};
  while (!pending.empty()) {
    const auto [left, right] = pending.back();
    pending.pop_back();
    if (left == right) continue;
    if (!left || !right || !SameNode(program.exprs[left], program.exprs[right])) return false;
    for (size_t i = 0; i < program.exprs[left].args.size(); ++i) {
      pending.emplace_back(program.exprs[left].args[i], program.exprs[right].args[i]);
    }
  }
  return true;
}

bool SamePattern(const Program& program, const Pattern& a, const Pattern& b) {
  return a.subject == b.subject &&
         std::equal(a.cases.begin(), a.cases.end(), b.cases.begin(), b.cases.end(),
                    [&](const PatternCase& x, const PatternCase& y) {
                      return x.event == y.event && SameExpr(program, x.filter, y.filter) && SameExpr(program, x.value, y.value);
                    });
}

bool SameSequence(const Program& program, const Sequence& a, const Sequence& b) {
  return a.subject == b.subject && a.each == b.each && a.absent == b.absent &&
         std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(), b.steps.end(),
                    [&](const Step& x, const Step& y) {
                      return x.within_micros == y.within_micros &&
                             SamePattern(program, program.patterns[x.pattern], program.patterns[y.pattern]);
                    }) &&
         std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                    [](const SequenceKey& x, const SequenceKey& y) { return x.name == y.name && x.type.SameAs(y.type); });
}

}  // namespace mrule::hir
