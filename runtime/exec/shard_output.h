// SPDX-License-Identifier: Apache-2.0
// What one shard has to say about one portion of the input, kept until all shards can be heard in one order: decisions with their
// text already made, suppressed ones, traps, contradictions. Made by the shard's thread, delivered by the runner's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/exec/decision.h"
#include "runtime/exec/runner.h"
#include "runtime/exec/shard.h"

namespace mrule::runtime {

struct Saying {
  enum class Kind : uint8_t { kDecision, kSuppressed, kTrap, kContradicted } kind = Kind::kDecision;
  Place place;
  Decision decision;           ///< kTrap: only at, entity, subject and rule
  size_t text_at = 0;
  size_t text_size = 0;
  bool limit = false;
  uint32_t winner_rule = 0;
  MrStatus status = kMrOk;
  std::string_view what;       ///< of the plan, or static
  const Event* late = nullptr; ///< of the portion
};

struct ShardOutput {
  std::vector<Saying> sayings;  ///< in the order of their places
  std::string text;
  RunnerCounts counts;
  int64_t now = INT64_MIN;

  void Clear() {
    sayings.clear();
    text.clear();
  }
};

/// Gives the sink what the shards of a portion have said, in order of place.
void DeliverInOrder(std::span<const ShardOutput> outputs, DecisionSink& sink);

/// The sink of a shard: fills the output at hand.
class ShardSink : public DecisionSink {
 public:
  /// `sink` is whom it will be delivered to.
  explicit ShardSink(const DecisionSink& sink)
      : writer_(sink.MakeWriter()), wants_detail_(writer_ != nullptr && sink.wants_detail()), wants_contradicted_(sink.wants_contradicted()) {}
  void Begin(ShardOutput& output, const Place& place) {
    output_ = &output;
    place_ = &place;
  }

  bool wants_detail() const override { return wants_detail_; }
  bool wants_contradicted() const override { return wants_contradicted_; }
  void OnDecision(const Decision& decision) override;
  void OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) override;
  void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status, std::string_view what) override;
  void OnLate(const Event& event, int64_t clock) override {}
  void OnContradicted(const Decision& decision, const Event& late) override;

 private:
  Saying& Add(Saying::Kind kind, const Decision& decision);

  std::unique_ptr<DecisionWriter> writer_;
  bool wants_detail_;
  bool wants_contradicted_;
  ShardOutput* output_ = nullptr;
  const Place* place_ = nullptr;
};

}  // namespace mrule::runtime
