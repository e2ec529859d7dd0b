// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/scans.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "compiler/base/limits.h"
#include "compiler/plan/leaves.h"

namespace mrule::plan {
namespace {

class ScanMaker {
 public:
  ScanMaker(Context& context, hir::EntityId entity)
      : context_(context), program_(context.program), entity_(entity), leaves_(context, entity, {}) {
    scan_.entity = entity.value;
  }

  void Add(uint32_t segment, const hir::Segment& source) {
    ops_.clear();
    label_ = "scan of segment " + std::string(program_.Text(source.name));
    Of(source.condition, true);
    scan_.programs.push_back({segment, ops_});
  }

  ScanPlan Take() { return std::move(scan_); }

 private:
  void Push(ScanOp::Kind kind, uint32_t index = 0) { ops_.push_back({kind, index}); }

  /// Pushes the rows on which the expression is true (or, without `truth`, false).
  void Of(hir::ExprId id, bool truth) {
    const hir::Expr& expr = program_.exprs[id];
    switch (expr.kind) {
      case hir::ExprKind::kConstant:
        return Push((expr.constant.i64 != 0) == truth ? ScanOp::Kind::kAll : ScanOp::Kind::kNone);
      case hir::ExprKind::kUnknown:
        return Push(ScanOp::Kind::kNone);
      case hir::ExprKind::kNot:
        return Of(expr.args[0], !truth);
      case hir::ExprKind::kAnd:
      case hir::ExprKind::kOr: {
        const bool conjunction = (expr.kind == hir::ExprKind::kAnd) == truth;
        if (!conjunction && TestsOneValue(program_, id) && Leaf({id, truth ? Want::kTrue : Want::kFalse})) return;
        for (hir::ExprId arg : expr.args) Of(arg, truth);
        return Push(conjunction ? ScanOp::Kind::kAnd : ScanOp::Kind::kOr, static_cast<uint32_t>(expr.args.size()));
      }
      case hir::ExprKind::kRequire:
        Of(expr.args[0], truth);
        Of(expr.args[1], true);
        return Push(ScanOp::Kind::kAnd, 2);
      case hir::ExprKind::kIsKnown:
        if (!Leaf({expr.args[0], truth ? Want::kKnown : Want::kMissing})) Residual(id, truth);
        return;
      default:
        if (!Leaf({id, truth ? Want::kTrue : Want::kFalse})) Residual(id, truth);
        return;
    }
  }

  /// Pushes the literal as a leaf of a column, if it is a test of an attribute.
  bool Leaf(const Literal& literal) {
    std::optional<LeafDraft> draft = leaves_.Make(literal);
    if (!draft || draft->input.from_field || !draft->input.expr) return false;
    const hir::Expr& value = program_.exprs[draft->input.expr];
    if (value.kind != hir::ExprKind::kAttribute) return false;
    if (draft->never || draft->always) {
      Push(draft->always ? ScanOp::Kind::kAll : ScanOp::Kind::kNone);
      return true;
    }
    const uint32_t attribute = context_.state(entity_).Attribute(value.index);
    auto [column, new_column] = columns_.emplace(attribute, static_cast<uint32_t>(scan_.columns.size()));
    if (new_column) {
      scan_.columns.push_back({attribute, draft->input.kind});
      tests_.emplace_back();
    }
    MatchLeaf& leaf = draft->leaf;
    leaf.input = column->second;
    const std::string key = fmt::format("{} {} {} {} {} {}", leaf.input, static_cast<int>(leaf.kind), leaf.negated,
                                        fmt::join(leaf.ranges, ","), fmt::join(leaf.texts, ","), leaf.regex);
    auto at = leaf_by_key_.find(key);
    if (at == leaf_by_key_.end()) {
      if (!tests_[leaf.input].Takes(leaf)) return false;
      at = leaf_by_key_.emplace(key, static_cast<uint32_t>(scan_.leaves.size())).first;
      scan_.leaves.push_back(std::move(leaf));
    }
    Push(ScanOp::Kind::kLeaf, at->second);
    return true;
  }

  /// How many classes of value the leaves of one column can make at most. Prefixes and suffixes cut sorted texts into
  /// intervals; any other test of a text may halve each class.
  struct Tests {
    uint64_t constants = 1, prefixes = 1, suffixes = 1, halvings = 1;

    bool Takes(const MatchLeaf& leaf) {
      Tests more = *this;
      switch (leaf.kind) {
        case MatchLeaf::Kind::kRanges:
          more.constants += 2 * leaf.ranges.size();
          break;
        case MatchLeaf::Kind::kInTexts:
          more.constants += leaf.texts.size();
          break;
        case MatchLeaf::Kind::kPrefix:
          more.prefixes += 2;
          break;
        case MatchLeaf::Kind::kSuffix:
          more.suffixes += 2;
          break;
        case MatchLeaf::Kind::kContains:
        case MatchLeaf::Kind::kRegex:
        case MatchLeaf::Kind::kHasAny:
          more.halvings *= 2;
          break;
        case MatchLeaf::Kind::kKnown:
        case MatchLeaf::Kind::kMissing:
          break;
      }
      if ((more.constants + more.prefixes) * more.suffixes * more.halvings >= limits::kScanClassesMax) return false;
      *this = more;
      return true;
    }
  };

  void Residual(hir::ExprId id, bool truth) {
    Lowerer lowerer(context_, entity_, {});
    const uint32_t value = lowerer.Value(id);
    lowerer.code().Return(truth ? value : lowerer.code().Not(value));
    Push(ScanOp::Kind::kResidual, lowerer.Finish(label_).value);
  }

  Context& context_;
  const hir::Program& program_;
  hir::EntityId entity_;
  LeafMaker leaves_;
  ScanPlan scan_;
  std::vector<ScanOp> ops_;
  std::string label_;
  std::unordered_map<uint32_t, uint32_t> columns_;          // attribute to column
  std::unordered_map<std::string, uint32_t> leaf_by_key_;
  std::vector<Tests> tests_;  // by column
};

}  // namespace

std::vector<ScanPlan> MakeScans(Context& context) {
  std::vector<ScanPlan> scans;
  const hir::Program& program = context.program;
  for (size_t entity = 0; entity < program.entities.size(); ++entity) {
    ScanMaker maker(context, hir::EntityId(entity));
    for (size_t i = 0; i < program.segments.size(); ++i) {
      const hir::Segment& segment = program.segments[hir::SegmentId(i)];
      if (segment.entity.index() == entity) maker.Add(static_cast<uint32_t>(i), segment);
    }
    ScanPlan scan = maker.Take();
    if (!scan.programs.empty()) scans.push_back(std::move(scan));
  }
  return scans;
}

}  // namespace mrule::plan
