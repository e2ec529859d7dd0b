// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/direct_plan.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "compiler/base/check.h"
#include "compiler/plan/ordered_key.h"

namespace mrule::bench {
namespace {

using nlohmann::json;
using plan::MatchInput;
using plan::MatchLeaf;
using plan::ScanOp;
using sema::TypeKind;

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kDay = 86'400 * kMicros;

struct FieldSpec {
  const char* name;
  TypeKind type;
  const char* tree_name = nullptr;  // in rule trees, if it differs
};

const std::vector<FieldSpec> kContactFields = {
    {"country", TypeKind::kCode},       {"language", TypeKind::kCode},       {"plan", TypeKind::kEnum},
    {"score", TypeKind::kCount},        {"ltv", TypeKind::kMoney},           {"orders", TypeKind::kCount},
    {"signup_at", TypeKind::kInstant},  {"last_open", TypeKind::kInstant},   {"last_purchase", TypeKind::kInstant},
    {"consent_email", TypeKind::kBoolean}, {"consent_sms", TypeKind::kBoolean}, {"source", TypeKind::kText},
    {"email", TypeKind::kText}};
const std::vector<std::string> kPlans = {"free", "starter", "pro", "enterprise"};

const std::vector<FieldSpec> kStreamFields = {{"campaign", TypeKind::kCode},  {"device", TypeKind::kCode},
                                              {"country", TypeKind::kCode},   {"position", TypeKind::kCount},
                                              {"amount", TypeKind::kMoney},   {"url", TypeKind::kText}};
const char* const kStreamTypes[] = {"email_sent", "email_open",  "email_click", "page_view", "form_submit",
                                    "purchase",   "unsubscribe", "sms_click",   "bounce"};

const std::vector<FieldSpec> kSeenFields = {
    {"kind", TypeKind::kCode, "type"},       {"campaign", TypeKind::kCode},          {"country", TypeKind::kCode},
    {"city", TypeKind::kCode},               {"category", TypeKind::kCode},          {"plan", TypeKind::kCode},
    {"device", TypeKind::kCode},             {"language", TypeKind::kCode},          {"source", TypeKind::kCode},
    {"score", TypeKind::kCount},             {"ltv", TypeKind::kCount},              {"orders", TypeKind::kCount},
    {"days_since_open", TypeKind::kCount},   {"days_since_signup", TypeKind::kCount},{"hour", TypeKind::kCount},
    {"weekday", TypeKind::kCount},           {"position", TypeKind::kCount},         {"amount", TypeKind::kCount},
    {"consent_email", TypeKind::kBoolean},   {"consent_sms", TypeKind::kBoolean},    {"is_new", TypeKind::kBoolean},
    {"tags", TypeKind::kSet}};

MatchInput::Kind InputKind(TypeKind type) {
  switch (sema::PhysicalOf(type)) {
    case sema::Physical::kI64: return MatchInput::Kind::kOrderedI64;
    case sema::Physical::kF64: return MatchInput::Kind::kOrderedF64;
    case sema::Physical::kText: return MatchInput::Kind::kText;
    case sema::Physical::kSet: return MatchInput::Kind::kSet;
  }
  return MatchInput::Kind::kOrderedI64;
}

/// Leaves of one handler or scan, each distinct one once.
class Leaves {
 public:
  Leaves(plan::Plan& plan, const std::vector<FieldSpec>& fields, std::vector<MatchLeaf>& out)
      : plan_(plan), fields_(fields), out_(out) {}

  uint32_t Of(const json& tree, bool negated) {
    const std::string op = tree["op"];
    const json& v = tree.contains("v") ? tree["v"] : json();
    MatchLeaf leaf;
    leaf.input = FieldOf(tree["f"]);
    leaf.negated = negated;
    const FieldSpec& field = fields_[leaf.input];
    const sema::Physical physical = sema::PhysicalOf(field.type);
    if (op == "isnull") {
      leaf.kind = MatchLeaf::Kind::kMissing;
    } else if (physical == sema::Physical::kSet) {
      leaf.kind = MatchLeaf::Kind::kHasAny;
      for (const json& item : v) leaf.texts.push_back(Text(std::to_string(item.get<int>())));
    } else if (physical == sema::Physical::kText) {
      leaf.kind = op == "starts_with" ? MatchLeaf::Kind::kPrefix
                  : op == "ends_with" ? MatchLeaf::Kind::kSuffix
                                      : MatchLeaf::Kind::kInTexts;
      if (v.is_array()) {
        for (const json& item : v) leaf.texts.push_back(Text(item));
      } else {
        leaf.texts.push_back(Text(v));
      }
      std::sort(leaf.texts.begin(), leaf.texts.end());
    } else if (op == "in") {
      for (const json& item : v) leaf.ranges.emplace_back(Number(field, item), Number(field, item));
      std::sort(leaf.ranges.begin(), leaf.ranges.end());
    } else if (op == "between") {
      leaf.ranges = {{Number(field, v[0]), Number(field, v[1])}};
    } else {
      const int64_t x = Number(field, v);
      if (op == "==") leaf.ranges = {{x, x}};
      if (op == ">=") leaf.ranges = {{x, INT64_MAX}};
      if (op == ">") leaf.ranges = {{x + 1, INT64_MAX}};
      if (op == "<=") leaf.ranges = {{INT64_MIN + 1, x}};
      if (op == "<") leaf.ranges = {{INT64_MIN + 1, x - 1}};
    }
    return Add(std::move(leaf));
  }

  uint32_t Add(MatchLeaf leaf) {
    std::string key = std::to_string(static_cast<int>(leaf.kind)) + "/" + std::to_string(leaf.input) + (leaf.negated ? "!" : "");
    for (const auto& [low, high] : leaf.ranges) key += "," + std::to_string(low) + ":" + std::to_string(high);
    for (uint32_t t : leaf.texts) key += ";" + std::to_string(t);
    auto [at, added] = known_.emplace(std::move(key), static_cast<uint32_t>(out_.size()));
    if (added) out_.push_back(std::move(leaf));
    return at->second;
  }

 private:
  uint32_t FieldOf(const std::string& name) const {
    for (uint32_t i = 0; i < fields_.size(); ++i) {
      if (name == (fields_[i].tree_name != nullptr ? fields_[i].tree_name : fields_[i].name)) return i;
    }
    MR_CHECK(false, "rule trees name known fields");
    return 0;
  }
  uint32_t Text(const std::string& text) {
    // Other handlers of the plan may have named it.
    while (texts_.size() < plan_.texts.size()) texts_.emplace(plan_.texts[texts_.size()], static_cast<uint32_t>(texts_.size()));
    auto [at, added] = texts_.emplace(text, static_cast<uint32_t>(plan_.texts.size()));
    if (added) plan_.texts.push_back(text);
    return at->second;
  }
  static int64_t Number(const FieldSpec& field, const json& v) {
    if (field.type == TypeKind::kEnum) return std::find(kPlans.begin(), kPlans.end(), v.get<std::string>()) - kPlans.begin();
    if (v.is_boolean()) return v.get<bool>();
    const bool scaled = field.type == TypeKind::kMoney || field.type == TypeKind::kInstant;
    return v.get<int64_t>() * (scaled ? kMicros : 1);
  }

  plan::Plan& plan_;
  const std::vector<FieldSpec>& fields_;
  std::vector<MatchLeaf>& out_;
  std::map<std::string, uint32_t> known_;
  std::map<std::string, uint32_t> texts_;
};

/// Postfix, negation at the leaves.
void AddOps(Leaves& leaves, const json& tree, bool negated, std::vector<ScanOp>& ops) {
  if (tree.contains("f")) {
    ops.push_back({ScanOp::Kind::kLeaf, leaves.Of(tree, negated)});
    return;
  }
  if (tree["op"] == "not") return AddOps(leaves, tree["args"][0], !negated, ops);
  if (tree["args"].empty()) return ops.push_back({negated ? ScanOp::Kind::kNone : ScanOp::Kind::kAll, 0});
  for (const json& a : tree["args"]) AddOps(leaves, a, negated, ops);
  const bool is_and = (tree["op"] == "and") != negated;
  ops.push_back({is_and ? ScanOp::Kind::kAnd : ScanOp::Kind::kOr, static_cast<uint32_t>(tree["args"].size())});
}

using Disjuncts = std::vector<std::vector<uint32_t>>;

Disjuncts Normal(Leaves& leaves, const json& tree) {
  if (tree.contains("f")) return {{leaves.Of(tree, false)}};
  Disjuncts out;
  if (tree["op"] == "or") {
    for (const json& a : tree["args"]) {
      for (auto& d : Normal(leaves, a)) out.push_back(d);
    }
    return out;
  }
  out = {{}};
  for (const json& a : tree["args"]) {
    Disjuncts product;
    for (const auto& left : out) {
      for (const auto& right : Normal(leaves, a)) {
        product.push_back(left);
        product.back().insert(product.back().end(), right.begin(), right.end());
      }
    }
    out = std::move(product);
  }
  return out;
}

plan::EntityPlan Contact(uint32_t record_bytes) {
  plan::EntityPlan entity;
  entity.name = "contact";
  entity.record_bytes = (record_bytes + 63) / 64 * 64;
  entity.image.resize(entity.record_bytes);
  return entity;
}

/// A rule of one case and one action: `hit 1`, or `score n`.
void AddRule(plan::Plan& plan, std::string name, bool score, double points) {
  plan::RulePlan rule;
  rule.name = std::move(name);
  rule.on_event = true;
  plan::RuleCase rule_case;
  rule_case.rule = static_cast<uint32_t>(plan.rules.size());
  plan::ActionPlan action;
  action.name = score ? "score" : "hit";
  action.state_only = score;
  plan::ArgumentPlan argument;
  argument.name = score ? "points" : "n";
  plan::ValueRef value;
  value.type = {score ? TypeKind::kNumber : TypeKind::kCount, false, 0};
  value.bits = score ? std::bit_cast<int64_t>(points) : 1;
  argument.values = {value};
  action.arguments = {argument};
  if (score) action.effects = {{0, hir::EffectForm::kAdd, value}};
  rule_case.actions = {std::move(action)};
  plan.rules.push_back(std::move(rule));
  plan.cases.push_back(std::move(rule_case));
}

std::vector<plan::FieldPlan> FieldPlans(const std::vector<FieldSpec>& specs) {
  std::vector<plan::FieldPlan> fields;
  for (const FieldSpec& spec : specs) {
    plan::FieldPlan field;
    field.name = spec.name;
    field.type = {spec.type, true, 0};
    fields.push_back(std::move(field));
  }
  return fields;
}

class FunctionMaker {
 public:
  uint32_t Add(ir::Opcode op, uint32_t a = ir::kNoValue, uint32_t slot = 0, uint32_t slot2 = 0, int64_t imm = 0,
               ir::Physical type = ir::Physical::kI64) {
    ir::Inst inst;
    inst.op = op;
    inst.type = type;
    inst.a = a;
    inst.slot = slot;
    inst.slot2 = slot2;
    inst.imm = imm;
    function_.code.push_back(inst);
    return static_cast<uint32_t>(function_.code.size() - 1);
  }
  plan::FunctionId Finish(plan::Plan& plan, std::string name, uint32_t outputs) {
    Add(ir::Opcode::kReturn);
    function_.name = std::move(name);
    function_.outputs = outputs;
    plan.functions.push_back(std::move(function_));
    function_ = {};
    return plan::FunctionId(static_cast<uint32_t>(plan.functions.size() - 1));
  }

 private:
  ir::Function function_;
};

}  // namespace

Planned PlanW1(const json& trees, size_t count) {
  Planned out;
  plan::EntityPlan entity = Contact(32);
  for (const FieldSpec& field : kContactFields) {
    plan::Attribute attribute;
    attribute.name = field.name;
    attribute.type = {field.type, true, 0};
    entity.attributes.push_back(std::move(attribute));
    out.scan.columns.push_back({static_cast<uint32_t>(out.scan.columns.size()), InputKind(field.type)});
  }
  out.plan.enums = {kPlans};
  out.plan.currencies = {"USD"};
  out.plan.entities.push_back(std::move(entity));
  Leaves leaves(out.plan, kContactFields, out.scan.leaves);
  for (size_t i = 0; i < count; ++i) {
    plan::ScanProgram program;
    program.segment = static_cast<uint32_t>(i);
    AddOps(leaves, trees[i], false, program.ops);
    out.scan.programs.push_back(std::move(program));
    plan::SegmentPlan segment;
    segment.name = "s" + std::to_string(i);
    out.plan.segments.push_back(std::move(segment));
  }
  return out;
}

Planned PlanW2(const json& trees, size_t count) {
  Planned out;
  plan::Plan& plan = out.plan;
  plan.currencies = {"USD"};
  uint32_t next_offset = 40;
  constexpr uint32_t kScoreOffset = 32;
  FunctionMaker make;
  // Input `kStreamFields.size()` is the score, those after it the counts of windows.
  const auto score_input = static_cast<uint32_t>(kStreamFields.size());
  std::map<std::string, Leaves> leaves_of_type;
  plan.handlers.resize(std::size(kStreamTypes));
  std::vector<plan::Slot> slots(1);
  slots[0].kind = plan::SlotKind::kAttribute;
  slots[0].key = "attribute score";
  slots[0].offset = kScoreOffset;
  slots[0].bytes = 8;
  slots[0].type = {TypeKind::kNumber, false, 0};
  slots[0].always_known = true;
  for (size_t i = 0; i < count; ++i) {
    AddRule(plan, "r" + std::to_string(i), trees[i]["kind"] == "score", trees[i].value("n", 0));
  }
  for (uint32_t type = 0; type < std::size(kStreamTypes); ++type) {
    plan::EventPlan event;
    event.name = kStreamTypes[type];
    event.subjects = {0};
    plan::Handler& handler = plan.handlers[type];
    handler.event = type;
    std::vector<FieldSpec> inputs = kStreamFields;
    inputs.push_back({"score", TypeKind::kNumber});
    std::map<int, uint32_t> window_input;
    int capacity = 0;
    for (size_t i = 0; i < count; ++i) {
      if (trees[i]["on"] != event.name || trees[i]["kind"] != "window") continue;
      capacity = std::max(capacity, trees[i]["k"].get<int>());
      window_input.emplace(trees[i]["days"], 0);
    }
    for (auto& [days, input] : window_input) {
      input = static_cast<uint32_t>(inputs.size());
      inputs.push_back({"count", TypeKind::kCount});
    }
    Leaves leaves(plan, inputs, handler.leaves);
    for (uint32_t i = 0; i < count; ++i) {
      const json& tree = trees[i];
      if (tree["on"] != event.name) continue;
      for (std::vector<uint32_t> row_leaves : Normal(leaves, tree["where"])) {
        MatchLeaf state;
        if (tree["kind"] == "threshold") {
          state.input = score_input;
          state.ranges = {{plan::OrderedKey(tree["K"].get<double>()), INT64_MAX}};
        }
        if (tree["kind"] == "window") {
          state.input = window_input.at(tree["days"]);
          state.ranges = {{tree["k"].get<int64_t>(), INT64_MAX}};
        }
        if (!state.ranges.empty()) row_leaves.push_back(leaves.Add(state));
        plan::MatchRow row;
        row.leaves = std::move(row_leaves);
        row.rule_case = i;
        handler.rows.push_back(std::move(row));
      }
    }
    // Only fields that rules of this type read are read.
    const std::vector<plan::FieldPlan> all = FieldPlans(kStreamFields);
    std::vector<uint32_t> input_of(inputs.size(), UINT32_MAX);
    for (MatchLeaf& leaf : handler.leaves) {
      if (input_of[leaf.input] == UINT32_MAX) {
        input_of[leaf.input] = static_cast<uint32_t>(handler.match_inputs.size());
        MatchInput input;
        input.kind = InputKind(inputs[leaf.input].type);
        input.from_field = leaf.input < score_input;
        if (input.from_field) {
          input.index = static_cast<uint32_t>(event.fields.size());
          event.fields.push_back(all[leaf.input]);
        } else {
          input.index = leaf.input - score_input;
        }
        handler.match_inputs.push_back(input);
      }
      leaf.input = input_of[leaf.input];
    }
    if (capacity > 0) {
      const uint32_t bytes = 8 + 8 * static_cast<uint32_t>(capacity);
      plan::Slot slot;
      slot.kind = plan::SlotKind::kRecents;
      slot.key = "recent " + event.name;
      slot.offset = next_offset;
      slot.bytes = bytes;
      slot.capacity = static_cast<uint32_t>(capacity);
      slots.push_back(slot);
      make.Add(ir::Opcode::kRecentsAdd, ir::kNoValue, next_offset, slot.capacity);
      handler.update = make.Finish(plan, "event " + event.name + " update", 0);
      next_offset += bytes;
    }
    if (!handler.rows.empty()) {
      uint32_t outputs = 0;
      if (input_of[score_input] != UINT32_MAX) {
        const uint32_t score = make.Add(ir::Opcode::kSlot, ir::kNoValue, kScoreOffset, 0, 0, ir::Physical::kF64);
        make.Add(ir::Opcode::kStoreOutput, score, 0);
        outputs = 1;
      }
      for (const auto& [days, input] : window_input) {
        const uint32_t counted = make.Add(ir::Opcode::kRecentsCount, ir::kNoValue, slots.back().offset,
                                          static_cast<uint32_t>(capacity), days * kDay);
        make.Add(ir::Opcode::kStoreOutput, counted, input - score_input);
        outputs = input - score_input + 1;
      }
      if (outputs > 0) handler.inputs = make.Finish(plan, "event " + event.name + " inputs", outputs);
    }
    event.handlers = {type};
    plan.events.push_back(std::move(event));
  }
  plan::EntityPlan entity = Contact(next_offset);
  plan::Attribute score;
  score.name = "score";
  score.type = {TypeKind::kNumber, false, 0};
  entity.attributes = {score};
  entity.slots = std::move(slots);
  plan.entities.push_back(std::move(entity));
  return out;
}

Planned PlanW3(const json& trees, size_t count) {
  Planned out;
  plan::Plan& plan = out.plan;
  plan.entities.push_back(Contact(32));
  plan::EventPlan event;
  event.name = "seen";
  event.subjects = {0};
  event.handlers = {0};
  event.fields = FieldPlans(kSeenFields);
  plan.events.push_back(std::move(event));
  plan.handlers.resize(1);
  plan::Handler& handler = plan.handlers[0];
  for (uint32_t i = 0; i < kSeenFields.size(); ++i) {
    MatchInput input;
    input.kind = InputKind(kSeenFields[i].type);
    input.index = i;
    handler.match_inputs.push_back(input);
  }
  Leaves leaves(plan, kSeenFields, handler.leaves);
  for (uint32_t i = 0; i < count; ++i) {
    AddRule(plan, "r" + std::to_string(i), false, 0);
    for (std::vector<uint32_t>& row_leaves : Normal(leaves, trees[i])) {
      plan::MatchRow row;
      row.leaves = std::move(row_leaves);
      row.rule_case = i;
      handler.rows.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace mrule::bench
