// SPDX-License-Identifier: Apache-2.0
// The readable form of a tree: one node a line, children indented. Absent children are shown as `-`, unless
// last.
#include <string>
#include <vector>

#include "compiler/syntax/parse.h"

namespace mrule::syntax {
namespace {

constexpr const char* kKindNames[] = {
#define MR_NODE(kind, children) #kind,
#include "compiler/syntax/node_kinds.def"
};

constexpr const char* kOperatorSpellings[] = {
#define MR_OPERATOR(name, spelling) spelling,
#include "compiler/syntax/operators.def"
};

constexpr const char* kWindowForms[] = {"rolling", "all time", "calendar", "this",
                                           "yesterday", "full", "previous", "ending", "same weekday"};
constexpr const char* kScheduleForms[] = {"interval", "weekdays", "month days", "date"};
constexpr const char* kAggregateForms[] = {"count", "sum", "avg", "min", "max", "first", "last", "distinct"};
constexpr const char* kEffectForms[] = {"=", "+=", "-="};
constexpr const char* kTestTimeForms[] = {"clock", "date", "instant", "elapsed", "day", "weekday", "column"};
constexpr const char* kTestItemForms[] = {"", "up", "down", "gap", "missing"};
constexpr const char* kExpectForms[] = {"", "not", "held back"};
constexpr const char* kSaferForms[] = {"", "less", "more"};
constexpr const char* kUsualForms[] = {"mean", "deviation", "mean so far", "deviation so far"};

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  out += '"';
}

// The meaning of `op`, or nothing where it says nothing.
std::string_view OpText(const Node& node) {
  switch (node.kind) {
    case NodeKind::kCompare:
    case NodeKind::kTextTest:
    case NodeKind::kBinary:
    case NodeKind::kTimesCount:
    case NodeKind::kTestTimes:
      return OperatorSpelling(node.op_as_operator());
    case NodeKind::kWindow:
      return kWindowForms[node.op];
    case NodeKind::kSchedule:
    case NodeKind::kClockTest:
      return kScheduleForms[node.op];
    case NodeKind::kZone:
      return node.op ? "of the subject" : "";
    case NodeKind::kOncePer:
    case NodeKind::kAtMost:
      return node.op == 0 ? "" : kWindowForms[node.op];
    case NodeKind::kAggregate:
      return kAggregateForms[node.op];
    case NodeKind::kEffectValue:
      return kEffectForms[node.op];
    case NodeKind::kFieldDecl:
      return node.op == 0 ? "" : kSaferForms[node.op];
    case NodeKind::kBoolean:
      return node.op ? "true" : "false";
    case NodeKind::kBetween:
    case NodeKind::kInList:
    case NodeKind::kInName:
    case NodeKind::kHasAnyOf:
      return node.op ? "not" : "";
    case NodeKind::kIsKnown:
      return node.op ? "missing" : "";
    case NodeKind::kTestTime:
      return kTestTimeForms[node.op];
    case NodeKind::kTestItem:
      return kTestItemForms[node.op];
    case NodeKind::kTestWhen:
      return node.op ? "by" : "at";
    case NodeKind::kExpectNothing:
      return node.op ? "else" : "";
    case NodeKind::kExpectAction:
      return kExpectForms[node.op];
    case NodeKind::kNoOccurrence:
      return node.op ? "even if new" : "";
    case NodeKind::kTrend:
      return node.op ? "up" : "down";
    case NodeKind::kRise:
      return node.op ? "falls" : "rises";
    case NodeKind::kUsual:
      return kUsualForms[node.op];
    default:
      return {};
  }
}

}  // namespace

const char* NodeKindName(NodeKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

const char* OperatorSpelling(Operator op) { return kOperatorSpellings[static_cast<size_t>(op)]; }

std::string Dump(const Tree& tree) {
  struct Item {
    NodeId id;
    uint32_t depth;
  };
  std::string out;
  std::vector<Item> stack{{tree.root, 0}};  // no recursion: a chain of conditions is a deep tree
  while (!stack.empty()) {
    Item item = stack.back();
    stack.pop_back();
    out.append(2 * item.depth, ' ');
    if (!item.id) {
      out += "-\n";
      continue;
    }
    const Node& node = tree.node(item.id);
    out += NodeKindName(node.kind);
    if (node.text) {
      out += ' ';
      AppendQuoted(out, tree.text(item.id));
    }
    if (std::string_view op = OpText(node); !op.empty()) out.append(" op=").append(op);
    if (node.negated) out += " negated";
    out += " [" + std::to_string(node.span.begin) + "," + std::to_string(node.span.end) + ")\n";
    std::span<const NodeId> children = tree.children(item.id);
    size_t shown = children.size();
    while (shown > 0 && !children[shown - 1]) --shown;
    for (size_t i = shown; i > 0; --i) stack.push_back({children[i - 1], item.depth + 1});
  }
  return out;
}

}  // namespace mrule::syntax
