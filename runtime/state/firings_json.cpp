// SPDX-License-Identifier: Apache-2.0
// The slots of limits that hang off a record: firings by key, and firings that wait. Values of fields are written under the fields'
// names, and a waiting firing under its event's, so that they survive an edit of another rule.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/base/limits.h"
#include "runtime/actions/value_text.h"
#include "runtime/exec/keyed_firings.h"
#include "runtime/exec/waiting_firings.h"
#include "runtime/state/slot_json.h"
#include "runtime/value/kept_set.h"

namespace mrule::runtime {
namespace {

using nlohmann::json;
using Outcome = SlotJson::Outcome;

bool IsInstant(const json& value) {
  return value.is_number_integer() &&
         (!value.is_number_unsigned() || value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
}

}  // namespace

bool SlotJson::AppendKeyed(std::string& out, const plan::Slot& slot, const char* at) const {
  const KeyedFirings keyed(const_cast<char*>(at), slot.capacity);
  if (keyed.size() == 0) return false;
  std::vector<std::string> entries;  // in order of text: the table's order is that of addresses
  keyed.ForEach([&](FiringKey key, const MrRecents& firings) {
    std::string entry = "[";
    if (key.known != 0) {
      AppendValue(entry, slot.type, key.bits);
    } else {
      entry += "null";
    }
    entry += ",[";
    for (uint32_t i = 0; i < firings.count; ++i) {
      if (i != 0) entry += ',';
      entry += std::to_string(firings.at[(firings.next + slot.capacity - firings.count + i) % slot.capacity]);
    }
    entries.push_back(entry + "]]");
  });
  std::sort(entries.begin(), entries.end());
  for (size_t i = 0; i < entries.size(); ++i) {
    out += i == 0 ? '[' : ',';
    out += entries[i];
  }
  out += ']';
  return true;
}

Outcome SlotJson::LoadKeyed(const json& value, const plan::Slot& slot, char* at) const {
  if (!value.is_array() || value.size() > limits::kLimitKeysMax) return Outcome::kCorrupt;
  KeyedFirings keyed(at, slot.capacity);
  Outcome worst = Outcome::kLoaded;
  for (const json& entry : value) {
    if (!entry.is_array() || entry.size() != 2) return Outcome::kCorrupt;
    MrValue key{0, entry[0].is_null() ? 0 : 1};
    const Outcome outcome = key.known == 0 ? Outcome::kLoaded : LoadValue(entry[0], slot.type, &key.bits);
    if (outcome == Outcome::kCorrupt) return outcome;
    if (outcome == Outcome::kDropped) {
      worst = outcome;
      continue;
    }
    MrRecents* firings = keyed.FindOrAdd(program_.slab(), KeyOf(key), INT64_MIN);
    if (firings == nullptr || firings->count != 0) return Outcome::kCorrupt;
    if (LoadRing(entry[1], slot.capacity, firings) != Outcome::kLoaded) return Outcome::kCorrupt;
  }
  return worst;
}

bool SlotJson::AppendWaiting(std::string& out, const plan::RulePlan& rule, const char* at) const {
  const WaitingFirings waiting(const_cast<char*>(at), rule.waiting_fields);
  if (waiting.size() == 0) return false;
  const plan::Plan& plan = program_.plan();
  for (uint32_t i = 0; i < waiting.size(); ++i) {
    const WaitingFiring& one = waiting[i];
    const plan::RuleCase& rule_case = plan.cases[one.rule_case];
    out += (i == 0 ? "[[" : ",[") + std::to_string(one.at) + "," + std::to_string(one.due) + ",";
    if (rule_case.event == plan::kNoHandler) {
      out += "null,{}]";
      continue;
    }
    const plan::EventPlan& event = plan.events[rule_case.event];
    AppendJsonText(out, event.name);
    out += ",{";
    bool first = true;
    for (size_t f = 0; f < rule_case.kept_fields.size(); ++f) {
      if (one.values()[f].known == 0) continue;
      const plan::FieldPlan& field = event.fields[rule_case.kept_fields[f]];
      if (!first) out += ',';
      first = false;
      AppendJsonText(out, field.name);
      out += ':';
      AppendValue(out, field.type, one.values()[f].bits);
    }
    out += "}]";
  }
  out += ']';
  return true;
}

Outcome SlotJson::LoadWaiting(const json& value, const plan::RulePlan& rule, char* at) const {
  if (!value.is_array() || value.empty() || value.size() > limits::kWaitingFiringsMax) return Outcome::kCorrupt;
  const plan::Plan& plan = program_.plan();
  WaitingFirings waiting(at, rule.waiting_fields);
  Outcome worst = Outcome::kLoaded;
  for (const json& entry : value) {
    if (!entry.is_array() || entry.size() != 4 || !IsInstant(entry[0]) || !IsInstant(entry[1]) ||
        !(entry[2].is_null() || entry[2].is_string()) || !entry[3].is_object()) {
      return Outcome::kCorrupt;
    }
    uint32_t rule_case = 0;
    for (; rule_case < plan.cases.size(); ++rule_case) {
      const plan::RuleCase& one = plan.cases[rule_case];
      if (&plan.rules[one.rule] != &rule) continue;
      const bool on_state = one.event == plan::kNoHandler;
      if (entry[2].is_null() ? on_state : !on_state && plan.events[one.event].name == entry[2].get_ref<const std::string&>()) break;
    }
    if (rule_case == plan.cases.size()) {  // the rule no longer fires at this event
      worst = Outcome::kDropped;
      continue;
    }
    WaitingFiring& added = waiting.Add(program_.slab());
    added.at = entry[0].get<int64_t>();
    added.due = entry[1].get<int64_t>();
    added.rule_case = rule_case;
    const Outcome outcome = LoadWaitingFields(entry[3], rule_case, added.values());
    if (outcome == Outcome::kCorrupt) return outcome;
    if (outcome == Outcome::kDropped) worst = outcome;
  }
  return worst;
}

Outcome SlotJson::LoadWaitingFields(const json& fields, uint32_t number, MrValue* values) const {
  const plan::RuleCase& rule_case = program_.plan().cases[number];
  Outcome worst = Outcome::kLoaded;
  for (size_t f = 0; f < rule_case.kept_fields.size(); ++f) {
    const plan::FieldPlan& field = program_.plan().events[rule_case.event].fields[rule_case.kept_fields[f]];
    const auto found = fields.find(field.name);
    if (found == fields.end()) continue;
    const Outcome outcome = LoadValue(*found, field.type, &values[f].bits);
    if (outcome == Outcome::kCorrupt) return outcome;
    values[f].known = outcome == Outcome::kLoaded ? 1 : 0;
    if (outcome == Outcome::kDropped) worst = outcome;
  }
  return worst;
}

}  // namespace mrule::runtime
