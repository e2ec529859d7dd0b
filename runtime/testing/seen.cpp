// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/seen.h"

#include <fmt/format.h>

#include <bit>

#include "runtime/exec/limits.h"
#include "runtime/exec/runner.h"
#include "runtime/json/instant.h"
#include "runtime/value/text_pool.h"

namespace mrule::runtime {
namespace {

constexpr double kMicros = 1e6;

std::optional<double> NumberOf(const sema::Type& type, int64_t bits) {
  switch (type.kind) {
    case sema::TypeKind::kNumber:
    case sema::TypeKind::kRatio:
    case sema::TypeKind::kPercent: return std::bit_cast<double>(bits);
    case sema::TypeKind::kMoney: return static_cast<double>(bits) / kMicros;
    case sema::TypeKind::kCount:
    case sema::TypeKind::kDuration:
    case sema::TypeKind::kInstant:
    case sema::TypeKind::kDate:
    case sema::TypeKind::kTimeOfDay: return static_cast<double>(bits);
    default: return std::nullopt;
  }
}

}  // namespace

SeenValue ValueMaker::Make(const plan::ValueRef& ref, const MrValue* outputs) const {
  SeenValue value;
  printer_.AppendJson(value.json, ref, outputs);
  printer_.AppendWords(value.words, ref, outputs);
  if (ref.kind == plan::ValueRef::Kind::kConstant) value.number = NumberOf(ref.type, ref.bits);
  if (ref.kind == plan::ValueRef::Kind::kOutput && outputs != nullptr && outputs[ref.output].known != 0) {
    value.number = NumberOf(ref.type, static_cast<int64_t>(outputs[ref.output].bits));
  }
  return value;
}

SeenValue ValueMaker::MakeText(const plan::Template& text, const MrValue* outputs) const {
  SeenValue value;
  printer_.AppendTemplate(value.words, text, outputs);
  AppendJsonText(value.json, value.words);
  return value;
}

SeenDecision SeenSink::Make(const Decision& decision) const {
  SeenDecision seen;
  seen.at = decision.at;
  seen.entity = decision.entity;
  seen.subject = std::string(decision.subject->data, decision.subject->size);
  seen.rule = decision.rule;
  const plan::ActionPlan& action = decision.rule_case->actions[decision.action];
  seen.action = action.name;
  for (const plan::ArgumentPlan& argument : action.arguments) {
    SeenArgument& made = seen.arguments.emplace_back();
    made.name = argument.name;
    for (size_t i = 0; i < argument.values.size(); ++i) {
      const bool is_template = i < argument.templates.size() && !argument.templates[i].chunks.empty();
      made.values.push_back(is_template ? maker_.MakeText(argument.templates[i], decision.outputs)
                                        : maker_.Make(argument.values[i], decision.outputs));
    }
  }
  for (const plan::Reason& reason : decision.rule_case->because) {
    seen.because.push_back({reason.label, {maker_.Make(reason.value, decision.outputs)}});
  }
  return seen;
}

void SeenSink::OnDecision(const Decision& decision) { decided.push_back(Make(decision)); }

void SeenSink::OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) {
  SeenDecision seen = Make(decision);
  seen.by_limit = limit;
  seen.winner_rule = winner_rule;
  if (decision.waits_until != INT64_MIN) seen.waits_until = decision.waits_until;
  const char* record = limit && runner_ != nullptr ? runner_->FindRecord(seen.entity, seen.subject) : nullptr;
  if (record != nullptr) {
    for (const plan::LimitPlan& one : plan_.rules[seen.rule].limits) {
      // A limit by key tells only of its own key; it is taken to be full.
      if (one.keyed || UseOf(one, record, seen.at).opens != INT64_MIN) seen.limits.push_back(&one);
    }
  }
  held_back.push_back(std::move(seen));
}

void SeenSink::OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus, std::string_view what) {
  std::string text = fmt::format("{} could not be evaluated at {}", what, InstantText(at));
  if (subject != nullptr) text += fmt::format(" for {} {}", plan_.entities[entity].name, View(*subject));
  if (rule < plan_.rules.size()) text = fmt::format("rule \"{}\": {}", plan_.rules[rule].name, text);
  traps.push_back(std::move(text));
}

}  // namespace mrule::runtime
