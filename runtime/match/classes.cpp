// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/classes.h"

#include <algorithm>
#include <bit>

#include "runtime/match/bits.h"

namespace mrule::runtime {

using plan::MatchLeaf;

namespace {
constexpr uint64_t kBucketsMax = 4096;
constexpr uint32_t kBreaksInBucketMax = 8;
}

OrderedClasses::OrderedClasses(std::span<const MatchLeaf* const> leaves) {
  for (const MatchLeaf* leaf : leaves) {
    for (const auto& [low, high] : leaf->ranges) {
      if (low > kUnknownKey + 1) breaks_.push_back(low);
      if (high < INT64_MAX) breaks_.push_back(high + 1);
    }
  }
  std::sort(breaks_.begin(), breaks_.end());
  breaks_.erase(std::unique(breaks_.begin(), breaks_.end()), breaks_.end());
  if (breaks_.empty()) return;
  const uint64_t extent = static_cast<uint64_t>(breaks_.back()) - static_cast<uint64_t>(breaks_.front());
  low_ = breaks_.front();
  while (extent >> shift_ >= kBucketsMax) ++shift_;
  std::vector<uint32_t> buckets;
  for (uint64_t bucket = 0; bucket <= extent >> shift_; ++bucket) {
    buckets.push_back(Search(static_cast<int64_t>(static_cast<uint64_t>(low_) + (bucket << shift_))));
    if (bucket > 0 && buckets.back() - buckets[bucket - 1] > kBreaksInBucketMax) return;
  }
  buckets_ = std::move(buckets);
}

uint32_t OrderedClasses::Search(int64_t key) const {
  const int64_t* from = breaks_.data();
  size_t n = breaks_.size();
  while (n > 0) {  // branch-free steps: the compiler makes them conditional moves
    const size_t half = (n + 1) / 2;
    const bool right = from[half - 1] <= key;
    from = right ? from + half : from;
    n = right ? n - half : half - 1;
  }
  return static_cast<uint32_t>(from - breaks_.data()) + 1;
}

int64_t OrderedClasses::KeyIn(uint32_t cls) const {
  if (cls == 0) return kUnknownKey;
  if (cls >= 2) return breaks_[cls - 2];
  return breaks_.empty() ? 0 : breaks_[0] - 1;
}

TextClasses::TextClasses(const Program& program, std::vector<const MatchLeaf*> leaves)
    : program_(&program), leaves_(std::move(leaves)), base_((leaves_.size() + 63) / 64) {
  for (uint32_t i = 0; i < leaves_.size(); ++i) {
    const MatchLeaf& leaf = *leaves_[i];
    if (leaf.kind != MatchLeaf::Kind::kInTexts) {
      complex_.push_back(i);
      continue;
    }
    if (leaf.negated) SetBit(base_.data(), i);
    for (uint32_t t : leaf.texts) leaves_of_id_[program.ConstantText(t)->id].push_back(i);
  }
  std::vector<uint64_t> unknown(base_.size());
  for (uint32_t i = 0; i < leaves_.size(); ++i) {
    if (LeafHoldsForText(program, *leaves_[i], nullptr)) SetBit(unknown.data(), i);
  }
  truths_.push_back(std::move(unknown));  // class 0, never shared: an unknown text is not a text
}

uint32_t TextClasses::Classify(const MrText* text, uint32_t id) {
  if (id == 0 && complex_.empty() && other_class_ != 0) return other_class_;
  truth_ = base_;
  if (auto found = leaves_of_id_.find(id); id != 0 && found != leaves_of_id_.end()) {
    for (uint32_t i : found->second) {
      if (leaves_[i]->negated) {
        ClearBit(truth_.data(), i);
      } else {
        SetBit(truth_.data(), i);
      }
    }
  }
  for (uint32_t i : complex_) {
    if (LeafHoldsForText(*program_, *leaves_[i], text)) SetBit(truth_.data(), i);
  }
  // Most texts that pass are of the class of the one before.
  uint32_t cls = last_class_;
  if (cls == 0 || truths_[cls] != truth_) {
    std::string key(reinterpret_cast<const char*>(truth_.data()), truth_.size() * sizeof(uint64_t));
    auto [at, added] = class_by_truth_.emplace(std::move(key), count());
    if (added) truths_.push_back(truth_);
    cls = at->second;
    last_class_ = cls;
  }
  if (id == 0) {
    if (complex_.empty()) other_class_ = cls;
    return cls;
  }
  const uint32_t page = id / kPage;
  if (page >= pages_.size()) pages_.resize(page + 1);
  if (pages_[page] == nullptr) pages_[page] = std::make_unique<uint32_t[]>(kPage);
  pages_[page][id % kPage] = cls + 1;
  if (id < kLowIds && cls < UINT16_MAX) {
    if (id >= low_.size()) low_.resize(std::bit_ceil(id + 1));
    low_[id] = static_cast<uint16_t>(cls + 1);
  }
  return cls;
}

}  // namespace mrule::runtime
