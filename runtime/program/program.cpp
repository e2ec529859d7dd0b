// SPDX-License-Identifier: Apache-2.0
// Constants made ready: pooled texts, RE2 patterns, sets as sorted payloads or small hash tables of text ids. The door of RE2.
#include "runtime/program/program.h"

#include <re2/re2.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "compiler/base/check.h"
#include "runtime/value/hash.h"

namespace mrule::runtime {
namespace {

/// A fixed set of text ids: open addressing, at most half full; 0 is no id.
class IdSet {
 public:
  explicit IdSet(const std::vector<uint32_t>& ids) {
    size_t slots = std::bit_ceil(ids.size() * 2 + 1);
    slots_.assign(slots, 0);
    mask_ = static_cast<uint32_t>(slots - 1);
    for (uint32_t id : ids) {
      uint32_t i = Start(id);
      while (slots_[i] != 0 && slots_[i] != id) i = (i + 1) & mask_;
      slots_[i] = id;
    }
  }
  bool Contains(uint32_t id) const {
    for (uint32_t i = Start(id); slots_[i] != 0; i = (i + 1) & mask_) {
      if (slots_[i] == id) return true;
    }
    return false;
  }

 private:
  uint32_t Start(uint32_t id) const { return (id * 0x9E3779B1u >> 7) & mask_; }
  std::vector<uint32_t> slots_;
  uint32_t mask_ = 0;
};

}  // namespace

struct Program::Impl {
  std::vector<std::unique_ptr<RE2>> regexes;
  std::vector<IdSet> text_sets;
  std::vector<MrTextSet> set_values;
  std::vector<std::vector<const MrText*>> set_items;
  Slab slab;
};

Program::Program(const plan::Plan* plan) : plan_(plan), texts_(std::make_unique<TextPool>()), impl_(std::make_unique<Impl>()) {}
Program::~Program() = default;

Result<std::unique_ptr<Program>> Program::Load(plan::Plan plan) {
  auto owned = std::make_unique<const plan::Plan>(std::move(plan));
  std::unique_ptr<Program> program(new Program(owned.get()));
  program->owned_plan_ = std::move(owned);
  if (Result<void> ready = program->SetUp(); !ready.ok()) return ready.error();
  return program;
}

std::unique_ptr<Program> Program::Sibling() const {
  std::unique_ptr<Program> sibling(new Program(plan_));
  MR_CHECK(sibling->SetUp().ok(), "what could be made ready once can be made ready again");
  return sibling;
}

/// Constants come first in the pool, so a constant's text has the same id in all siblings.
Result<void> Program::SetUp() {
  Impl& impl = *impl_;
  RE2::Options options(RE2::Quiet);
  for (const std::string& pattern : plan_->regexes) {
    auto regex = std::make_unique<RE2>(pattern, options);
    if (!regex->ok()) return Error{"the pattern `" + pattern + "` cannot be compiled: " + regex->error()};
    impl.regexes.push_back(std::move(regex));
  }
  constant_texts_.reserve(plan_->texts.size());
  for (const std::string& text : plan_->texts) {
    const MrText* pooled = texts_->Intern(text);
    constant_texts_.push_back(pooled);
    MR_CHECK(pooled->id == constant_texts_.size(), "a plan lists each constant text once");
  }
  for (const std::vector<uint32_t>& set : plan_->text_sets) {
    std::vector<uint32_t> ids;
    std::vector<const MrText*> items;
    for (uint32_t index : set) {
      ids.push_back(index + 1);
      items.push_back(constant_texts_[index]);
    }
    impl.text_sets.emplace_back(ids);
    impl.set_items.push_back(std::move(items));
  }
  for (const std::vector<const MrText*>& items : impl.set_items) {
    impl.set_values.push_back({items.data(), static_cast<uint32_t>(items.size()), 0});
  }
  const auto find_zone = [](const plan::ZonePlan& zone, std::vector<const calendar::Zone*>& zones) -> Result<void> {
    zones.push_back(calendar::FindZone(zone.name));
    if (zones.back() != nullptr) return {};
    return Error{"the time zone `" + zone.name + "` is not in this machine's database (package tzdata)"};
  };
  for (const plan::SchedulePlan& schedule : plan_->schedules) {
    if (Result<void> found = find_zone(schedule.zone, schedule_zones_); !found.ok()) return found.error();
  }
  for (const plan::ClockTestPlan& test : plan_->clock_tests) {
    if (Result<void> found = find_zone(test.zone, clock_test_zones_); !found.ok()) return found.error();
  }
  return {};
}

const calendar::Zone& Program::ZoneOf(const MrText* name, const calendar::Zone& otherwise) {
  if (name == nullptr) return otherwise;
  const calendar::Zone* zone = calendar::FindZone(View(*name));
  return zone != nullptr ? *zone : otherwise;
}

calendar::ClockState Program::ClockAt(uint32_t clock_test, const MrText* zone, int64_t now) const {
  return calendar::StateAt(plan_->clock_tests[clock_test].span, ClockZone(clock_test, zone), now);
}

Slab& Program::slab() const { return impl_->slab; }

const MrTextSet* Program::ConstantSet(uint32_t index) const { return &impl_->set_values[index]; }

bool Program::InInts(uint32_t set, int64_t bits) const {
  const std::vector<int64_t>& items = plan_->int_sets[set];
  return std::binary_search(items.begin(), items.end(), bits);
}

bool Program::InTexts(uint32_t set, const MrText* text) const {
  uint32_t id = text->id;
  if (id == 0) {
    const MrText* pooled = texts_->Find(View(*text), HashBytes(View(*text)));
    if (pooled == nullptr) return false;
    id = pooled->id;
  }
  return impl_->text_sets[set].Contains(id);
}

bool Program::HasAny(uint32_t set, const MrTextSet* items) const {
  for (uint32_t i = 0; i < items->size; ++i) {
    if (InTexts(set, items->items[i])) return true;
  }
  return false;
}

bool Program::Matches(uint32_t regex, const MrText* text) const {
  return RE2::PartialMatch(re2::StringPiece(text->data, text->size), *impl_->regexes[regex]);
}

namespace {
const Program& ProgramOf(const MrFrame* frame) { return *static_cast<const Program*>(frame->program); }
}  // namespace

extern "C" {
int64_t mr_rt_in_ints(const MrFrame* frame, uint32_t set, int64_t bits) { return ProgramOf(frame).InInts(set, bits); }
int64_t mr_rt_in_texts(const MrFrame* frame, uint32_t set, const MrText* text) {
  return ProgramOf(frame).InTexts(set, text);
}
int64_t mr_rt_has_any(const MrFrame* frame, uint32_t set, const MrTextSet* items) {
  return ProgramOf(frame).HasAny(set, items);
}
int64_t mr_rt_matches(const MrFrame* frame, uint32_t regex, const MrText* text) {
  return ProgramOf(frame).Matches(regex, text);
}
const MrText* mr_rt_constant_text(const MrFrame* frame, uint32_t index) {
  return ProgramOf(frame).ConstantText(index);
}
}

}  // namespace mrule::runtime
