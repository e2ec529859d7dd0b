// SPDX-License-Identifier: Apache-2.0
// Writes of a subject's attributes, from attribute records and from effects. A write that changes nothing wakes nobody.
#include <algorithm>
#include <bit>

#include "runtime/exec/shard.h"
#include "runtime/value/kept_set.h"

namespace mrule::runtime {
namespace {

const MrText* TextOf(MrValue value) { return reinterpret_cast<const MrText*>(value.bits); }
const MrTextSet* SetOf(MrValue value) { return reinterpret_cast<const MrTextSet*>(value.bits); }

double AsDouble(sema::Physical physical, int64_t bits) {
  return physical == sema::Physical::kF64 ? std::bit_cast<double>(bits) : static_cast<double>(bits);
}

bool SamePayload(sema::Physical physical, MrValue a, MrValue b) {
  if (a.known != b.known) return false;
  if (a.known == 0 || a.bits == b.bits) return true;
  switch (physical) {
    case sema::Physical::kI64:
    case sema::Physical::kF64:  // bit for bit: a zero that changes its sign is written, which wakes without need
    case sema::Physical::kText: // both pooled
      return false;
    case sema::Physical::kSet:
      return SameItems(SetOf(a), SetOf(b));
  }
  return false;
}

/// As rules compare them: a zero has no sign.
bool IsSame(sema::Physical physical, MrValue a, MrValue b) {
  const bool numbers = physical == sema::Physical::kF64 && a.known != 0 && b.known != 0;
  return numbers ? std::bit_cast<double>(a.bits) == std::bit_cast<double>(b.bits) : SamePayload(physical, a, b);
}

}  // namespace

MrValue Shard::ReadAttribute(const EntityState& entity, const plan::Attribute& attribute, const char* record) const {
  const plan::Slot& slot = entity.plan->slots[attribute.slot];
  if (slot.always_known) return {*reinterpret_cast<const int64_t*>(record + slot.offset), 1};
  const auto* kept = reinterpret_cast<const MrKept*>(record + slot.offset);
  return {kept->bits, kept->known};
}

void Shard::NoteOld(const Scene& scene, const plan::Attribute& attribute) {
  if (attribute.changes == plan::kNoHandler) [[likely]] return;
  for (const Change& change : changes_) {
    if (change.attribute == &attribute) return;
  }
  changes_.push_back({&attribute, ReadAttribute(*scene.entity, attribute, scene.record)});
}

/// Additions of one round are one change; and what ends as it began has not changed, nor has what became missing (S5).
void Shard::EmitChanges(const Scene& scene) {
  if (changes_.empty()) [[likely]] return;
  std::sort(changes_.begin(), changes_.end(),
            [](const Change& a, const Change& b) { return a.attribute->declared < b.attribute->declared; });
  for (const Change& change : changes_) {
    const plan::Attribute& attribute = *change.attribute;
    const MrValue value = ReadAttribute(*scene.entity, attribute, scene.record);
    if (value.known == 0 || IsSame(sema::PhysicalOf(attribute.type.kind), change.old, value)) continue;
    auto fields_at = static_cast<uint32_t>(emitted_fields_.size());
    emitted_fields_.resize(fields_at + program_.plan().events[attribute.changes].fields.size(), MrValue{0, 0});
    if (attribute.new_field != plan::kNoHandler) emitted_fields_[fields_at + attribute.new_field] = value;
    if (attribute.old_field != plan::kNoHandler) emitted_fields_[fields_at + attribute.old_field] = change.old;
    emitted_.push_back({attribute.changes, fields_at});
  }
  changes_.clear();
}

void Shard::WriteAttribute(const Scene& scene, const plan::Attribute& attribute, MrValue value) {
  NoteOld(scene, attribute);
  const plan::Slot& slot = scene.entity->plan->slots[attribute.slot];
  if (sema::PhysicalOf(attribute.type.kind) == sema::Physical::kSet) {
    MrValue old = ReadAttribute(*scene.entity, attribute, scene.record);
    if (!attribute.takes_over.empty()) TakeOverItems(scene, attribute, old, value);
    if (old.known != 0 && SetOf(old) != nullptr) retired_.push_back(SetOf(old));
  }
  if (slot.always_known) {
    *reinterpret_cast<int64_t*>(scene.record + slot.offset) = value.bits;
  } else {
    *reinterpret_cast<MrKept*>(scene.record + slot.offset) = {value.known != 0 ? value.bits : 0, value.known};
  }
  Changed(scene, attribute);
}

void Shard::TakeOverItems(const Scene& scene, const plan::Attribute& attribute, MrValue old, MrValue value) {
  for (const plan::TakeOver& one : attribute.takes_over) {
    if (one.item == plan::kNoHandler || HasItem(old, one.item) == HasItem(value, one.item)) continue;
    *reinterpret_cast<int64_t*>(scene.record + one.revert) = INT64_MAX;
  }
}

bool Shard::HasItem(MrValue set, uint32_t item) const {
  if (set.known == 0 || SetOf(set) == nullptr) return false;
  const std::string_view wanted = View(*program_.ConstantText(item));
  const MrText* const* begin = SetOf(set)->items;
  const MrText* const* end = begin + SetOf(set)->size;
  const auto found = std::lower_bound(begin, end, wanted, [](const MrText* a, std::string_view b) { return View(*a) < b; });
  return found != end && View(**found) == wanted;
}

void Shard::Changed(const Scene& scene, const plan::Attribute& attribute) {
  for (const plan::TakeOver& one : attribute.takes_over) {
    if (one.item == plan::kNoHandler) *reinterpret_cast<int64_t*>(scene.record + one.revert) = INT64_MAX;
  }
  for (uint32_t rule : attribute.moves_turns) MoveTurns(scene, rule);
  Mark(scene, attribute.dirty);
  ArmSources(scene, attribute.timers);
}

/// A text or set as state keeps it; sets are copied only once it is sure that they are written.
MrValue Shard::Retained(sema::Type type, MrValue value) const {
  if (value.known == 0) return value;
  switch (sema::PhysicalOf(type.kind)) {
    case sema::Physical::kI64:
    case sema::Physical::kF64:
      return value;
    case sema::Physical::kText:
      if (TextOf(value)->id != 0) return value;
      return {reinterpret_cast<int64_t>(program_.texts().Intern(View(*TextOf(value)))), 1};
    case sema::Physical::kSet: {
      const MrTextSet* set = SetOf(value);
      return {reinterpret_cast<int64_t>(MakeKeptSet(program_.slab(), program_.texts(), {set->items, set->size})), 1};
    }
  }
  return value;
}

/// An unknown value unsets; an attribute with a default then has it again.
void Shard::SetAttribute(const Scene& scene, uint32_t number, MrValue value) {
  const plan::Attribute& attribute = scene.entity->plan->attributes[number];
  sema::Physical physical = sema::PhysicalOf(attribute.type.kind);
  if (value.known == 0) {
    const auto* image = reinterpret_cast<const char*>(scene.entity->subjects.records().image().data());
    value = ReadAttribute(*scene.entity, attribute, image);
  }
  if (physical == sema::Physical::kText) value = Retained(attribute.type, value);
  if (SamePayload(physical, ReadAttribute(*scene.entity, attribute, scene.record), value)) return;
  if (physical == sema::Physical::kSet) value = Retained(attribute.type, value);
  WriteAttribute(scene, attribute, value);
}

void Shard::AddToAttribute(const Scene& scene, uint32_t number, const plan::ValueRef& ref, MrValue value, bool remove,
                           uint32_t rule) {
  const plan::Attribute& attribute = scene.entity->plan->attributes[number];
  switch (sema::PhysicalOf(attribute.type.kind)) {
    case sema::Physical::kI64:
    case sema::Physical::kF64:
      return AddNumber(scene, attribute, ref, value, remove, rule);
    case sema::Physical::kSet:
      return ChangeSet(scene, attribute, ref, value, remove);
    case sema::Physical::kText:
      return;  // the checker allows no sum of texts
  }
}

/// A number that is missing counts as 0: the first points make a score.
void Shard::AddNumber(const Scene& scene, const plan::Attribute& attribute, const plan::ValueRef& ref, MrValue value,
                      bool remove, uint32_t rule) {
  MrValue old = ReadAttribute(*scene.entity, attribute, scene.record);
  MrValue sum{0, 1};
  if (sema::PhysicalOf(attribute.type.kind) == sema::Physical::kF64) {
    double by = AsDouble(sema::PhysicalOf(ref.type.kind), value.bits);
    double from = old.known != 0 ? std::bit_cast<double>(old.bits) : 0.0;
    sum.bits = std::bit_cast<int64_t>(remove ? from - by : from + by);
  } else {
    int64_t from = old.known != 0 ? old.bits : 0;
    bool overflow = remove ? __builtin_sub_overflow(from, value.bits, &sum.bits)
                           : __builtin_add_overflow(from, value.bits, &sum.bits);
    if (overflow) return Trap(scene, rule, kMrOverflow, attribute.name);
  }
  if (old.known != 0 && old.bits == sum.bits) return;
  WriteAttribute(scene, attribute, sum);
}

/// Adds or removes one text, or each of a set. A missing set is empty; removing from it leaves it missing.
void Shard::ChangeSet(const Scene& scene, const plan::Attribute& attribute, const plan::ValueRef& ref, MrValue value,
                      bool remove) {
  MrValue old = ReadAttribute(*scene.entity, attribute, scene.record);
  const MrTextSet* before = old.known != 0 ? SetOf(old) : nullptr;
  items_.clear();
  if (before != nullptr) items_.assign(before->items, before->items + before->size);
  size_t count = items_.size();
  auto change = [&](const MrText* text) {
    if (text->id == 0) text = program_.texts().Intern(View(*text));
    auto at = std::find(items_.begin(), items_.end(), text);
    if (remove && at != items_.end()) items_.erase(at);
    if (!remove && at == items_.end()) items_.push_back(text);
  };
  if (sema::PhysicalOf(ref.type.kind) == sema::Physical::kSet) {
    for (uint32_t i = 0; i < SetOf(value)->size; ++i) change(SetOf(value)->items[i]);
  } else {
    change(TextOf(value));
  }
  if (items_.size() == count) return;  // adding only grows and removing only shrinks it
  const MrTextSet* after = MakeKeptSet(program_.slab(), program_.texts(), items_);
  WriteAttribute(scene, attribute, {reinterpret_cast<int64_t>(after), 1});
}

/// Emitted events and values of a round may still point to replaced sets; now nothing does.
void Shard::FreeRetired() {
  for (const MrTextSet* set : retired_) FreeKeptSet(program_.slab(), set);
  retired_.clear();
}

}  // namespace mrule::runtime
