// SPDX-License-Identifier: Apache-2.0
// Making expressions: constants, calls, conversions. A call of constants is computed here by the row's own
// kernel, so that folding cannot differ from the run.
#include <cstring>

#include "compiler/sema/checker.h"
#include "stdlib/abi.h"

namespace mrule::sema {
namespace {

using hir::Constant;
using stdlib::BuiltinRow;

double AsF64(const Expr& expr) {
  return PhysicalOf(expr.type.kind) == Physical::kF64 ? expr.constant.f64
                                                      : static_cast<double>(expr.constant.i64);
}

// Calls a kernel whose parameters are held as A and B and whose result as R.
template <typename R, typename... Args>
MrStatus Invoke(const void* address, R* out, Args... args) {
  using Kernel = MrStatus(Args..., R*);
  return reinterpret_cast<Kernel*>(const_cast<void*>(address))(args..., out);
}

template <typename R>
MrStatus InvokeAny(const BuiltinRow& row, const std::vector<const Expr*>& args, R* out) {
  auto is_f64 = [&](size_t i) { return PhysicalOf(KindOf(row.params[i])) == Physical::kF64; };
  auto i64 = [&](size_t i) { return args[i]->constant.i64; };
  auto f64 = [&](size_t i) { return AsF64(*args[i]); };
  if (args.size() == 1) {
    return is_f64(0) ? Invoke<R, double>(row.address, out, f64(0))
                     : Invoke<R, int64_t>(row.address, out, i64(0));
  }
  if (is_f64(0)) {
    return is_f64(1) ? Invoke<R, double, double>(row.address, out, f64(0), f64(1))
                     : Invoke<R, double, int64_t>(row.address, out, f64(0), i64(1));
  }
  return is_f64(1) ? Invoke<R, int64_t, double>(row.address, out, i64(0), f64(1))
                   : Invoke<R, int64_t, int64_t>(row.address, out, i64(0), i64(1));
}

bool IsScalar(stdlib::SigType type) {
  Physical held = PhysicalOf(KindOf(type));
  return held == Physical::kI64 || held == Physical::kF64;
}

}  // namespace

ExprId Checker::Error(Span span) {
  Expr expr;
  expr.kind = ExprKind::kUnknown;
  expr.span = span;
  return Add(std::move(expr));
}

ExprId Checker::ConstantI64(TypeKind kind, int64_t value, Span span, uint32_t detail) {
  Expr expr;
  expr.kind = ExprKind::kConstant;
  expr.type = {kind, false, detail};
  expr.span = span;
  expr.constant.i64 = value;
  return Add(std::move(expr));
}

ExprId Checker::ConstantF64(TypeKind kind, double value, Span span) {
  Expr expr;
  expr.kind = ExprKind::kConstant;
  expr.type = {kind, false, 0};
  expr.span = span;
  expr.constant.f64 = value;
  return Add(std::move(expr));
}

ExprId Checker::ConstantText(const Type& type, StringId text, Span span) {
  Expr expr;
  expr.kind = ExprKind::kConstant;
  expr.type = {type.kind, false, type.detail};
  expr.span = span;
  expr.constant.text = text;
  return Add(std::move(expr));
}

// The same expression under another type that is held alike.
ExprId Checker::WithKind(ExprId id, const Type& to) {
  Expr copy = program_.exprs[id];
  copy.type.kind = to.kind;
  copy.type.detail = to.detail;
  return Add(std::move(copy));
}

ExprId Checker::Convert(ExprId id, const Type& to) {
  const Expr& expr = program_.exprs[id];
  if (expr.type.is_error() || to.is_error() || expr.type.kind == to.kind) return id;
  bool is_constant = expr.kind == ExprKind::kConstant;
  if (expr.type.kind == TypeKind::kCount && PhysicalOf(to.kind) == Physical::kF64) {
    if (is_constant) return ConstantF64(to.kind, static_cast<double>(expr.constant.i64), expr.span);
    Type number{TypeKind::kNumber, expr.type.optional, 0};
    Span span = expr.span;
    return Call(stdlib::Row(stdlib::BuiltinId::kToNumber), number, {id}, span);
  }
  // What is left is held alike; only a constant shows its type.
  return is_constant ? WithKind(id, to) : id;
}

ExprId Checker::Call(const BuiltinRow& row, Type result, std::vector<ExprId> args, Span span) {
  for (size_t i = 0; i < args.size(); ++i) {
    TypeKind wanted = KindOf(row.params[i]);
    if (PhysicalOf(wanted) == Physical::kF64) args[i] = Convert(args[i], {wanted, false, 0});
  }
  if (auto folded = Fold(row, result, args, span)) return *folded;
  Expr expr;
  expr.kind = ExprKind::kBuiltin;
  expr.type = result;
  expr.span = span;
  expr.builtin = row.id;
  expr.args = std::move(args);
  return Add(std::move(expr));
}

std::optional<ExprId> Checker::Fold(const BuiltinRow& row, const Type& result,
                                    const std::vector<ExprId>& args, Span span) {
  if (!IsScalar(row.result) || args.size() > 2) return std::nullopt;
  std::vector<const Expr*> values;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!IsConstant(args[i]) || !IsScalar(row.params[i])) return std::nullopt;
    values.push_back(&program_.exprs[args[i]]);
  }
  Expr folded;
  folded.kind = ExprKind::kConstant;
  folded.type = {result.kind, false, result.detail};
  folded.span = span;
  MrStatus status = PhysicalOf(result.kind) == Physical::kF64
                        ? InvokeAny<double>(row, values, &folded.constant.f64)
                        : InvokeAny<int64_t>(row, values, &folded.constant.i64);
  if (status == kMrUnknown) {
    folded.kind = ExprKind::kUnknown;
    folded.type.optional = true;
    folded.constant = Constant();
  } else if (status != kMrOk) {
    return std::nullopt;  // an overflow: left to the run, which reports it with its rule
  }
  return Add(std::move(folded));
}

bool Checker::IsFalse(ExprId id) const {
  const Expr& expr = program_.exprs[id];
  return expr.kind == ExprKind::kConstant && expr.type.kind == TypeKind::kBoolean && expr.constant.i64 == 0;
}

bool Checker::IsTrue(ExprId id) const {
  const Expr& expr = program_.exprs[id];
  return expr.kind == ExprKind::kConstant && expr.type.kind == TypeKind::kBoolean && expr.constant.i64 == 1;
}

Checker::Depth::Depth(Checker& checker, Span span) : checker_(checker) {
  ok_ = ++checker_.depth_ <= limits::kExpressionDepthMax;
  if (ok_) return;
  checker_.diags_.Report(
      span, DiagId::kExpressionTooLarge,
      {{"size", std::to_string(limits::kExpressionDepthMax) + " parts inside each other"}});
}

bool Checker::CountNode(Span span) {
  if (++node_count_ <= limits::kExpressionNodesMax) return true;
  if (node_count_ == limits::kExpressionNodesMax + 1) {
    diags_.Report(span, DiagId::kExpressionTooLarge,
                  {{"size", std::to_string(limits::kExpressionNodesMax) + " parts"}});
  }
  return false;
}

}  // namespace mrule::sema
