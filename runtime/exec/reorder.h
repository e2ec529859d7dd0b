// SPDX-License-Identifier: Apache-2.0
// Events held back until the clock may pass them (S16): sorted by instant, then input order. Holds copies, because a batch's
// memory does not live that long. Owned by the runner; used only where lateness is allowed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/value/event.h"

namespace mrule::runtime {

class Reorder {
 public:
  explicit Reorder(const plan::Plan& plan) : plan_(plan) {}

  /// Begins a batch; its copies share memory, which is reused once all of them are released.
  void BeginBatch();
  void Hold(const Event& event);
  /// Appends the events at or before `until`, in order. They are valid until Recycle.
  void Release(int64_t until, std::vector<const Event*>& events);
  void Recycle();
  size_t size() const { return heap_.size(); }

 private:
  struct Batch {
    Arena arena;
    std::vector<std::unique_ptr<Event[]>> blocks;
    size_t events = 0;    ///< handed out in this use
    size_t held = 0;      ///< not yet released
  };
  struct Entry {
    int64_t at;
    uint64_t line;
    const Event* event;
    Batch* batch;
  };
  static bool Later(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.line > b.line; }
  Event* NewEvent();
  MrValue CopyValue(sema::Physical physical, MrValue value);
  const MrText* CopyText(const MrText* text);

  const plan::Plan& plan_;
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<Batch*> free_;
  std::vector<Batch*> emptied_;
  Batch* current_ = nullptr;
  std::vector<Entry> heap_;
};

}  // namespace mrule::runtime
