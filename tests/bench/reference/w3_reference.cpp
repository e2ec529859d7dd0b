// SPDX-License-Identifier: Apache-2.0
// W3, many rules: the best hand-written program we know for "which of up to 100,000 rules does each event
// match". The events are in memory as dictionary codes and numbers; every match is written to a list.
//
//  - A rule stands in the posting lists of its most selective condition: (type, campaign), (type, category),
//  city, or a
//    cell of a grid over score and ltv.
//  - All its other conditions are one 256-bit mask. The values of a field that no rule tells apart are a
//  class; an event
//    is the set of its classes (one bit per field), a rule the set of classes it forbids; it holds if the two
//    do not meet. Masks lie in the posting list word by word for eight rules, so eight are judged by four
//    vector operations.
//  - `a or b` becomes two postings that cannot both hold: `a`, and `b and not a`.
//  - Only tags, a set on both sides, are tested one rule at a time, after the mask.
// Lists of the events ahead are prefetched. Needs AVX-512.
//
//   w3_reference W3_EVENTS_JSONL W3_RULES_JSONL [--rules=1000,10000,100000] [--repeat=15] [--matches=FILE]
#include <immintrin.h>
#include <malloc.h>

#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>

#include "tests/bench/reference/common.h"

namespace mrule::bench {
namespace {

// -----------------------------------------------------------------------------------------------------------
// events

// Text fields first: their values are dictionary codes.
constexpr std::array<const char*, 21> kFieldNames = {
    "type",     "campaign",        "country",           "city",   "category",
    "plan",     "device",          "language",          "source", "score",
    "orders",   "days_since_open", "days_since_signup", "hour",   "weekday",
    "position", "consent_email",   "consent_sms",       "is_new", "ltv",
    "amount"};
enum FieldId : int {
  kType,
  kCampaign,
  kCountry,
  kCity,
  kCategory,
  kPlan,
  kDevice,
  kLanguage,
  kSource,
  kScore,
  kOrders,
  kDaysSinceOpen,
  kDaysSinceSignup,
  kHour,
  kWeekday,
  kPosition,
  kConsentEmail,
  kConsentSms,
  kIsNew,
  kLtv,
  kAmount,
  kFields
};
constexpr int kTexts = 9;
constexpr int kShorts = 19;   // fields that fit 16 bits
constexpr int kTagWords = 5;  // tags are numbers below 320

struct Event {
  std::array<uint16_t, kShorts> values;
  uint32_t ltv, amount;
  std::array<uint64_t, kTagWords> tags;  // a bit per tag
};

int FieldOf(const std::string& name) {
  auto it = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (it == kFieldNames.end()) Fail("unknown field " + name);
  return static_cast<int>(it - kFieldNames.begin());
}

struct Dictionaries {
  std::array<std::unordered_map<std::string, uint32_t>, kTexts> codes;
  uint32_t Code(int field, const std::string& text) {
    auto& map = codes[static_cast<size_t>(field)];
    return map.try_emplace(text, static_cast<uint32_t>(map.size())).first->second;
  }
};

std::vector<Json> ReadLines(const std::string& path, size_t most) {
  std::ifstream in(path);
  if (!in) Fail("cannot open " + path);
  std::vector<Json> out;
  for (std::string line; out.size() < most && std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}

Event MakeEvent(Dictionaries& dictionaries, const Json& j) {
  Event e{};
  for (int f = 0; f < kFields; ++f) {
    const Json& v = j[kFieldNames[static_cast<size_t>(f)]];
    int64_t x = v.is_string() ? dictionaries.Code(f, v) : v.is_boolean() ? v.get<bool>() : v.get<int64_t>();
    if (f == kLtv)
      e.ltv = static_cast<uint32_t>(x);
    else if (f == kAmount)
      e.amount = static_cast<uint32_t>(x);
    else
      e.values[static_cast<size_t>(f)] = static_cast<uint16_t>(x);
  }
  for (int tag : j["tags"]) e.tags[static_cast<size_t>(tag) / 64] |= uint64_t{1} << (tag % 64);
  return e;
}

// ------------------------------------------------------------------------------------------------------------
// rules

// A condition on one field. Numbers are ranges, texts are sets of codes.
struct Leaf {
  int field;
  bool is_tags = false;
  int64_t low = 0, high = INT32_MAX;
  std::vector<uint32_t> codes;
  bool operator<(const Leaf& o) const {
    return std::tie(field, low, high, codes) < std::tie(o.field, o.low, o.high, o.codes);
  }
};
using Alternatives = std::vector<std::vector<Leaf>>;

Leaf MakeLeaf(Dictionaries& dictionaries, const Json& j) {
  Leaf leaf;
  std::string op = j["op"];
  const Json& v = j["v"];
  if (op == "hasany") {
    leaf.field = kFields;
    leaf.is_tags = true;
    leaf.codes = v.get<std::vector<uint32_t>>();
    return leaf;
  }
  leaf.field = FieldOf(j["f"]);
  if (leaf.field < kTexts) {
    if (op != "==" && op != "in") Fail("bad operator for text: " + op);
    for (const std::string& s : op == "in" ? v.get<std::vector<std::string>>() : std::vector<std::string>{v})
      leaf.codes.push_back(dictionaries.Code(leaf.field, s));
    std::sort(leaf.codes.begin(), leaf.codes.end());
    return leaf;
  }
  auto number = [](const Json& x) { return x.is_boolean() ? int64_t{x.get<bool>()} : x.get<int64_t>(); };
  if (op == "==")
    leaf.low = leaf.high = number(v);
  else if (op == ">=")
    leaf.low = number(v);
  else if (op == ">")
    leaf.low = number(v) + 1;
  else if (op == "<")
    leaf.high = number(v) - 1;
  else if (op == "<=")
    leaf.high = number(v);
  else if (op == "between")
    leaf.low = number(v[0]), leaf.high = number(v[1]);
  else
    Fail("unknown operator " + op);
  return leaf;
}

struct Rule {
  std::vector<Leaf> all;
  std::vector<Leaf> either;  // at most one `or`, of leaves
};
Rule MakeRule(Dictionaries& dictionaries, const Json& tree) {
  Rule rule;
  if (tree["op"] != "and") Fail("a rule is an `and`");
  for (const Json& a : tree["args"]) {
    if (a.contains("f")) {
      rule.all.push_back(MakeLeaf(dictionaries, a));
    } else {
      if (a["op"] != "or" || a["args"].size() != 2 || !rule.either.empty())
        Fail("an inner node is one `or` of two leaves");
      for (const Json& b : a["args"]) rule.either.push_back(MakeLeaf(dictionaries, b));
      // A leaf that masks can express goes first: its complement is needed.
      if (rule.either[0].is_tags) std::swap(rule.either[0], rule.either[1]);
    }
  }
  return rule;
}

// ----------------------------------------------------------------------------------------------------------
// classes

constexpr int kWords = 4;
using Mask = std::array<uint64_t, kWords>;

// The classes of one field and where their bits lie.
struct FieldClasses {
  std::vector<uint8_t> bit_of_value;  // fields of 16 bits
  std::vector<uint32_t> cuts;         // ltv: a value's class is how many cuts it reaches
  int first_bit = 0, classes = 1;
};

class Classes {
 public:
  // Values are in one class if no leaf of any rule (anchors excepted) tells them apart.
  void Build(const Dictionaries& dictionaries, const std::vector<const Leaf*>& leaves) {
    int next_bit = 0;
    for (int f = 0; f < kFields; ++f) {
      FieldClasses& field = fields_[static_cast<size_t>(f)];
      std::set<Leaf> distinct;
      for (const Leaf* leaf : leaves)
        if (!leaf->is_tags && leaf->field == f) distinct.insert(*leaf);
      if (distinct.empty()) continue;
      if (f == kAmount) Fail("no rule is expected to test the amount");
      field.first_bit = next_bit;
      used_.push_back(f);
      if (f >= kTexts) {
        std::set<uint32_t> cuts;
        for (const Leaf& leaf : distinct) {
          if (leaf.low > 0) cuts.insert(static_cast<uint32_t>(leaf.low));
          if (leaf.high < INT32_MAX) cuts.insert(static_cast<uint32_t>(leaf.high + 1));
        }
        field.cuts.assign(cuts.begin(), cuts.end());
        field.classes = static_cast<int>(cuts.size()) + 1;
        if (f < kShorts) {
          for (uint32_t x = 0; x <= 4096; ++x)
            field.bit_of_value.push_back(static_cast<uint8_t>(next_bit + ClassOfNumber(field, x)));
        } else if (field.cuts.size() > 16) {
          Fail("too many thresholds on ltv");
        }
      } else {  // values by the set of leaves that they satisfy
        std::map<std::vector<bool>, int> ids;
        for (uint32_t code = 0; code < dictionaries.codes[static_cast<size_t>(f)].size(); ++code) {
          std::vector<bool> satisfied;
          for (const Leaf& leaf : distinct)
            satisfied.push_back(std::binary_search(leaf.codes.begin(), leaf.codes.end(), code));
          int id = ids.try_emplace(satisfied, static_cast<int>(ids.size())).first->second;
          field.bit_of_value.push_back(static_cast<uint8_t>(next_bit + id));
        }
        field.classes = static_cast<int>(ids.size());
      }
      next_bit += field.classes;
    }
    if (next_bit > 64 * kWords) Fail("too many classes for a mask");
    ltv_used_ = fields_[kLtv].classes > 1;
    if (ltv_used_) used_.erase(std::find(used_.begin(), used_.end(), static_cast<int>(kLtv)));
    alignas(64) uint32_t lanes[16];
    for (size_t i = 0; i < 16; ++i)
      lanes[i] = i < fields_[kLtv].cuts.size() ? fields_[kLtv].cuts[i] : UINT32_MAX;
    ltv_cuts_ = _mm512_load_si512(lanes);
    for (size_t bit = 0; bit < 256; ++bit) one_[bit][bit / 64] |= uint64_t{1} << (bit % 64);
  }

  // The classes that the leaf forbids, or with `complement` those that it allows.
  void Forbid(const Leaf& leaf, bool complement, Mask& mask) const {
    const FieldClasses& field = fields_[static_cast<size_t>(leaf.field)];
    std::vector<bool> allowed(static_cast<size_t>(field.classes));
    if (leaf.field < kTexts) {
      for (uint32_t code : leaf.codes)
        allowed[field.bit_of_value[code] - static_cast<size_t>(field.first_bit)] = true;
    } else {
      for (int k = 0; k < field.classes; ++k) {
        int64_t first = k == 0 ? 0 : field.cuts[static_cast<size_t>(k - 1)];
        allowed[static_cast<size_t>(k)] = leaf.low <= first && first <= leaf.high;
      }
    }
    for (int k = 0; k < field.classes; ++k) {
      auto bit = static_cast<size_t>(field.first_bit + k);
      if (allowed[static_cast<size_t>(k)] == complement) mask[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }

  __m256i MaskOf(const Event& e) const {
    auto one = [&](size_t bit) {
      return _mm256_load_si256(reinterpret_cast<const __m256i*>(one_[bit].data()));
    };
    __m256i mask = _mm256_setzero_si256();
    for (int f : used_)
      mask = _mm256_or_si256(
          mask, one(fields_[static_cast<size_t>(f)].bit_of_value[e.values[static_cast<size_t>(f)]]));
    if (ltv_used_) {
      auto reached = _mm512_cmple_epu32_mask(ltv_cuts_, _mm512_set1_epi32(static_cast<int32_t>(e.ltv)));
      mask = _mm256_or_si256(mask, one(static_cast<size_t>(fields_[kLtv].first_bit +
                                                           std::popcount(static_cast<uint32_t>(reached)))));
    }
    return mask;
  }

 private:
  static int ClassOfNumber(const FieldClasses& field, uint32_t x) {
    return static_cast<int>(std::upper_bound(field.cuts.begin(), field.cuts.end(), x) - field.cuts.begin());
  }
  std::array<FieldClasses, kFields> fields_;
  std::vector<int> used_;
  bool ltv_used_ = false;
  __m512i ltv_cuts_;
  alignas(64) std::array<Mask, 256> one_{};
};

// ------------------------------------------------------------------------------------------------------------
// index

struct Posting {
  Mask mask{};
  uint32_t rule = 0;
  uint32_t tags = 0;  // into Index::tag_sets; 0 for none
  // In the grid only: score and ltv bounds.
  uint16_t score_low = 0, score_high = 0;
  uint32_t ltv_low = 0, ltv_high = 0;
};

// Eight postings, word by word. The last block of a list has empty lanes, which `Index::lanes` excludes: a
// mask of zeros would hold for every event.
struct alignas(64) Block {
  std::array<std::array<uint64_t, 8>, kWords> masks;
  std::array<uint32_t, 8> rules;
  std::array<uint32_t, 8> tags;
};
// The grid keeps bounds beside it, tested first.
struct alignas(64) Bounds {
  std::array<uint32_t, 8> ltv_low, ltv_span;
  std::array<uint32_t, 8> score_low, score_span;
};
struct List {
  uint32_t first = 0, blocks = 0;
};

constexpr uint32_t kScoreCell = 32, kLtvCell = 4096, kScoreCells = 32, kLtvCells = 25;

struct Index {
  size_t campaigns = 0, categories = 0;
  std::vector<List> by_campaign, by_category, by_city, by_cell;
  HugeArray<Block> blocks;
  std::vector<uint8_t> lanes;      // of each block: which lanes are postings
  std::vector<uint8_t> tag_lanes;  // and which of them test tags
  HugeArray<Bounds> bounds;        // of the grid's blocks, which come first
  std::vector<std::array<uint64_t, kTagWords>> tag_sets{{}};
  Classes classes;
  size_t postings = 0;
};

const Leaf* Find(const Rule& rule, int field) {
  for (const Leaf& leaf : rule.all)
    if (leaf.field == field) return &leaf;
  return nullptr;
}

std::unique_ptr<Index> MakeIndex(const Dictionaries& dictionaries, const std::vector<Rule>& rules, size_t n) {
  auto index = std::make_unique<Index>();
  index->campaigns = dictionaries.codes[kCampaign].size();
  index->categories = dictionaries.codes[kCategory].size();
  size_t types = dictionaries.codes[kType].size();

  // Anchors: the leaves that choose the lists, and which the mask then need not repeat.
  std::vector<std::vector<const Leaf*>> anchors(n);
  std::vector<const Leaf*> rest;
  for (size_t i = 0; i < n; ++i) {
    const Rule& rule = rules[i];
    const Leaf *type = Find(rule, kType), *campaign = Find(rule, kCampaign),
               *category = Find(rule, kCategory);
    const Leaf *city = Find(rule, kCity), *score = Find(rule, kScore), *ltv = Find(rule, kLtv);
    if (type && campaign)
      anchors[i] = {type, campaign};
    else if (type && category)
      anchors[i] = {type, category};
    else if (city)
      anchors[i] = {city};
    else if (score && ltv)
      anchors[i] = {score, ltv};
    else
      Fail("a rule has no anchor");
    for (const Leaf& leaf : rule.all)
      if (std::find(anchors[i].begin(), anchors[i].end(), &leaf) == anchors[i].end()) rest.push_back(&leaf);
    for (const Leaf& leaf : rule.either) rest.push_back(&leaf);
  }
  index->classes.Build(dictionaries, rest);

  std::vector<std::vector<Posting>> by_campaign(types * index->campaigns),
      by_category(types * index->categories);
  std::vector<std::vector<Posting>> by_city(dictionaries.codes[kCity].size()),
      by_cell(kScoreCells * kLtvCells);
  auto add = [&](size_t i, Posting p) {
    const auto& a = anchors[i];
    if (a[0]->field == kType) {
      bool campaign = a[1]->field == kCampaign;
      for (uint32_t type : a[0]->codes)
        for (uint32_t code : a[1]->codes)
          campaign ? by_campaign[type * index->campaigns + code].push_back(p)
                   : by_category[type * index->categories + code].push_back(p);
    } else if (a[0]->field == kCity) {
      for (uint32_t code : a[0]->codes) by_city[code].push_back(p);
    } else {
      p.score_low = static_cast<uint16_t>(a[0]->low);
      p.score_high = static_cast<uint16_t>(std::min<int64_t>(a[0]->high, UINT16_MAX));
      p.ltv_low = static_cast<uint32_t>(a[1]->low);
      p.ltv_high = static_cast<uint32_t>(a[1]->high);
      for (uint32_t s = p.score_low / kScoreCell; s <= std::min(p.score_high / kScoreCell, kScoreCells - 1);
           ++s)
        for (uint32_t l = p.ltv_low / kLtvCell; l <= std::min(p.ltv_high / kLtvCell, kLtvCells - 1); ++l)
          by_cell[s * kLtvCells + l].push_back(p);
    }
  };
  auto tag_set = [&](const Leaf& leaf) {
    std::array<uint64_t, kTagWords> set{};
    for (uint32_t tag : leaf.codes) set[tag / 64] |= uint64_t{1} << (tag % 64);
    index->tag_sets.push_back(set);
    return static_cast<uint32_t>(index->tag_sets.size() - 1);
  };
  for (size_t i = 0; i < n; ++i) {
    Posting p;
    p.rule = static_cast<uint32_t>(i);
    auto require = [&](Posting& posting, const Leaf& leaf) {
      if (!leaf.is_tags) {
        index->classes.Forbid(leaf, false, posting.mask);
      } else {
        if (posting.tags) Fail("two tests of tags");
        posting.tags = tag_set(leaf);
      }
    };
    for (const Leaf& leaf : rules[i].all)
      if (std::find(anchors[i].begin(), anchors[i].end(), &leaf) == anchors[i].end()) require(p, leaf);
    if (rules[i].either.empty()) {
      add(i, p);
      continue;
    }
    Posting second = p;
    require(p, rules[i].either[0]);
    add(i, p);
    index->classes.Forbid(rules[i].either[0], true, second.mask);
    require(second, rules[i].either[1]);
    add(i, second);
  }

  size_t blocks = 0;
  for (auto* lists : {&by_cell, &by_campaign, &by_category, &by_city})
    for (auto& list : *lists) blocks += (list.size() + 7) / 8;
  index->blocks = HugeArray<Block>(blocks + 1);
  index->lanes.resize(blocks + 1);
  index->tag_lanes.resize(blocks + 1);
  size_t cell_blocks = 0;
  for (auto& list : by_cell) cell_blocks += (list.size() + 7) / 8;
  index->bounds = HugeArray<Bounds>(cell_blocks + 1);
  uint32_t next = 0;
  auto write = [&](std::vector<std::vector<Posting>>& from, std::vector<List>& to, bool grid) {
    for (auto& list : from) {
      to.push_back({next, static_cast<uint32_t>((list.size() + 7) / 8)});
      for (size_t k = 0; k < list.size(); ++k) {
        const Posting& p = list[k];
        size_t b = next + k / 8, lane = k % 8;
        for (size_t w = 0; w < kWords; ++w) index->blocks[b].masks[w][lane] = p.mask[w];
        index->blocks[b].rules[lane] = p.rule;
        index->blocks[b].tags[lane] = p.tags;
        index->lanes[b] |= static_cast<uint8_t>(1 << lane);
        if (p.tags) index->tag_lanes[b] |= static_cast<uint8_t>(1 << lane);
        if (!grid) continue;
        index->bounds[b].score_low[lane] = p.score_low;
        index->bounds[b].score_span[lane] = static_cast<uint32_t>(p.score_high - p.score_low);
        index->bounds[b].ltv_low[lane] = p.ltv_low;
        index->bounds[b].ltv_span[lane] = p.ltv_high - p.ltv_low;
      }
      index->postings += list.size();
      next += static_cast<uint32_t>((list.size() + 7) / 8);
    }
  };
  write(by_cell, index->by_cell, true);
  write(by_campaign, index->by_campaign, false);
  write(by_category, index->by_category, false);
  write(by_city, index->by_city, false);
  return index;
}

// ------------------------------------------------------------------------------------------------------------
// match

struct Lists {
  List cell, keyed[3];
};
inline Lists ListsOf(const Index& index, const Event& e) {
  size_t type = e.values[kType];
  return {index.by_cell[std::min<size_t>(e.values[kScore] / kScoreCell, kScoreCells - 1) * kLtvCells +
                        std::min<size_t>(e.ltv / kLtvCell, kLtvCells - 1)],
          {index.by_campaign[type * index.campaigns + e.values[kCampaign]],
           index.by_category[type * index.categories + e.values[kCategory]], index.by_city[e.values[kCity]]}};
}

inline uint32_t* MatchBlock(const Index& index, const Event& e, const __m512i (&words)[kWords], uint32_t b,
                            uint32_t candidates, uint32_t* out) {
  const Block& block = index.blocks[b];
  __m512i met = _mm512_and_si512(words[0], _mm512_load_si512(block.masks[0].data()));
  for (size_t w = 1; w < kWords; ++w)
    met = _mm512_or_si512(met, _mm512_and_si512(words[w], _mm512_load_si512(block.masks[w].data())));
  uint32_t holds = _mm512_mask_testn_epi64_mask(static_cast<__mmask8>(candidates), met, met);
  for (uint32_t tagged = holds & index.tag_lanes[b]; tagged; tagged &= tagged - 1) {
    auto lane = static_cast<size_t>(std::countr_zero(tagged));
    const auto& set = index.tag_sets[block.tags[lane]];
    uint64_t common = 0;
    for (size_t w = 0; w < set.size(); ++w) common |= set[w] & e.tags[w];
    if (!common) holds &= ~(1u << lane);
  }
  __m256i rules = _mm256_maskz_compress_epi32(
      static_cast<__mmask8>(holds), _mm256_load_si256(reinterpret_cast<const __m256i*>(block.rules.data())));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), rules);
  return out + std::popcount(holds);
}

// The rules that the event matches, written to `out`, which has room for all and 8 more.
inline uint32_t* Match(const Index& index, const Event& e, const Lists& lists, uint32_t* out) {
  __m256i mask = index.classes.MaskOf(e);
  __m512i wide = _mm512_castsi256_si512(mask);
  __m512i words[kWords];
  for (int w = 0; w < kWords; ++w) words[w] = _mm512_permutexvar_epi64(_mm512_set1_epi64(w), wide);
  __m256i score = _mm256_set1_epi32(e.values[kScore]), ltv = _mm256_set1_epi32(static_cast<int32_t>(e.ltv));
  for (uint32_t b = lists.cell.first; b < lists.cell.first + lists.cell.blocks; ++b) {
    const Bounds& bounds = index.bounds[b];
    auto load = [](const std::array<uint32_t, 8>& a) {
      return _mm256_load_si256(reinterpret_cast<const __m256i*>(a.data()));
    };
    __mmask8 inside = _mm256_mask_cmple_epu32_mask(
        index.lanes[b], _mm256_sub_epi32(score, load(bounds.score_low)), load(bounds.score_span));
    inside = _mm256_mask_cmple_epu32_mask(inside, _mm256_sub_epi32(ltv, load(bounds.ltv_low)),
                                          load(bounds.ltv_span));
    if (inside) out = MatchBlock(index, e, words, b, inside, out);
  }
  for (const List& list : lists.keyed)
    for (uint32_t b = list.first; b < list.first + list.blocks; ++b)
      out = MatchBlock(index, e, words, b, index.lanes[b], out);
  return out;
}

inline void Prefetch(const Index& index, const Lists& lists) {
  constexpr uint32_t kBlocksMost = 4;
  for (const List& list : lists.keyed)
    for (uint32_t b = 0; b < std::min(list.blocks, kBlocksMost); ++b)
      for (size_t line = 0; line < sizeof(Block); line += 64)
        _mm_prefetch(reinterpret_cast<const char*>(&index.blocks[list.first + b]) + line, _MM_HINT_T0);
}

size_t MatchAll(const Index& index, const std::vector<Event>& events, uint32_t* out, std::FILE* match_file) {
  uint32_t* start = out;
  Lists lists = ListsOf(index, events[0]);
  for (size_t i = 0; i < events.size(); ++i) {
    Lists next = ListsOf(index, events[std::min(i + 1, events.size() - 1)]);
    Prefetch(index, next);
    uint32_t* from = out;
    out = Match(index, events[i], lists, out);
    if (match_file) {
      std::sort(from, out);
      for (uint32_t* m = from; m != out; ++m) std::fprintf(match_file, "%zu %u\n", i, *m);
    }
    lists = next;
  }
  return static_cast<size_t>(out - start);
}

int Main(int argc, char** argv) {
  Args args(argc, argv);
  if (args.positional.size() != 2)
    Fail("usage: w3_reference W3_EVENTS_JSONL W3_RULES_JSONL [--rules=1000,10000,100000] [--repeat=15]");
  std::vector<int> sizes = args.Numbers("rules", "1000,10000,100000");
  Dictionaries dictionaries;
  std::vector<Event> events;
  for (const Json& j : ReadLines(args.positional[0], SIZE_MAX)) events.push_back(MakeEvent(dictionaries, j));
  std::vector<Rule> rules;
  for (const Json& j :
       ReadLines(args.positional[1], static_cast<size_t>(*std::max_element(sizes.begin(), sizes.end()))))
    rules.push_back(MakeRule(dictionaries, j));
  malloc_trim(0);  // else the first index pays for giving back the rules' JSON
  for (int n : sizes) {
    double start = NowSeconds();
    std::unique_ptr<Index> index = MakeIndex(dictionaries, rules, static_cast<size_t>(n));
    double build_seconds = NowSeconds() - start;
    HugeArray<uint32_t> out(events.size() * 100 + static_cast<size_t>(n) + 8);
    std::FILE* match_file = args.Has("matches")
                                ? std::fopen((args.Get("matches", "") + "." + std::to_string(n)).c_str(), "w")
                                : nullptr;
    size_t matches = MatchAll(*index, events, out.data(), match_file);
    if (match_file) std::fclose(match_file);
    std::vector<double> us;
    for (int i = 0; i < std::stoi(args.Get("repeat", "15")); ++i) {
      start = NowSeconds();
      if (MatchAll(*index, events, out.data(), nullptr) != matches) Fail("two runs differ");
      us.push_back((NowSeconds() - start) * 1e6 / static_cast<double>(events.size()));
    }
    Spread s = SpreadOf(us);
    PrintLine({{"program", "reference"},
               {"workload", "W3"},
               {"rules", n},
               {"events", events.size()},
               {"us_per_event", Round(s.median, 4)},
               {"us_per_event_min", Round(s.min, 4)},
               {"us_per_event_max", Round(s.max, 4)},
               {"matches", matches},
               {"postings", index->postings},
               {"build_ms", Round(build_seconds * 1e3, 3)}});
  }
  return 0;
}

}  // namespace
}  // namespace mrule::bench

int main(int argc, char** argv) { return mrule::bench::Main(argc, argv); }
