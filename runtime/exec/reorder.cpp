// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/reorder.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace mrule::runtime {
namespace {
constexpr size_t kEventsPerBlock = 256;
}  // namespace

bool Reorder::Later(const Entry& a, const Entry& b) {
  return std::tie(a.key, a.rank, a.arrival) > std::tie(b.key, b.rank, b.arrival);
}

void Reorder::BeginBatch() {
  if (current_ != nullptr && current_->held == 0) emptied_.push_back(current_);
  if (free_.empty()) {
    batches_.push_back(std::make_unique<Batch>());
    free_.push_back(batches_.back().get());
  }
  current_ = free_.back();
  free_.pop_back();
  current_->arena.Clear();
  current_->events = 0;
}

Event* Reorder::NewEvent() {
  size_t block = current_->events / kEventsPerBlock;
  if (block == current_->blocks.size()) current_->blocks.push_back(std::make_unique<Event[]>(kEventsPerBlock));
  return &current_->blocks[block][current_->events++ % kEventsPerBlock];
}

const MrText* Reorder::CopyText(const MrText* text) {
  if (text->id != 0) return text;  // pooled: lives as long as the run
  std::string_view bytes = current_->arena.Copy({text->data, text->size});
  auto* copy = current_->arena.AllocateArray<MrText>(1);
  *copy = {bytes.data(), text->size, 0};
  return copy;
}

MrValue Reorder::CopyValue(sema::Physical physical, MrValue value) {
  if (value.known == 0) return value;
  switch (physical) {
    case sema::Physical::kI64:
    case sema::Physical::kF64:
      return value;
    case sema::Physical::kText:
      return {reinterpret_cast<int64_t>(CopyText(reinterpret_cast<const MrText*>(value.bits))), 1};
    case sema::Physical::kSet: {
      const auto* set = reinterpret_cast<const MrTextSet*>(value.bits);
      auto** items = current_->arena.AllocateArray<const MrText*>(set->size);
      for (uint32_t i = 0; i < set->size; ++i) items[i] = CopyText(set->items[i]);
      auto* copy = current_->arena.AllocateArray<MrTextSet>(1);
      *copy = {items, set->size, 0};
      return {reinterpret_cast<int64_t>(copy), 1};
    }
  }
  return value;
}

void Reorder::Hold(const Event& event, int64_t key, bool late) {
  Arena& arena = current_->arena;
  Event* copy = NewEvent();
  *copy = event;
  copy->raw = late || keep_raw_ ? arena.Copy(event.raw) : std::string_view();
  copy->id = arena.Copy(event.id);
  bool attributes = event.kind == Event::Kind::kAttributes;
  size_t subjects = attributes ? 1 : plan_.events[event.type].subjects.size();
  copy->subjects = arena.AllocateArray<SubjectKey>(subjects);
  for (size_t i = 0; i < subjects; ++i) {
    copy->subjects[i] = event.subjects[i];
    if (event.subjects[i].data == nullptr) continue;
    char* bytes = static_cast<char*>(arena.Allocate(event.subjects[i].size + 1, 1));
    std::memcpy(bytes, event.subjects[i].data, event.subjects[i].size);
    copy->subjects[i].data = bytes;
  }
  size_t fields = attributes ? plan_.entities[event.type].attributes.size() : plan_.events[event.type].fields.size();
  copy->fields = arena.AllocateArray<MrValue>(fields);
  for (size_t i = 0; i < fields; ++i) {
    const sema::Type& type =
        attributes ? plan_.entities[event.type].attributes[i].type : plan_.events[event.type].fields[i].type;
    bool given = !attributes || event.present[i] != 0;
    copy->fields[i] = given ? CopyValue(sema::PhysicalOf(type.kind), event.fields[i]) : MrValue{0, 0};
  }
  if (attributes) {
    copy->present = arena.AllocateArray<uint8_t>(fields);
    if (fields != 0) std::memcpy(copy->present, event.present, fields);
  }
  ++current_->held;
  heap_.push_back({key, event.source | (late ? kLate : 0), ++arrivals_, copy, current_});
  std::push_heap(heap_.begin(), heap_.end(), Later);
}

void Reorder::Pop(std::vector<Released>& out) {
  const Entry entry = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end(), Later);
  heap_.pop_back();
  out.push_back(ReleasedOf(entry));
  // The current batch may still be filled; BeginBatch leaves it.
  if (--entry.batch->held == 0 && entry.batch != current_) emptied_.push_back(entry.batch);
}

void Reorder::Release(int64_t watermark, std::vector<Released>& out) {
  while (!heap_.empty() && heap_.front().key < watermark) Pop(out);
}

void Reorder::ReleaseAll(std::vector<Released>& out) {
  while (!heap_.empty()) Pop(out);
}

std::vector<Reorder::Batch*> Reorder::TakeEmptied() { return std::exchange(emptied_, {}); }

void Reorder::Recycle(const std::vector<Batch*>& batches) { free_.insert(free_.end(), batches.begin(), batches.end()); }

std::vector<Released> Reorder::Held() const {
  std::vector<Entry> entries = heap_;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return Later(b, a); });
  std::vector<Released> held;
  held.reserve(entries.size());
  for (const Entry& entry : entries) held.push_back(ReleasedOf(entry));
  return held;
}

}  // namespace mrule::runtime
