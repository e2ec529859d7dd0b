// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/shard_output.h"

#include <tuple>

namespace mrule::runtime {
namespace {

bool ComesBefore(const Place& a, const Place& b) {
  return std::tie(a.at, a.phase, a.order, a.late) < std::tie(b.at, b.phase, b.order, b.late);
}

void Deliver(const Saying& saying, const std::string& text, DecisionSink& sink) {
  Decision decision = saying.decision;
  decision.text = std::string_view(text).substr(saying.text_at, saying.text_size);
  switch (saying.kind) {
    case Saying::Kind::kDecision: return sink.OnDecision(decision);
    case Saying::Kind::kSuppressed: return sink.OnSuppressed(decision, saying.limit, saying.winner_rule);
    case Saying::Kind::kTrap:
      return sink.OnTrap(decision.at, decision.entity, decision.subject, decision.rule, saying.status, saying.what);
    case Saying::Kind::kContradicted: return sink.OnContradicted(decision, *saying.late);
  }
}

}  // namespace

/// The shards are few, so the next one is looked for; most of the time it is the one that spoke last.
void DeliverInOrder(std::span<const ShardOutput> outputs, DecisionSink& sink) {
  std::vector<size_t> next(outputs.size(), 0);
  for (;;) {
    size_t first = outputs.size();
    const Place* second = nullptr;  // the earliest of the others
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (next[i] == outputs[i].sayings.size()) continue;
      const Place& place = outputs[i].sayings[next[i]].place;
      if (first == outputs.size() || ComesBefore(place, outputs[first].sayings[next[first]].place)) {
        if (first != outputs.size()) second = &outputs[first].sayings[next[first]].place;
        first = i;
      } else if (second == nullptr || ComesBefore(place, *second)) {
        second = &place;
      }
    }
    if (first == outputs.size()) return;
    const ShardOutput& output = outputs[first];
    do {
      Deliver(output.sayings[next[first]], output.text, sink);
      ++next[first];
    } while (next[first] != output.sayings.size() && (second == nullptr || ComesBefore(output.sayings[next[first]].place, *second)));
  }
}

Saying& ShardSink::Add(Saying::Kind kind, const Decision& decision) {
  Saying& saying = output_->sayings.emplace_back();
  saying.kind = kind;
  saying.place = *place_;
  saying.decision = decision;
  saying.decision.outputs = nullptr;  // they do not live as long
  saying.text_at = output_->text.size();
  return saying;
}

void ShardSink::OnDecision(const Decision& decision) {
  Saying& saying = Add(Saying::Kind::kDecision, decision);
  if (writer_ == nullptr) return;
  writer_->Append(output_->text, decision);
  saying.text_size = output_->text.size() - saying.text_at;
}

void ShardSink::OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) {
  Saying& saying = Add(Saying::Kind::kSuppressed, decision);
  saying.limit = limit;
  saying.winner_rule = winner_rule;
  if (writer_ == nullptr) return;
  writer_->AppendSuppressed(output_->text, decision, limit, winner_rule);
  saying.text_size = output_->text.size() - saying.text_at;
}

void ShardSink::OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status, std::string_view what) {
  Decision decision;
  decision.at = at;
  decision.entity = entity;
  decision.subject = subject;
  decision.rule = rule;
  Saying& saying = Add(Saying::Kind::kTrap, decision);
  saying.status = status;
  saying.what = what;
}

void ShardSink::OnContradicted(const Decision& decision, const Event& late) {
  Add(Saying::Kind::kContradicted, decision).late = &late;
}

}  // namespace mrule::runtime
