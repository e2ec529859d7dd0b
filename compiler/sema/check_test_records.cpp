// SPDX-License-Identifier: Apache-2.0
// What happens in a test: records of subjects and events, one by one or as a series. Names and types are checked as in rules, so
// that no record of a test can be rejected when it runs.
#include <algorithm>

#include "compiler/sema/literals.h"
#include "compiler/sema/overloads.h"
#include "compiler/sema/test_context.h"

namespace mrule::sema {
namespace {

bool Contains(std::span<const EntityId> list, EntityId entity) { return std::find(list.begin(), list.end(), entity) != list.end(); }

}  // namespace

// --- whom, and what happened to them ---

/// The only subject of the test so far that can be meant.
std::optional<Checker::TestWhom> Checker::OnlySubject(Span span, std::span<const EntityId> allowed, std::string_view what) {
  std::optional<TestWhom> only;
  bool several = false;
  for (const TestWhom& one : test_->subjects) {
    if (!allowed.empty() && !Contains(allowed, one.entity)) continue;
    several |= only.has_value();
    only = one;
  }
  if (only && !several) {
    only->span = span;
    return only;
  }
  auto report = diags_.Report(span, DiagId::kTestWhom,
                              {{"what", what}, {"problem", several ? "the test has several subjects that it could be" : "the test has no subject that it could be"}});
  report.Help(several ? "name the one that is meant" : "name one, with what it is: `given contact ann`, `given campaign c1`");
  return std::nullopt;
}

/// `campaign c1`, or `c1` alone where it is clear what it is. `allowed` is empty if it can be anything.
std::optional<Checker::TestWhom> Checker::ReadWhom(std::span<const NodeRef> words, std::span<const EntityId> allowed) {
  if (words.size() > 2 || words.empty()) return std::nullopt;
  TestWhom whom;
  NodeRef id = words.back();
  whom.id = id.node().text ? id.node().text : Intern("");
  whom.span = id.node().span;
  if (Text(whom.id).empty()) {
    diags_.Report(whom.span, DiagId::kTestWords, {{"words", SourceText(id)}, {"problem", "is no name of a subject"}});
    return std::nullopt;
  }
  if (words.size() == 2) {
    auto entity = EntityNamed(words[0]);
    if (!entity) return std::nullopt;
    if (!allowed.empty() && !Contains(allowed, *entity)) {
      diags_.Report(words[0].node().span, DiagId::kMixedSubjects,
                    {{"what", "this"}, {"one", EntityList(allowed)}, {"other", words[0].text()}});
      return std::nullopt;
    }
    whom.entity = *entity;
  } else {
    for (const TestWhom& known : test_->subjects) {
      if (known.id != whom.id || (!allowed.empty() && !Contains(allowed, known.entity))) continue;
      if (whom.entity) {
        diags_.Report(whom.span, DiagId::kTestWhom,
                      {{"what", SourceText(id)}, {"problem", "the test has several subjects of this name"}})
            .Help("say what it is: `" + std::string(EntityText(known.entity)) + " " + std::string(Text(known.id)) + "`");
        return std::nullopt;
      }
      whom.entity = known.entity;
    }
    if (!whom.entity && allowed.size() == 1) whom.entity = allowed.front();
    if (!whom.entity) {
      std::vector<std::string_view> names;
      for (const TestWhom& known : test_->subjects) {
        if (known.id == whom.id) {
          diags_.Report(whom.span, DiagId::kMixedSubjects,
                        {{"what", "this"}, {"one", EntityList(allowed)}, {"other", EntityText(known.entity)}});
          return std::nullopt;
        }
        names.push_back(Text(known.id));
      }
      auto report = diags_.Report(whom.span, DiagId::kUnknownName, {{"kind", "subject of the test"}, {"name", Text(whom.id)}});
      report.Help("a new one is named with what it is: `contact " + std::string(Text(whom.id)) + "`");
      Suggest(report, whom.span, Text(whom.id), names);
      return std::nullopt;
    }
  }
  KeepSubject(whom);
  return whom;
}

void Checker::KeepSubject(const TestWhom& whom) {
  const bool is_new = std::none_of(test_->subjects.begin(), test_->subjects.end(), [&](const TestWhom& known) {
    return known.id == whom.id && known.entity == whom.entity;
  });
  if (is_new) test_->subjects.push_back(whom);
}

/// `ann opened welcome_2`, `insights campaign c1`, or only whom: `campaign c1`.
std::optional<Checker::TestHappening> Checker::ReadHappening(NodeRef words) {
  if (!words || words.node().kind != NodeKind::kTestWords) return std::nullopt;
  std::vector<NodeRef> items;
  for (NodeId id : words.children()) {
    NodeRef item = Unparam({words.tree, id});
    if (!item) return std::nullopt;
    items.push_back(item);
  }
  auto event_at = [&](size_t i) -> const EventName* {
    if (i >= items.size() || items[i].node().kind == NodeKind::kText) return nullptr;
    const NameEntry* entry = vocabulary_.Find(items[i].node().text);
    return entry && entry->event != NameEntry::kNone ? &vocabulary_.events[entry->event] : nullptr;
  };
  auto is_entity = [&](size_t i) {
    if (i >= items.size() || items[i].node().kind == NodeKind::kText) return false;
    const NameEntry* entry = vocabulary_.Find(items[i].node().text);
    return entry && static_cast<bool>(entry->entity);
  };
  TestHappening result;
  result.span = words.node().span;
  // Where the event's name stands: first, or after whom it happens to.
  const size_t after_subject = is_entity(0) && items.size() > 1 ? 2 : 1;
  size_t at = event_at(0) && !(event_at(after_subject) && after_subject < items.size()) ? 0 : after_subject;
  const EventName* event = event_at(at);
  // A mistake in what happens to a subject makes none of the lines that name it again.
  auto note_subject = [&] {
    const size_t first = at == 0 ? 1 : 0;
    for (size_t i = first; i + 1 < items.size(); ++i) {
      if (!is_entity(i)) continue;
      return KeepSubject({vocabulary_.Find(items[i].node().text)->entity, items[i + 1].node().text, items[i + 1].node().span});
    }
  };
  if (!event && at < items.size()) {
    note_subject();
    std::vector<std::string_view> names;
    for (const EventName& known : vocabulary_.events) {
      if (!known.is_group) names.push_back(Text(known.name));
    }
    Suggest(diags_.Report(items[at].node().span, DiagId::kUnknownName, {{"kind", "event"}, {"name", items[at].text()}}),
            items[at].node().span, items[at].text(), names);
    return std::nullopt;
  }
  std::span<const NodeRef> all(items);
  if (!event) {
    auto whom = ReadWhom(all, {});
    if (!whom) return std::nullopt;
    result.whom = whom;
    return result;
  }
  if (event->is_group || event->events.size() != 1) {
    if (event->is_group) {
      diags_.Report(items[at].node().span, DiagId::kUnknownName, {{"kind", "single event"}, {"name", items[at].text()}})
          .Help("a group of events does not happen; one of its events does");
    }
    return std::nullopt;
  }
  result.event = event->events.front();
  const std::vector<hir::Field>& fields = program_.events[result.event].fields;
  const bool takes_argument = std::any_of(fields.begin(), fields.end(), [](const hir::Field& field) { return field.positional; });
  std::span<const NodeRef> rest = all.subspan(at + 1);
  std::span<const NodeRef> who = all.first(at);
  if (at == 0) {
    // `insights c1`, `opened welcome_2`, `opened welcome_2 ann`.
    const bool first_is_subject = is_entity(1) || std::any_of(test_->subjects.begin(), test_->subjects.end(), [&](const TestWhom& one) {
      return !rest.empty() && one.id == rest[0].node().text;
    });
    const bool has_argument = takes_argument && !rest.empty() && !(first_is_subject && rest.size() <= (is_entity(1) ? 2u : 1u));
    who = rest.subspan(has_argument ? 1 : 0);
    rest = rest.first(has_argument ? 1 : 0);
  }
  if (rest.size() > 1 || (!takes_argument && !rest.empty()) || who.size() > 2) {
    note_subject();
    NodeRef extra = rest.size() > 1 ? rest[1] : !rest.empty() ? rest[0] : who[2];
    if (!takes_argument && rest.size() == 1) {
      diags_.Report(extra.node().span, DiagId::kNoArgument, {{"event", Text(event->name)}, {"argument", SourceText(extra)}});
    } else {
      diags_.Report(extra.node().span, DiagId::kTestWords, {{"words", SourceText(extra)}, {"problem", "is a word too much"}})
          .Help("an event is written `ann opened welcome_2`, its fields after `with`");
    }
    return std::nullopt;
  }
  if (!rest.empty()) result.argument = rest.front();
  result.whom = who.empty() ? OnlySubject(items[at].node().span, event->subjects, Text(event->name)) : ReadWhom(who, event->subjects);
  if (!result.whom) return std::nullopt;
  return result;
}

// --- values ---

ExprId Checker::CheckTestValue(NodeRef value, const Type& type, std::string_view name) {
  value = Unparam(value);
  if (!value || value.node().kind == NodeKind::kError) return {};
  if (type.kind == TypeKind::kSet) return CheckTestSet(value, type, name);
  Scope scope;
  scope.events = EventPlace::kInValue;
  node_count_ = 0;
  const Span span = value.node().span;
  if (value.node().kind == NodeKind::kValueList && value.children().size() == 1) {
    NodeRef item = value.child(0);  // `(-5)`
    const auto form = static_cast<syntax::TestItemForm>(item.node().op);
    ExprId inner = CheckTestValue(item.child(0), type, name);
    if (!inner || form != syntax::TestItemForm::kDown) return inner;
    ExprId negated = Apply("unary -", {inner}, span, scope);
    return IsError(negated) ? ExprId() : negated;
  }
  Type expected = type;
  expected.optional = false;
  // A word where a text is wanted lacks its quotes; identifiers of subjects are written either way.
  if (type.kind == TypeKind::kSubject && IsBareWord(value)) return ConstantText({TypeKind::kText, false, 0}, value.node().text, span);
  if (type.kind == TypeKind::kText && IsBareWord(value)) {
    const std::string quoted = "\"" + std::string(value.text()) + "\"";
    diags_.Report(span, DiagId::kWordNeedsQuotes, {{"word", value.text()}, {"field", name}}).Fix(span, quoted, "write " + quoted);
    return {};
  }
  ExprId id = CheckValue(value, scope, &expected);
  if (IsError(id)) return {};
  if (!IsAssignable(TypeOf(id), expected)) {
    auto report = diags_.Report(span, DiagId::kTestValueType, {{"name", name}, {"expected", TypeText(expected)}, {"found", TypeText(TypeOf(id))}});
    if (expected.kind == TypeKind::kMoney && value.node().kind == NodeKind::kNumber) {
      const std::string_view currency = Text(program_.currencies[expected.detail]);
      const std::string amount = currency == "USD" ? "$" + std::string(value.text()) : currency == "EUR" ? "€" + std::string(value.text())
                                                                                            : std::string(value.text()) + " " + std::string(currency);
      report.Fix(span, amount, "write `" + amount + "`");
    }
    return {};
  }
  id = Convert(id, expected);
  if (IsConstant(id)) return id;
  diags_.Report(span, DiagId::kNotConstant, {{"what", "a value in a test"}});
  return {};
}

/// `("a", "b")`, or one text alone.
ExprId Checker::CheckTestSet(NodeRef list, const Type& type, std::string_view name) {
  const Type item_type{type.detail ? TypeKind::kCode : TypeKind::kText, false, 0};
  Expr set;
  set.kind = ExprKind::kConstant;
  set.type = {TypeKind::kSet, false, type.detail};
  set.span = list.node().span;
  auto add = [&](NodeRef node) {
    ExprId item = CheckTestValue(node, item_type, name);
    if (item) set.constant.items.push_back(program_.exprs[item].constant.text);
    return item.has_value();
  };
  if (list.node().kind != NodeKind::kValueList) {
    if (!add(list)) return {};
  } else {
    for (NodeId id : list.children()) {
      NodeRef item{list.tree, id};
      if (!item || !item.child(0) || !add(item.child(0))) return {};
    }
  }
  return Add(std::move(set));
}

/// One attribute or field with its value, or with as many as a series gives it.
std::optional<Checker::TestColumn> Checker::CheckTestField(NodeRef field, const TestHappening& happening) {
  if (!field || field.node().kind != NodeKind::kTestField) return std::nullopt;
  TestColumn column;
  column.name = field.node().text;
  const Span span = field.node().span;
  const Span name_span{span.file, span.begin, span.begin + static_cast<uint32_t>(field.text().size())};
  Type type;
  bool may_be_missing = true;
  if (happening.event) {
    const hir::EventType& event = program_.events[happening.event];
    auto index = vocabulary_.Field(happening.event, column.name);
    const NameEntry* entry = vocabulary_.Find(column.name);
    if (index) {
      type = event.fields[*index].type;
      may_be_missing = type.optional;
    } else if (entry && entry->entity && Contains(event.subjects, entry->entity)) {
      column.key = entry->entity;
      type = {TypeKind::kSubject, false, static_cast<uint32_t>(entry->entity.index())};
      may_be_missing = false;
    } else if (field.text() == "id") {
      type = {TypeKind::kText, false, 0};
      may_be_missing = false;
    } else {
      std::vector<std::string_view> candidates;
      for (const hir::Field& known : event.fields) candidates.push_back(Text(known.name));
      Suggest(diags_.Report(name_span, DiagId::kUnknownField, {{"event", Text(event.name)}, {"name", field.text()}}), name_span,
              field.text(), candidates);
      return std::nullopt;
    }
  } else {
    const EntityId entity = happening.whom->entity;
    auto index = vocabulary_.Attribute(entity, column.name);
    if (!index) {
      std::vector<std::string_view> candidates;
      for (const hir::Attribute& known : program_.entities[entity].attributes) candidates.push_back(Text(known.name));
      Suggest(diags_.Report(name_span, DiagId::kUnknownAttribute, {{"entity", EntityText(entity)}, {"name", field.text()}}), name_span,
              field.text(), candidates);
      return std::nullopt;
    }
    type = program_.entities[entity].attributes[*index].type;
  }
  if (type.is_error()) return std::nullopt;
  ExprId last;
  for (NodeId id : field.children()) {
    NodeRef item{field.tree, id};
    if (!item || item.node().kind != NodeKind::kTestItem) return std::nullopt;
    const auto form = static_cast<syntax::TestItemForm>(item.node().op);
    int64_t repeat = 1;
    if (item.node().text) {
      const std::string_view digits = item.text();
      repeat = digits.size() > 6 ? limits::kTestRecordsMax + 1 : std::stoll(std::string(digits));
      column.several = true;
    }
    if (repeat == 0 || static_cast<size_t>(repeat) + column.values.size() > limits::kTestRecordsMax) {
      diags_.Report(item.node().span, DiagId::kTestTooLarge, {{"limit", limits::kTestRecordsMax}});
      return std::nullopt;
    }
    if (form == syntax::TestItemForm::kMissing) {
      column.missing = true;
      if (may_be_missing) continue;
      diags_.Report(item.node().span, DiagId::kTestWords, {{"words", SourceText(field)}, {"problem", "cannot be: it is always known"}});
      return std::nullopt;
    }
    if (form == syntax::TestItemForm::kGap) {
      column.several = true;
      column.values.insert(column.values.end(), static_cast<size_t>(repeat), ExprId());
      continue;
    }
    if (form == syntax::TestItemForm::kValue) {
      last = CheckTestValue(item.child(0), type, field.text());
      if (!last) return std::nullopt;
      column.values.insert(column.values.end(), static_cast<size_t>(repeat), last);
      continue;
    }
    // A step from the value before.
    column.several = true;
    if (!last) {
      diags_.Report(item.node().span, DiagId::kTestSeries, {{"problem", "`" + SourceText(item) + "` steps on from a value, and none stands before it"}})
          .Help("a value below nothing is written in parentheses: `(-5)`");
      return std::nullopt;
    }
    Type step_type = type;
    if (type.kind == TypeKind::kInstant || type.kind == TypeKind::kDate) step_type = {TypeKind::kDuration, false, 0};
    const ExprId step = CheckTestValue(item.child(0), step_type, field.text());
    if (!step) return std::nullopt;
    for (int64_t i = 0; i < repeat; ++i) {
      last = Apply(form == syntax::TestItemForm::kUp ? "+" : "-", {last, step}, item.node().span, Scope());
      if (IsError(last)) return std::nullopt;
      if (!IsConstant(last)) {
        diags_.Report(item.node().span, DiagId::kLiteralTooLarge, {{"literal", SourceText(item)}, {"what", TypeText(type)}});
        return std::nullopt;
      }
      column.values.push_back(last);
    }
  }
  column.several |= column.values.size() > 1;
  return column;
}

// --- records ---

bool Checker::CheckSeriesTimes(NodeRef line, std::vector<int64_t>& times, std::optional<int64_t>& micros) {
  micros = PositiveDuration(line.child(0), "the time from one record to the next");
  if (!micros) return false;
  int64_t from = test_->test.start;
  if (line.child(1)) {
    auto read = ReadTestTime(line.child(1));
    if (!read) return false;
    from = *read;
  }
  times.push_back(from);
  if (!line.child(2)) return true;
  auto to = ReadTestTime(line.child(2));
  if (!to) return false;
  if (*to < from) {
    diags_.Report(line.child(2).node().span, DiagId::kTestTime, {{"time", SourceText(line.child(2))}, {"problem", "is before the series begins"}});
    return false;
  }
  if ((*to - from) / *micros >= static_cast<int64_t>(limits::kTestRecordsMax)) {
    diags_.Report(line.node().span, DiagId::kTestTooLarge, {{"limit", limits::kTestRecordsMax}});
    return false;
  }
  for (int64_t at = from + *micros; at <= *to; at += *micros) times.push_back(at);
  return true;
}

void Checker::CheckTestRecords(NodeRef line, size_t words_at, std::span<const int64_t> given_times, bool is_series) {
  std::vector<int64_t> times(given_times.begin(), given_times.end());
  std::optional<int64_t> step;
  const bool has_end = is_series && line.child(2);
  if (is_series && !CheckSeriesTimes(line, times, step)) return;
  auto happening = ReadHappening(line.child(words_at));
  if (!happening) return;
  std::vector<TestColumn> columns;
  if (happening->argument) {
    const std::vector<hir::Field>& fields = program_.events[happening->event].fields;
    const auto field = std::find_if(fields.begin(), fields.end(), [](const hir::Field& one) { return one.positional; });
    TestColumn column;
    column.name = field->name;
    column.values.push_back(CheckTestValue(happening->argument, field->type, Text(field->name)));
    if (!column.values.front()) return;
    columns.push_back(std::move(column));
  }
  bool good = true;
  size_t count = 0;
  Span counted;
  for (size_t i = words_at + 1; i < line.children().size(); ++i) {
    NodeRef field = line.child(i);
    auto column = CheckTestField(field, *happening);
    if (!column) {
      good = false;
      continue;
    }
    for (const TestColumn& before : columns) {
      if (before.name != column->name) continue;
      diags_.Report(field.node().span, DiagId::kRepeatedClause, {{"clause", Text(column->name)}});
      good = false;
    }
    if (column->several && !is_series) {
      diags_.Report(field.node().span, DiagId::kTestSeries, {{"problem", "there are several values, and one instant"}})
          .Help("a series is written `every 1h from 00:00 …`; a set of texts in parentheses: `(\"a\", \"b\")`");
      good = false;
    }
    if (column->several) {
      const size_t size = column->values.size();
      const size_t wanted = count != 0 ? count : has_end ? times.size() : size;
      if (size != wanted) {
        const std::string problem = "`" + std::string(Text(column->name)) + "` has " + std::to_string(size) + " values, and " +
                                    (count != 0 ? "the one before it " : "from its beginning to its end there are ") + std::to_string(wanted);
        auto report = diags_.Report(field.node().span, DiagId::kTestSeries, {{"problem", problem}});
        if (count != 0) report.Label(counted, std::to_string(count) + " values");
        good = false;
      }
      count = size;
      counted = field.node().span;
    }
    columns.push_back(std::move(*column));
  }
  if (!good) return;
  if (happening->event) {
    for (const hir::Field& field : program_.events[happening->event].fields) {
      const bool is_given = std::any_of(columns.begin(), columns.end(), [&](const TestColumn& one) { return one.name == field.name; });
      if (is_given || field.type.optional) continue;
      diags_.Report(happening->span, DiagId::kTestFieldMissing,
                    {{"event", Text(program_.events[happening->event].name)}, {"field", Text(field.name)}, {"type", TypeText(field.type)}});
      return;
    }
  }
  if (is_series && !has_end) {
    if (count == 0) {
      diags_.Report(line.node().span, DiagId::kTestSeries, {{"problem", "nothing says how long it goes on"}})
          .Help("say until when, `every 1h from 00:00 to 06:00 …`, or how often: `with spend $10 x6`");
      return;
    }
    while (times.size() < count) times.push_back(times.back() + *step);
  }
  if (test_->test.records.size() + times.size() > limits::kTestRecordsMax) {
    diags_.Report(line.node().span, DiagId::kTestTooLarge, {{"limit", limits::kTestRecordsMax}});
    return;
  }
  for (size_t i = 0; i < times.size(); ++i) {
    hir::TestRecord record;
    record.at = times[i];
    record.event = happening->event;
    record.span = line.node().span;
    record.subjects.emplace_back(happening->whom->entity, happening->whom->id);
    bool is_gap = false;
    for (const TestColumn& column : columns) {
      const ExprId value = column.missing ? ExprId() : column.values[column.several ? i : 0];
      is_gap |= !column.missing && !value;
      if (is_gap) break;
      if (column.key) {
        record.subjects.emplace_back(column.key, program_.exprs[value].constant.text);
      } else {
        record.values.push_back({column.name, value});
      }
    }
    if (!is_gap) test_->test.records.push_back(std::move(record));
  }
}

}  // namespace mrule::sema
