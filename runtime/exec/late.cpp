// SPDX-License-Identifier: Apache-2.0
// What a late record may contradict (S16). A late record changes nothing; but the rules whose conditions read events of its type,
// or an attribute that it sets, might have decided otherwise from its instant on, for as long as they look back (plan::ReadPlan).
#include <algorithm>

#include "runtime/exec/shard.h"
#include "runtime/value/hash.h"

namespace mrule::runtime {

void Shard::KeepDecision(const Scene& scene, const Decision& decision) {
  const auto rule_case = static_cast<uint32_t>(decision.rule_case - program_.plan().cases.data());
  scene.entity->recent.Add(scene.index, {decision.at, rule_case, decision.action, decision.nth},
                           keep_decisions_micros_);
}

void Shard::AddRecent(uint32_t number, std::string_view id, const RecentDecision& decision) {
  EntityState& entity = entities_[number];
  const uint32_t index = entity.subjects.Find({id.data(), static_cast<uint32_t>(id.size()), HashBytes(id)});
  if (index != SubjectTable::kNone) entity.recent.Add(index, decision, keep_decisions_micros_);
}

namespace {

bool Reaches(const std::vector<plan::ReadPlan>& reads, uint32_t what, int64_t later_micros) {
  const auto read = std::lower_bound(reads.begin(), reads.end(), what,
                                     [](const plan::ReadPlan& one, uint32_t wanted) { return one.what < wanted; });
  return read != reads.end() && read->what == what && later_micros <= read->reach_micros;
}

}  // namespace

bool Shard::MayContradict(const Event& late, const RecentDecision& decision) const {
  if (decision.at < late.at || decision.at <= now_ - keep_decisions_micros_) return false;
  const plan::RulePlan& rule = program_.plan().rules[cases_[decision.rule_case].rule];
  if (late.kind == Event::Kind::kEvent) return Reaches(rule.event_reads, late.type, decision.at - late.at);
  return std::any_of(rule.attribute_reads.begin(), rule.attribute_reads.end(),
                     [&](const plan::ReadPlan& read) { return late.present[read.what] != 0; });
}

void Shard::ContradictSubject(const Event& late, uint32_t number, const SubjectKey& key) {
  if (key.data == nullptr) return;
  EntityState& entity = entities_[number];
  const uint32_t index = entity.subjects.Find(key);
  if (index == SubjectTable::kNone) return;
  std::vector<RecentDecision>* recent = entity.recent.Of(index);
  if (recent == nullptr) return;
  std::erase_if(*recent, [&](const RecentDecision& kept) {
    if (!MayContradict(late, kept)) return false;
    Decision decision;
    decision.at = kept.at;
    decision.entity = number;
    decision.subject = static_cast<const MrText*>(HeaderOf(entity.subjects.record(index)).id);
    decision.rule = cases_[kept.rule_case].rule;
    decision.rule_case = cases_[kept.rule_case].plan;
    decision.action = kept.action;
    decision.nth = kept.nth;
    ++counts_.contradicted;
    sink_.OnContradicted(decision, late);
    return true;
  });
}

void Shard::Contradict(const Event& late, const Place& place) {
  place_ = place;
  if (late.kind == Event::Kind::kAttributes) return ContradictSubject(late, late.type, late.subjects[0]);
  const plan::EventPlan& type = program_.plan().events[late.type];
  for (size_t i = 0; i < type.subjects.size(); ++i) {
    place_.late = place.late + i;
    ContradictSubject(late, type.subjects[i], late.subjects[i]);
  }
}

}  // namespace mrule::runtime
