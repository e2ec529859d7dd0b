// SPDX-License-Identifier: Apache-2.0
// Records held back until the clock may pass them (S16): sorted by instant, source and input order, so that what is decided does
// not depend on how far each source had been read. A late record waits too, for the instant at which its source's clock stood:
// whether it is late, and what is decided by then, follows from the sources' contents alone. Holds copies, because a batch's memory does
// not live that long. Owned by the runner; not used where one source comes in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/value/event.h"

namespace mrule::runtime {

/// A record whose turn it is.
struct Released {
  const Event* event;
  int64_t key;  ///< the record's instant, or for a late one the clock that it was behind
  bool late;
};

class Reorder {
 public:
  /// `keep_raw`: lines are kept, to be written into a snapshot; those of late records always are.
  Reorder(const plan::Plan& plan, bool keep_raw) : plan_(plan), keep_raw_(keep_raw) {}

  /// Begins a batch; its copies share memory, which is reused once all of them are recycled.
  void BeginBatch();
  /// Holds a record until the watermark is past `key`.
  void Hold(const Event& event, int64_t key, bool late);
  /// Appends what lies before `watermark`, in order. It is valid until Recycle.
  void Release(int64_t watermark, std::vector<Released>& out);
  void ReleaseAll(std::vector<Released>& out);
  size_t size() const { return heap_.size(); }
  /// The instant of the first record held.
  int64_t front() const { return heap_.front().key; }

  struct Batch;
  /// Batches of which every record has been released; they go back by Recycle when nobody reads them any more.
  std::vector<Batch*> TakeEmptied();
  void Recycle(const std::vector<Batch*>& batches);

  /// In order, for snapshots.
  std::vector<Released> Held() const;

  struct Batch {
    Arena arena;
    std::vector<std::unique_ptr<Event[]>> blocks;
    size_t events = 0;  ///< handed out in this use
    size_t held = 0;    ///< not yet released
  };

 private:
  struct Entry {
    int64_t key;
    uint32_t rank;     ///< the source; late records stand behind the others of their instant
    uint64_t arrival;
    const Event* event;
    Batch* batch;
  };
  static constexpr uint32_t kLate = 1u << 31;
  static bool Later(const Entry& a, const Entry& b);
  static Released ReleasedOf(const Entry& entry) { return {entry.event, entry.key, (entry.rank & kLate) != 0}; }
  void Pop(std::vector<Released>& out);
  Event* NewEvent();
  MrValue CopyValue(sema::Physical physical, MrValue value);
  const MrText* CopyText(const MrText* text);

  const plan::Plan& plan_;
  bool keep_raw_;
  uint64_t arrivals_ = 0;
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<Batch*> free_;
  std::vector<Batch*> emptied_;
  Batch* current_ = nullptr;
  std::vector<Entry> heap_;
};

}  // namespace mrule::runtime
