// SPDX-License-Identifier: Apache-2.0
// Classes of values: two values of one input are of one class when no leaf tells them apart. Ordered inputs have their classes
// from the start (the intervals between the constants); texts get theirs when first seen, remembered by pooled id.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/match/leaf.h"

namespace mrule::runtime {

/// Class 0 is unknown; class 1 + i is the interval before break i.
class OrderedClasses {
 public:
  explicit OrderedClasses(std::span<const plan::MatchLeaf* const> leaves);

  uint32_t ClassOf(int64_t key) const {
    if (key == kUnknownKey) return 0;
    if (breaks_.size() <= kFewBreaks) {  // no branch depends on the key
      uint32_t cls = 1;
      for (const int64_t first : breaks_) cls += first <= key ? 1 : 0;
      return cls;
    }
    if (buckets_.empty()) return Search(key);
    if (key < low_) return 1;
    const uint64_t bucket = (static_cast<uint64_t>(key) - static_cast<uint64_t>(low_)) >> shift_;
    if (bucket >= buckets_.size()) return static_cast<uint32_t>(breaks_.size()) + 1;
    uint32_t cls = buckets_[bucket];
    while (cls <= breaks_.size() && breaks_[cls - 1] <= key) ++cls;
    return cls;
  }
  uint32_t count() const { return static_cast<uint32_t>(breaks_.size()) + 2; }
  std::span<const int64_t> breaks() const { return breaks_; }
  /// Some key of the class.
  int64_t KeyIn(uint32_t cls) const;

 private:
  static constexpr size_t kFewBreaks = 8;
  uint32_t Search(int64_t key) const;
  std::vector<int64_t> breaks_;   // first keys of the intervals after the first
  std::vector<uint32_t> buckets_; // class of the first key of each bucket, where breaks are spread well enough
  int64_t low_ = 0;               // first key of the first bucket
  unsigned shift_ = 0;            // keys of a bucket: 1 << shift_
};

/// Class 0 is unknown. A class is the vector of truths of all leaves; equal vectors are one class.
class TextClasses {
 public:
  TextClasses(const Program& program, std::vector<const plan::MatchLeaf*> leaves);

  /// `id` is the pooled id of `text`, or 0.
  uint32_t ClassOf(const MrText* text, uint32_t id) {
    if (text == nullptr) return 0;
    if (id != 0) {
      const uint32_t page = id / kPage;
      if (page < pages_.size() && pages_[page] != nullptr) {
        const uint32_t known = pages_[page][id % kPage];
        if (known != 0) return known - 1;
      }
    }
    return Classify(text, id);
  }
  uint32_t count() const { return static_cast<uint32_t>(truths_.size()); }
  /// Class + 1 by id, of ids below the span's size; 0: not seen yet, or not here. Valid until the next ClassOf.
  std::span<const uint16_t> low() const { return low_; }
  /// One bit a leaf, in the order given.
  const std::vector<uint64_t>& truth(uint32_t cls) const { return truths_[cls]; }

 private:
  static constexpr uint32_t kPage = 1024;
  uint32_t Classify(const MrText* text, uint32_t id);

  const Program* program_;
  std::vector<const plan::MatchLeaf*> leaves_;
  std::vector<uint32_t> complex_;                                     // leaves that are not plain kInTexts
  std::unordered_map<uint32_t, std::vector<uint32_t>> leaves_of_id_;  // plain kInTexts leaves by constant's id
  std::vector<uint64_t> base_;                                        // truth of plain leaves for any other text
  static constexpr uint32_t kLowIds = 1 << 16;                        // most texts that events carry were pooled early
  std::vector<uint16_t> low_;
  std::vector<std::unique_ptr<uint32_t[]>> pages_;                    // class + 1 by id
  std::vector<std::vector<uint64_t>> truths_;
  std::unordered_map<std::string, uint32_t> class_by_truth_;
  std::vector<uint64_t> truth_;  // of the text at hand
  uint32_t last_class_ = 0;      // classified last; 0: none yet
  uint32_t other_class_ = 0;     // of texts in no pool, where no leaf looks into them; 0: not known yet
};

}  // namespace mrule::runtime
