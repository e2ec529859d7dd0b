// SPDX-License-Identifier: Apache-2.0
// Rules whose way back can hold while they fire (S13): `when roas < 1.2 … until roas > 1.0 then …`. Comparisons of the same value
// with constants are met; only where the two conditions share such a value, and none of those they share keeps them apart, is it
// said. Conditions with `or` are left alone.
#include <vector>

#include "compiler/sema/flow.h"
#include "compiler/sema/flow_region.h"

namespace mrule::sema {
namespace {

using hir::Expr;
using hir::ExprId;
using hir::ExprKind;
using hir::Program;

constexpr int kDepthMax = 64;

/// What the condition compares with constants, as far as all of it must hold.
void Comparisons(const Program& program, ExprId id, std::vector<ExprId>& out, int depth = 0) {
  const Expr& expr = program.exprs[id];
  if (depth > kDepthMax) return;
  if (expr.kind == ExprKind::kAnd) {
    for (ExprId arg : expr.args) Comparisons(program, arg, out, depth + 1);
  } else if (expr.kind == ExprKind::kHold || expr.kind == ExprKind::kRequire) {
    Comparisons(program, expr.args[0], out, depth + 1);
  } else if (ReadComparison(program, id)) {
    out.push_back(id);
  }
}

bool IsSame(const Program& program, ExprId left, ExprId right, int depth = 0) {
  const Expr& a = program.exprs[Unwrapped(program, left)];
  const Expr& b = program.exprs[Unwrapped(program, right)];
  if (depth > kDepthMax || a.kind != b.kind || a.args.size() != b.args.size()) return false;
  switch (a.kind) {
    case ExprKind::kAttribute:
      return a.index == b.index;
    case ExprKind::kAggregate:
      return a.aggregate == b.aggregate;
    case ExprKind::kBuiltin:
      if (a.builtin != b.builtin) return false;
      break;
    default:
      return false;
  }
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!IsSame(program, a.args[i], b.args[i], depth + 1)) return false;
  }
  return true;
}

}  // namespace

void CheckReverts(const Program& program, diagnostics::Emitter& diags) {
  for (const hir::Rule& back : program.rules) {
    if (back.revert.when != hir::Revert::When::kCondition) continue;
    const hir::Rule& rule = program.rules[back.revert.of];
    std::vector<ExprId> forward, backward;
    Comparisons(program, rule.condition, forward);
    Comparisons(program, back.condition, backward);
    bool shared = false, apart = false;
    for (ExprId a : forward) {
      for (ExprId b : backward) {
        if (!IsSame(program, program.exprs[a].args[0], program.exprs[b].args[0])) continue;
        shared = true;
        Region both = *ReadComparison(program, a);
        both.Meet(*ReadComparison(program, b));
        apart |= both.IsEmpty();
      }
    }
    if (!shared || apart) continue;
    diags.Report(program.exprs[back.condition].span, diagnostics::DiagId::kRevertAtOnce,
                 {{"rule", program.Text(rule.name)}})
        .Label(program.exprs[rule.condition].span, "the rule");
  }
}

}  // namespace mrule::sema
