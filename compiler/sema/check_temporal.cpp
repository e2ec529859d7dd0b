// SPDX-License-Identifier: Apache-2.0
// What has to do with time: events, how often they occurred, `for`, membership that changes, and
// literals of time and number that must lie in a range. Aggregates, measures and metrics are in
// check_measure.cpp.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

namespace mrule::sema {

// --- for ---

void Checker::ReportAmbiguousHold(NodeRef junction, NodeRef left, NodeRef hold, std::string_view word) {
  const Tree& tree = *junction.tree;
  Span whole = junction.node().span, held = hold.child(0).node().span, span = hold.node().span;
  std::string before = SourceText(tree, {whole.file, whole.begin, span.begin});
  std::string inner = SourceText(tree, held);
  std::string rest = SourceText(tree, {whole.file, held.end, span.end});
  std::string tail = SourceText(tree, {whole.file, span.end, whole.end});
  bool is_row = hold.node().kind == NodeKind::kRow;
  std::string duration = std::string(hold.child(1).text()) + (is_row ? " reports in a row" : "");
  std::string last =
      word == "not" ? "`" + inner + "` lasts " + duration : "only `" + inner + "` lasts " + duration;
  std::string both = word == "not"   ? "its opposite lasts " + duration
                     : word == "and" ? "both together last " + duration
                                     : "either of them lasts " + duration;
  auto report = diags_.Report({whole.file, held.end, span.end},
                              DiagId::kAmbiguousHold, {{"word", word}, {"duration", duration}});
  if (left && word != "not") report.Label(left.node().span, "does this have to last too?");
  if (word == "for" || (before.empty() && inner.empty())) return;  // or a tree without its text
  report.Fix(whole, before + "(" + inner + rest + ")" + tail, last);
  report.Fix(whole, "(" + before + inner + ")" + rest + tail, both);
}

ExprId Checker::CheckHold(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  if (NodeRef inner = node.child(0); IsLasting(inner)) {
    ReportAmbiguousHold(node, {}, node, "for");
    return Error(span);
  }
  Scope under = scope;
  if (under.events == EventPlace::kAllowed) under.events = EventPlace::kUnderHold;
  under.is_held = true;
  ExprId condition = CheckCondition(node.child(0), under);
  auto micros = PositiveDuration(node.child(1), "`for`");
  if (IsError(condition) || !micros || ReportFields(condition, "last for a time")) return Error(span);
  Expr expr;
  expr.kind = ExprKind::kHold;
  expr.type = {TypeKind::kBoolean, true, 0};
  expr.span = span;
  expr.args = {condition};
  expr.window_micros = *micros;
  return Add(std::move(expr));
}

// --- events ---

const EventName* Checker::EventNamed(NodeRef path) {
  if (!path || path.node().kind == NodeKind::kError) return nullptr;
  bool is_single = path.node().kind == NodeKind::kName || path.children().size() == 1;
  const NameEntry* entry = is_single ? vocabulary_.Find(path.node().text) : nullptr;
  if (entry && entry->event != NameEntry::kNone) return &vocabulary_.events[entry->event];
  std::vector<std::string_view> candidates;
  for (const EventName& event : vocabulary_.events) candidates.push_back(Text(event.name));
  Suggest(diags_.Report(path.node().span, DiagId::kUnknownName, {{"kind", "event"}, {"name", path.text()}}),
          path.node().span, path.text(), candidates);
  return nullptr;
}

ExprId Checker::CheckTrigger(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  bool is_reference = node.node().kind == NodeKind::kEventRef;
  NodeRef path = is_reference ? node.child(0) : node;
  const EventName* event = EventNamed(path);
  if (!event) return Error(span);
  std::string name(Text(event->name));
  std::string_view place;
  switch (scope.events) {
    case EventPlace::kAllowed:
      break;
    case EventPlace::kUnderNot:
      diags_.Report(span, DiagId::kEventUnderNot, {{"event", name}})
          .Help("say within which time: `no " + SourceText(node) + " in last 7d`, or `never " +
                SourceText(node) + "`");
      return Error(span);
    case EventPlace::kUnderHold:
      place = "last for a time";
      break;
    case EventPlace::kUnderEvidence:
      place = "rest on evidence";
      break;
    case EventPlace::kInSegment:
      place = "make a segment";
      break;
    case EventPlace::kInFilter:
      place = "be tested inside `where`";
      break;
    case EventPlace::kInValue:
      place = "be a value";
      break;
    case EventPlace::kBesideSchedule:
      place = "be waited for by a rule that has a schedule";
      break;
  }
  if (!place.empty()) {
    diags_.Report(span, DiagId::kEventNotHere, {{"event", name}, {"place", place}})
        .Help("`" + SourceText(node) + " in last 7d` is a state, which holds for seven days after the event");
    return Error(span);
  }
  hir::PatternId pattern = PatternOf(node, scope);
  if (!pattern) return Error(span);
  Expr expr;
  expr.kind = ExprKind::kEvent;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.pattern = pattern;
  return Add(std::move(expr));
}

// The events meant by an EventRef, or by a bare name of one. None if a mistake was reported.
hir::PatternId Checker::PatternOf(NodeRef node, const Scope& scope) {
  if (!node || node.node().kind == NodeKind::kError) return {};
  bool is_reference = node.node().kind == NodeKind::kEventRef;
  NodeRef path = is_reference ? node.child(0) : node;
  const EventName* event = EventNamed(path);
  if (!event) return {};
  Span span = node.node().span;
  bool is_subject =
      std::find(event->subjects.begin(), event->subjects.end(), scope.entity) != event->subjects.end();
  if (!is_subject) {
    if (!event->subjects.empty() && scope.entity) {
      diags_.Report(
          span, DiagId::kMixedSubjects,
          {{"what", "the rule"}, {"one", EntityText(scope.entity)}, {"other", EntityList(event->subjects)}});
    }
    return {};
  }
  NodeRef argument = is_reference ? node.child(1) : NodeRef();
  NodeRef where = is_reference ? node.child(2) : NodeRef();
  hir::Pattern pattern;
  pattern.subject = scope.entity;
  pattern.span = span;
  std::vector<EventTypeId> events = event->events;
  for (EventTypeId type : events) {
    std::vector<ExprId> filters;
    if (argument) {
      auto filter = ArgumentFilter(type, argument, scope);
      if (!filter) return {};
      filters.push_back(*filter);
    }
    if (where) {
      Scope inner;
      inner.entity = scope.entity;
      inner.pattern_event = type;
      inner.events = EventPlace::kInFilter;
      filters.push_back(CheckCondition(where, inner));
    }
    ExprId filter;
    if (!filters.empty()) {
      filter = Joined(ExprKind::kAnd, std::move(filters), where ? where.node().span : argument.node().span);
      if (IsError(filter)) return {};
      if (IsTrue(filter)) filter = ExprId();
    }
    pattern.cases.push_back({type, filter, ExprId()});
  }
  return program_.patterns.Add(std::move(pattern));
}

// `opened welcome_2`: the field in braces of the event's declaration equals the argument.
std::optional<ExprId> Checker::ArgumentFilter(EventTypeId id, NodeRef argument, const Scope& scope) {
  const hir::EventType& event = program_.events[id];
  Span span = argument.node().span;
  auto field = std::find_if(event.fields.begin(), event.fields.end(),
                            [](const hir::Field& f) { return f.positional; });
  if (field == event.fields.end()) {
    diags_
        .Report(span, DiagId::kNoArgument, {{"event", Text(event.name)}, {"argument", SourceText(argument)}})
        .Help("test a field: `" + std::string(Text(event.name)) + " where …`");
    return std::nullopt;
  }
  Type type = field->type;
  type.optional = false;
  StringId field_name = field->name;
  bool is_word = argument.node().kind == NodeKind::kName;
  if (is_word && type.kind == TypeKind::kText) {
    std::string quoted = "\"" + std::string(argument.text()) + "\"";
    diags_.Report(span, DiagId::kWordNeedsQuotes, {{"word", argument.text()}, {"field", Text(field_name)}})
        .Fix(span, quoted, "write " + quoted);
    return std::nullopt;
  }
  Scope words;
  words.events = EventPlace::kInFilter;
  ExprId value;
  if (is_word && type.kind == TypeKind::kSubject) {
    value = ConstantText(type, argument.node().text, span);
  } else if (is_word) {
    value = CheckWord(argument, argument.node().text, type, words);
  } else {
    value = CheckValue(argument, words, &type);
  }
  if (IsError(value)) return std::nullopt;
  uint32_t index = *vocabulary_.Field(id, field_name);
  ExprId test = Apply("=", {FieldValue(id, index, span), value}, span, scope);
  if (IsError(test)) return std::nullopt;
  return test;
}

// `opened in last 7d`, `visited "/x" at least 3 times in last 7d`, `no opened in last 180d`, `never opened`.
ExprId Checker::CheckOccurrence(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  NodeKind kind = node.node().kind;
  if (IsInFilter(node, span, scope)) return Error(span);
  hir::PatternId pattern = PatternOf(node.child(0), scope);
  NodeRef window = node.child(kind == NodeKind::kTimesCount ? 2 : 1);
  std::optional<hir::Window> over = kind == NodeKind::kNeverOccurred ? hir::Window() : WindowOf(window);
  Expr expr;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.pattern = pattern;
  expr.kind = ExprKind::kTimes;
  expr.count = 1;
  bool bad = false;
  if (kind == NodeKind::kTimesCount) {
    Operator op = node.node().op_as_operator();
    expr.op = op == Operator::kGreaterEqual ? hir::CountOp::kAtLeast
              : op == Operator::kLessEqual  ? hir::CountOp::kAtMost
                                            : hir::CountOp::kExactly;
    auto count = WholeNumber(node.child(1), op == Operator::kGreaterEqual ? 1 : 0,
                             limits::kRecentInstantsMax - 1, "how often an event occurred");
    bad = !count;
    expr.count = count.value_or(1);
  } else if (kind == NodeKind::kNoOccurrence || kind == NodeKind::kNeverOccurred) {
    expr.kind = ExprKind::kNoneIn;
    expr.even_if_new = node.node().op != 0;
    expr.type.optional = !expr.even_if_new && over && !over->all_time();
  }
  if (!pattern || !over || bad) return Error(span);
  expr.window = *over;
  return Add(std::move(expr));
}

ExprId Checker::CheckMembershipChange(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  NodeRef name = node.child(0);
  if (!name || name.node().kind == NodeKind::kError) return Error(span);
  const NameEntry* entry = vocabulary_.Find(name.node().text);
  if (!entry || entry->segment == NameEntry::kNone) {
    std::vector<std::string_view> candidates;
    for (const SegmentName& segment : vocabulary_.segments) candidates.push_back(Text(segment.name));
    Suggest(
        diags_.Report(name.node().span, DiagId::kUnknownName, {{"kind", "segment"}, {"name", name.text()}}),
        name.node().span, name.text(), candidates);
    return Error(span);
  }
  std::string_view place;
  switch (scope.events) {
    case EventPlace::kAllowed:
      break;
    case EventPlace::kUnderNot:
      place = "stand under `not`";
      break;
    case EventPlace::kUnderHold:
      place = "last for a time";
      break;
    case EventPlace::kUnderEvidence:
      place = "rest on evidence";
      break;
    case EventPlace::kInSegment:
      place = "make a segment";
      break;
    case EventPlace::kInFilter:
      place = "be tested inside `where`";
      break;
    case EventPlace::kInValue:
      place = "be a value";
      break;
    case EventPlace::kBesideSchedule:
      place = "be waited for by a rule that has a schedule";
      break;
  }
  if (!place.empty()) {
    diags_.Report(span, DiagId::kEventNotHere, {{"event", SourceText(node)}, {"place", place}})
        .Help("`" + std::string(scope.entity ? EntityText(scope.entity) : "contact") + " in " +
              std::string(name.text()) + "` is a state");
    return Error(span);
  }
  CheckSegment(entry->segment);
  const SegmentName& segment = vocabulary_.segments[entry->segment];
  if (segment.progress != Progress::kDone) return Error(span);
  if (segment.entity != scope.entity) {
    diags_.Report(
        span, DiagId::kMixedSubjects,
        {{"what", "the rule"}, {"one", EntityText(scope.entity)}, {"other", EntityText(segment.entity)}});
    return Error(span);
  }
  Expr expr;
  expr.kind = node.node().kind == NodeKind::kEnters ? ExprKind::kEnters : ExprKind::kLeaves;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.segment = segment.segment;
  return Add(std::move(expr));
}

// --- literals in a range ---

std::optional<int64_t> Checker::PositiveDuration(NodeRef node, std::string_view what) {
  if (!node || node.node().kind != NodeKind::kDuration) return std::nullopt;
  TimeLiteral literal = DecodeDuration(node.text());
  if (ReportFault(node, static_cast<uint8_t>(literal.fault), "a duration")) return std::nullopt;
  if (literal.value > 0) return literal.value;
  diags_.Report(node.node().span, DiagId::kDurationNotPositive, {{"what", what}});
  return std::nullopt;
}

std::optional<int64_t> Checker::WholeNumber(NodeRef node, int64_t low, int64_t high, std::string_view what) {
  if (!node || node.node().kind != NodeKind::kNumber) return std::nullopt;
  NumberLiteral literal = DecodeNumber(node.text());
  if (ReportFault(node, static_cast<uint8_t>(literal.fault), "a number")) return std::nullopt;
  if (literal.whole && literal.i64 >= low && literal.i64 <= high) return literal.i64;
  std::string range = high == INT64_MAX ? "of at least " + std::to_string(low)
                                        : "from " + std::to_string(low) + " to " + std::to_string(high);
  diags_.Report(node.node().span, DiagId::kNumberOutOfRange,
                {{"number", node.text()}, {"what", what}, {"range", range}});
  return std::nullopt;
}

}  // namespace mrule::sema
