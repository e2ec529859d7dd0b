// SPDX-License-Identifier: Apache-2.0
// W1, segment scan: the best hand-written program we know for "how many of 1,000,000 contacts match each of N
// rules".
//
// The rules become an and-inverter graph: a node is a leaf or a conjunction of literals, a literal a node or
// its complement (`or` is a complemented conjunction of complements). Equal nodes are one node. Leaves are
// only of four kinds, so that few remain distinct: `x >= T` (every range is two of them), `x == T`, a set of
// codes, a bitmap column. A block of rows at a time:
//   1. leaves to bitmaps, column by column: a column's rows stay in registers while its thresholds pass by;
//   sets are
//      looked up eight at a time (a byte of eight answers per row, then an 8 x 8 bit transposition);
//   2. conjunctions by shape (p plain and q complemented literals), level by level, without a branch per
//   rule;
//   3. matches counted with a vector popcount.
// Columns are as narrow as the values seen allow, and know nothing of the rules. Needs AVX-512 with VBMI and
// GFNI.
//
//   w1_reference CONTACTS_CSV W1_RULES_JSON [--rules=10,100,1000] [--repeat=15] [--per-rule=FILE]
#include <immintrin.h>

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "tests/bench/reference/common.h"

namespace mrule::bench {
namespace {

// ----------------------------------------------------------------------------------------------------------
// columns

// Rows of a block: 512 per tile (one vector of bits), a few tiles. Distinct bitmaps x block should fit in the
// L2 cache; more tiles mean fewer dispatches.
#ifndef MRULE_W1_TILES
#define MRULE_W1_TILES 4
#endif
constexpr int kTiles = MRULE_W1_TILES;
constexpr int kBlock = 512 * kTiles;
constexpr int kBitmapBytes = kBlock / 8;

enum ColumnId {
  kCountry,
  kLanguage,
  kPlan,
  kOrders,  // one byte, fewer than 64 values
  kScore,
  kSource,
  kDomain,  // two bytes
  kLtv,
  kSignup,
  kLastOpen,
  kLastPurchase,  // four bytes; missing is 0
  kConsentEmail,
  kConsentSms,  // one bit
  kColumns
};

struct Dictionary {  // order-preserving: a prefix is a range of codes
  std::vector<std::string> values;
  uint32_t LowerBound(const std::string& s) const {
    return static_cast<uint32_t>(std::lower_bound(values.begin(), values.end(), s) - values.begin());
  }
  bool Has(const std::string& s) const { return std::binary_search(values.begin(), values.end(), s); }
};

struct Contacts {
  size_t rows = 0;
  std::array<HugeArray<uint8_t>, 4> bytes;
  std::array<HugeArray<uint16_t>, 3> shorts;
  std::array<HugeArray<uint32_t>, 4> words;
  std::array<HugeArray<uint64_t>, 2> bits;
  std::array<Dictionary, kColumns> dictionaries;
  int64_t time_base = 0;  // instants are stored as seconds since this
};

// Codes in order of appearance, turned into order-preserving ones when all values are known.
class Interner {
 public:
  uint32_t Code(std::string_view s) {
    auto it = codes_.find(s);
    if (it != codes_.end()) return it->second;
    texts_.push_back(std::make_unique<std::string>(s));
    codes_.emplace(*texts_.back(), static_cast<uint32_t>(texts_.size() - 1));
    return static_cast<uint32_t>(texts_.size() - 1);
  }
  // The sorted dictionary, and for each old code the new one.
  std::pair<Dictionary, std::vector<uint32_t>> Sorted() const {
    Dictionary dictionary;
    for (const auto& t : texts_) dictionary.values.push_back(*t);
    std::sort(dictionary.values.begin(), dictionary.values.end());
    std::vector<uint32_t> remap;
    for (const auto& t : texts_) remap.push_back(dictionary.LowerBound(*t));
    return {std::move(dictionary), std::move(remap)};
  }

 private:
  std::unordered_map<std::string_view, uint32_t> codes_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

int64_t Int(const char*& p) {
  int64_t v = 0;
  while (*p >= '0' && *p <= '9') v = v * 10 + (*p++ - '0');
  return v;
}

Contacts LoadContacts(std::string_view csv) {
  Contacts c;
  const char* p = csv.data();
  const char* end = p + csv.size();
  size_t lines = static_cast<size_t>(std::count(p, end, '\n'));
  c.rows = lines - 1;  // the first line is the header
  size_t padded = (c.rows + kBlock - 1) / kBlock * kBlock;
  for (auto& a : c.bytes) a = HugeArray<uint8_t>(padded);
  for (auto& a : c.shorts) a = HugeArray<uint16_t>(padded);
  for (auto& a : c.words) a = HugeArray<uint32_t>(padded);
  for (auto& a : c.bits) a = HugeArray<uint64_t>(padded / 64);
  c.time_base = 1'000'000'000;  // 2001; anything before the first instant would do

  std::array<Interner, kColumns> interners;
  p = static_cast<const char*>(memchr(p, '\n', csv.size())) + 1;
  auto text = [&](char stop) {
    const char* from = p;
    while (*p != stop) ++p;
    return std::string_view(from, static_cast<size_t>(p++ - from));
  };
  auto instant = [&] {
    int64_t v = *p == ',' ? 0 : Int(p) - c.time_base;
    ++p;
    return static_cast<uint32_t>(v);
  };
  for (size_t i = 0; i < c.rows; ++i) {
    text(',');
    c.bytes[0][i] = static_cast<uint8_t>(interners[kCountry].Code(text(',')));
    c.bytes[1][i] = static_cast<uint8_t>(interners[kLanguage].Code(text(',')));
    c.bytes[2][i] = static_cast<uint8_t>(interners[kPlan].Code(text(',')));
    c.shorts[0][i] = static_cast<uint16_t>(Int(p));
    int64_t units = Int(++p);
    ++p;
    int64_t cents = Int(p);  // always two digits
    c.words[0][i] = static_cast<uint32_t>(units * 100 + cents);
    c.bytes[3][i] = static_cast<uint8_t>(Int(++p));
    ++p;
    for (int k = 1; k < 4; ++k) c.words[static_cast<size_t>(k)][i] = instant();
    for (auto& bits : c.bits) {
      bits[i / 64] |= static_cast<uint64_t>(*p == '1') << (i % 64);
      p += 2;
    }
    c.shorts[1][i] = static_cast<uint16_t>(interners[kSource].Code(text(',')));
    text('@');
    c.shorts[2][i] = static_cast<uint16_t>(interners[kDomain].Code(text('\n')));
  }
  auto sort_codes = [&](ColumnId id, auto& column) {
    auto [dictionary, remap] = interners[id].Sorted();
    for (size_t i = 0; i < c.rows; ++i)
      column[i] = static_cast<std::remove_reference_t<decltype(column[0])>>(remap[column[i]]);
    c.dictionaries[id] = std::move(dictionary);
  };
  sort_codes(kCountry, c.bytes[0]);
  sort_codes(kLanguage, c.bytes[1]);
  sort_codes(kPlan, c.bytes[2]);
  sort_codes(kSource, c.shorts[1]);
  sort_codes(kDomain, c.shorts[2]);
  return c;
}

// -------------------------------------------------------------------------------------------------------------
// plan

using Literal = uint32_t;                   // node * 2 + complemented
constexpr Literal kNever = 0, kAlways = 1;  // node 0 is the empty bitmap

struct Node {
  enum Kind { kEmpty, kAtLeast, kEqual, kSet, kBits, kAll } kind = kEmpty;
  int column = 0;
  uint64_t constant = 0;       // threshold, value, or set of codes
  std::vector<Literal> parts;  // of kAll: sorted, distinct, at least two
  int level = 0;               // 0 for a leaf, else above all parts
};

class Graph {
 public:
  Graph() { nodes.emplace_back(); }
  std::vector<Node> nodes;

  Literal Leaf(Node::Kind kind, int column, uint64_t constant) {
    auto [it, fresh] = leaves_.try_emplace({kind, column, constant}, static_cast<uint32_t>(nodes.size()));
    if (fresh) nodes.push_back({kind, column, constant, {}, 0});
    return it->second * 2;
  }
  // low <= x <= high
  Literal Range(int column, int64_t low, int64_t high, int64_t max) {
    if (low > high) return kNever;
    Literal from = low <= 0    ? kAlways
                   : low > max ? kNever
                               : Leaf(Node::kAtLeast, column, static_cast<uint64_t>(low));
    Literal beyond = high >= max ? kNever : Leaf(Node::kAtLeast, column, static_cast<uint64_t>(high + 1));
    return All({from, beyond ^ 1});
  }
  // A conjunction; a plain part that is itself a conjunction is spliced in.
  Literal All(const std::vector<Literal>& literals) {
    std::vector<Literal> parts;
    for (Literal l : literals) {
      if (l == kNever) return kNever;
      if (l == kAlways) continue;
      const Node& node = nodes[l / 2];
      if (node.kind == Node::kAll && !(l & 1))
        parts.insert(parts.end(), node.parts.begin(), node.parts.end());
      else
        parts.push_back(l);
    }
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    for (size_t i = 0; i + 1 < parts.size(); ++i)
      if (parts[i] == (parts[i + 1] ^ 1)) return kNever;
    if (parts.empty()) return kAlways;
    if (parts.size() == 1) return parts[0];
    auto [it, fresh] = conjunctions_.try_emplace(parts, static_cast<uint32_t>(nodes.size()));
    if (fresh) {
      int level = 0;
      for (Literal l : parts) level = std::max(level, nodes[l / 2].level);
      nodes.push_back({Node::kAll, 0, 0, parts, level + 1});
    }
    return it->second * 2;
  }

 private:
  std::map<std::tuple<Node::Kind, int, uint64_t>, uint32_t> leaves_;
  std::map<std::vector<Literal>, uint32_t> conjunctions_;
};

int ColumnOf(const std::string& field) {
  static const std::map<std::string, int> kNames = {{"country", kCountry},
                                                    {"language", kLanguage},
                                                    {"plan", kPlan},
                                                    {"orders", kOrders},
                                                    {"score", kScore},
                                                    {"source", kSource},
                                                    {"email", kDomain},
                                                    {"ltv", kLtv},
                                                    {"signup_at", kSignup},
                                                    {"last_open", kLastOpen},
                                                    {"last_purchase", kLastPurchase},
                                                    {"consent_email", kConsentEmail},
                                                    {"consent_sms", kConsentSms}};
  auto it = kNames.find(field);
  if (it == kNames.end()) Fail("unknown field " + field);
  return it->second;
}

Literal LeafLiteral(Graph& g, const Contacts& c, const Json& leaf) {
  std::string op = leaf["op"];
  const Json& v = leaf["v"];
  int column = ColumnOf(leaf["f"]);
  const Dictionary& dictionary = c.dictionaries[static_cast<size_t>(column)];
  if (column == kConsentEmail || column == kConsentSms) {
    if (op != "==") Fail("bad operator for a boolean: " + op);
    return g.Leaf(Node::kBits, column - kConsentEmail, 0) ^ (v.get<bool>() ? 0u : 1u);
  }
  if (column == kCountry || column == kLanguage || column == kPlan) {
    uint64_t set = 0;
    for (const std::string& s : op == "in" ? v.get<std::vector<std::string>>() : std::vector<std::string>{v})
      if (dictionary.Has(s)) set |= uint64_t{1} << dictionary.LowerBound(s);
    return g.Leaf(Node::kSet, column, set);
  }
  if (column == kSource || column == kDomain) {
    std::string s = v;
    if (op == "ends_with" && column == kDomain && s[0] == '@') {  // the domain has a column of its own
      op = "==";
      s = s.substr(1);
    }
    if (op == "==")
      return dictionary.Has(s) ? g.Leaf(Node::kEqual, column, dictionary.LowerBound(s)) : kNever;
    if (op != "starts_with") Fail("bad operator for text: " + op);
    std::string beyond = s;
    ++beyond.back();  // prefixes end in '/', which is not the last character
    return g.Range(column, dictionary.LowerBound(s), int64_t{dictionary.LowerBound(beyond)} - 1,
                   static_cast<int64_t>(dictionary.values.size()) - 1);
  }
  bool instant = column == kSignup || column == kLastOpen || column == kLastPurchase;
  int64_t least = instant ? 1 : 0;  // 0 is "missing" in an instant
  int64_t max = column == kOrders ? 63 : column == kScore ? 65535 : int64_t{0xFFFFFFFF};
  if (op == "isnull") return g.Range(column, 1, max, max) ^ 1;
  auto scaled = [&](const Json& j) {
    return column == kLtv ? j.get<int64_t>() * 100
           : instant      ? j.get<int64_t>() - c.time_base
                          : j.get<int64_t>();
  };
  int64_t low = least, high = max;
  if (op == "==")
    low = high = scaled(v);
  else if (op == ">=")
    low = scaled(v);
  else if (op == ">")
    low = scaled(v) + 1;
  else if (op == "<")
    high = scaled(v) - 1;
  else if (op == "<=")
    high = scaled(v);
  else if (op == "between")
    low = scaled(v[0]), high = scaled(v[1]);
  else
    Fail("unknown operator " + op);
  low = std::max(low, least);
  if (column != kOrders) return g.Range(column, low, high, max);
  uint64_t set = 0;  // few values: a set serves any comparison
  for (int64_t x = low; x <= std::min(high, max); ++x) set |= uint64_t{1} << x;
  return g.Leaf(Node::kSet, column, set);
}

Literal TreeLiteral(Graph& g, const Contacts& c, const Json& tree) {
  if (tree.contains("f")) return LeafLiteral(g, c, tree);
  std::vector<Literal> parts;
  for (const Json& a : tree["args"]) parts.push_back(TreeLiteral(g, c, a));
  std::string op = tree["op"];
  if (op == "not") return parts[0] ^ 1;
  if (op == "and") return g.All(parts);
  for (Literal& l : parts) l ^= 1;
  return g.All(parts) ^ 1;
}

// What the scan runs: slots are bitmaps of the block, addressed by byte offset.
struct Threshold {
  uint32_t constant;
  uint32_t slot;
};
struct SetGroup {  // up to eight sets on one column, as a table: code to a byte of answers
  int column;
  int size;
  std::array<uint8_t, 64> table;
  std::array<uint32_t, 8> slots;
};
struct ShapeRun {  // consecutive conjunctions of one shape
  int plain, complemented;
  bool counts;  // count the matches of a rule, or write a bitmap that other conjunctions read
  size_t first_offset, size;
  uint32_t first_target;  // index of the first counter, or into targets
};
struct Plan {
  size_t slots = 0;
  std::array<std::vector<Threshold>, kColumns> at_least, equal;
  std::vector<SetGroup> sets;
  std::vector<std::pair<int, uint32_t>> bit_columns;
  std::vector<ShapeRun> runs;
  std::vector<uint32_t> offsets;
  std::vector<uint32_t> targets;
  // Per rule: its counter, and whether the counter counts the contacts that do not match.
  std::vector<std::pair<uint32_t, bool>> rules;
  size_t counters = 0;
  uint32_t valid_slot = 0;  // the rows of the last block that exist
  size_t leaves = 0;
};

Plan MakePlan(const Contacts& c, const Json& rules, int n) {
  Graph g;
  std::vector<Literal> roots;
  for (int i = 0; i < n; ++i) roots.push_back(TreeLiteral(g, c, rules[static_cast<size_t>(i)]));

  // Splicing leaves conjunctions that nothing refers to: keep what the roots reach.
  std::vector<char> live(g.nodes.size()), is_part(g.nodes.size());
  std::vector<uint32_t> todo;
  for (Literal r : roots) todo.push_back(r / 2);
  while (!todo.empty()) {
    uint32_t id = todo.back();
    todo.pop_back();
    if (live[id]) continue;
    live[id] = 1;
    for (Literal l : g.nodes[id].parts) {
      is_part[l / 2] = 1;
      todo.push_back(l / 2);
    }
  }

  Plan plan;
  std::vector<uint32_t> slot(g.nodes.size());
  uint32_t next_slot = 1;  // slot 0 stays empty
  auto take_slot = [&](uint32_t id) { return slot[id] = next_slot++ * kBitmapBytes; };
  std::map<int, std::vector<std::pair<uint64_t, uint32_t>>> sets;
  for (uint32_t id = 1; id < g.nodes.size(); ++id) {
    const Node& node = g.nodes[id];
    if (!live[id] || node.kind == Node::kAll) continue;
    ++plan.leaves;
    uint32_t s = take_slot(id);
    auto column = static_cast<size_t>(node.column);
    if (node.kind == Node::kAtLeast)
      plan.at_least[column].push_back({static_cast<uint32_t>(node.constant), s});
    if (node.kind == Node::kEqual) plan.equal[column].push_back({static_cast<uint32_t>(node.constant), s});
    if (node.kind == Node::kSet) sets[node.column].emplace_back(node.constant, s);
    if (node.kind == Node::kBits) plan.bit_columns.emplace_back(node.column, s);
  }
  for (const auto& [column, members] : sets) {
    for (size_t at = 0; at < members.size(); at += 8) {
      SetGroup group{column, static_cast<int>(std::min<size_t>(8, members.size() - at)), {}, {}};
      for (int k = 0; k < group.size; ++k) {
        auto [set, s] = members[at + static_cast<size_t>(k)];
        group.slots[static_cast<size_t>(k)] = s;
        for (size_t code = 0; code < 64; ++code)
          group.table[code] |= static_cast<uint8_t>((set >> code & 1) << k);
      }
      plan.sets.push_back(group);
    }
  }

  // Conjunctions by (level, written or counted, shape). One that is both a rule and a part of another is done
  // twice.
  struct Item {
    int level;
    bool counts;
    int plain, complemented;
    uint32_t id;
    auto Key() const { return std::tuple(level, counts, plain, complemented); }
  };
  std::vector<Item> items;
  auto add = [&](uint32_t id, bool counts) {
    const Node& node = g.nodes[id];
    std::vector<Literal> parts = node.kind == Node::kAll ? node.parts : std::vector<Literal>{id * 2};
    int complemented =
        static_cast<int>(std::count_if(parts.begin(), parts.end(), [](Literal l) { return l & 1; }));
    items.push_back({counts ? 1000 : node.level, counts, static_cast<int>(parts.size()) - complemented,
                     complemented, id});
  };
  for (uint32_t id = 1; id < g.nodes.size(); ++id)
    if (live[id] && is_part[id] && g.nodes[id].kind == Node::kAll) add(id, false);
  std::vector<char> counted(g.nodes.size());
  for (Literal r : roots)
    if (!std::exchange(counted[r / 2], 1)) add(r / 2, true);
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return std::pair(a.Key(), a.id) < std::pair(b.Key(), b.id); });
  std::vector<uint32_t> counter(g.nodes.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    uint32_t target =
        item.counts ? static_cast<uint32_t>(plan.counters) : static_cast<uint32_t>(plan.targets.size());
    if (i == 0 || items[i - 1].Key() != item.Key())
      plan.runs.push_back({item.plain, item.complemented, item.counts, plan.offsets.size(), 0, target});
    ++plan.runs.back().size;
    std::vector<Literal> parts =
        g.nodes[item.id].kind == Node::kAll ? g.nodes[item.id].parts : std::vector<Literal>{item.id * 2};
    std::sort(parts.begin(), parts.end(),
              [](Literal a, Literal b) { return std::pair(a & 1, a) < std::pair(b & 1, b); });
    for (Literal l : parts) plan.offsets.push_back(slot[l / 2]);
    if (item.counts)
      counter[item.id] = static_cast<uint32_t>(plan.counters++);
    else
      plan.targets.push_back(take_slot(item.id));
  }
  for (Literal r : roots) plan.rules.emplace_back(counter[r / 2], r & 1);
  plan.valid_slot = next_slot++ * kBitmapBytes;
  plan.slots = next_slot;
  return plan;
}

// -------------------------------------------------------------------------------------------------------------
// scan

// `x >= T` and `x == T` on two-byte columns: a tile of the column is held in 16 registers while all constants
// pass.
template <bool kEqualTo>
void ThresholdsShort(const uint16_t* column, const std::vector<Threshold>& thresholds, char* bitmaps) {
  for (int tile = 0; tile < kTiles; ++tile) {
    __m512i x[16];
    for (int i = 0; i < 16; ++i) x[i] = _mm512_load_si512(column + tile * 512 + i * 32);
    for (const Threshold& t : thresholds) {
      __m512i constant = _mm512_set1_epi16(static_cast<int16_t>(t.constant));
      auto* out = reinterpret_cast<uint32_t*>(bitmaps + t.slot + tile * 64);
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; ++i)
        out[i] = kEqualTo ? _mm512_cmpeq_epu16_mask(x[i], constant) : _mm512_cmpge_epu16_mask(x[i], constant);
    }
  }
}
void ThresholdsWord(const uint32_t* column, const std::vector<Threshold>& thresholds, char* bitmaps) {
  for (int half = 0; half < kTiles * 2; ++half) {
    __m512i x[16];
    for (int i = 0; i < 16; ++i) x[i] = _mm512_load_si512(column + half * 256 + i * 16);
    for (const Threshold& t : thresholds) {
      __m512i constant = _mm512_set1_epi32(static_cast<int32_t>(t.constant));
      auto* out = reinterpret_cast<uint16_t*>(bitmaps + t.slot + half * 32);
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; ++i) out[i] = _mm512_cmpge_epu32_mask(x[i], constant);
    }
  }
}

// Eight vectors of eight 64-bit lanes: rows become columns.
inline void Transpose8x8(__m512i (&v)[8]) {
  __m512i a[8], b[8];
  for (int i = 0; i < 4; ++i) {
    a[2 * i] = _mm512_unpacklo_epi64(v[2 * i], v[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi64(v[2 * i], v[2 * i + 1]);
  }
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13),
                high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  for (int i = 0; i < 2; ++i) {
    for (int k = 0; k < 2; ++k) {
      b[4 * i + k] = _mm512_permutex2var_epi64(a[4 * i + k], low, a[4 * i + 2 + k]);
      b[4 * i + 2 + k] = _mm512_permutex2var_epi64(a[4 * i + k], high, a[4 * i + 2 + k]);
    }
  }
  for (int i = 0; i < 4; ++i) {
    v[i] = _mm512_shuffle_i64x2(b[i], b[4 + i], 0x44);
    v[4 + i] = _mm512_shuffle_i64x2(b[i], b[4 + i], 0xEE);
  }
}

void Sets(const uint8_t* column, const SetGroup& group, char* bitmaps) {
  const __m512i table = _mm512_loadu_si512(group.table.data());
  if (group.size <= 3) {  // few: test a bit of the answers at a time
    for (int tile = 0; tile < kTiles; ++tile) {
      for (int i = 0; i < 8; ++i) {
        __m512i answers = _mm512_permutexvar_epi8(_mm512_load_si512(column + tile * 512 + i * 64), table);
        for (int k = 0; k < group.size; ++k)
          reinterpret_cast<uint64_t*>(bitmaps + group.slots[static_cast<size_t>(k)] + tile * 64)[i] =
              _mm512_test_epi8_mask(answers, _mm512_set1_epi8(static_cast<char>(1 << k)));
      }
    }
    return;
  }
  // Within each group of eight rows, the affine instruction turns eight bytes of answers into a byte of rows
  // per set, last row in the lowest bit; so the rows are reversed first. Then the bytes of a set are brought
  // together.
  const __m512i reverse = _mm512_set4_epi32(0x08090A0B, 0x0C0D0E0F, 0x00010203, 0x04050607);
  const __m512i identity = _mm512_set1_epi64(static_cast<int64_t>(0x8040201008040201));
  alignas(64) uint8_t gather_bytes[64];
  for (int i = 0; i < 64; ++i) gather_bytes[i] = static_cast<uint8_t>(i % 8 * 8 + i / 8);
  const __m512i gather = _mm512_load_si512(gather_bytes);
  for (int tile = 0; tile < kTiles; ++tile) {
    __m512i v[8];
    for (int i = 0; i < 8; ++i) {
      __m512i rows = _mm512_shuffle_epi8(_mm512_load_si512(column + tile * 512 + i * 64), reverse);
      __m512i answers = _mm512_permutexvar_epi8(rows, table);
      v[i] = _mm512_permutexvar_epi8(gather, _mm512_gf2p8affine_epi64_epi8(identity, answers, 0));
    }
    Transpose8x8(v);
    for (int k = 0; k < group.size; ++k)
      _mm512_store_si512(bitmaps + group.slots[static_cast<size_t>(k)] + tile * 64, v[k]);
  }
}

// Conjunctions of one shape. Counters are eight partial sums of 64 bits, added up once at the end of the
// scan. kCountValid serves the last block, whose padding rows must not count.
enum Mode { kStore, kCount, kCountValid, kModes };
template <int kPlain, int kComplemented, Mode kMode>
void Conjunctions(const ShapeRun& run, const Plan& plan, char* bitmaps, __m512i* counters) {
  const uint32_t* offsets = plan.offsets.data() + run.first_offset;
  for (size_t i = 0; i < run.size; ++i, offsets += kPlain + kComplemented) {
    __m512i sum = _mm512_setzero_si512();
    for (int tile = 0; tile < kTiles; ++tile) {
      auto part = [&](int k) { return _mm512_load_si512(bitmaps + offsets[k] + tile * 64); };
      __m512i v;
      if constexpr (kPlain > 0) {
        v = part(0);
        for (int k = 1; k < kPlain; ++k) v = _mm512_and_si512(v, part(k));
        for (int k = kPlain; k < kPlain + kComplemented; ++k) v = _mm512_andnot_si512(part(k), v);
      } else {  // none of them: the complement of "one or more"
        v = part(0);
        for (int k = 1; k < kComplemented; ++k) v = _mm512_or_si512(v, part(k));
        v = _mm512_xor_si512(v, _mm512_set1_epi64(-1));
      }
      if constexpr (kMode == kCountValid)
        v = _mm512_and_si512(v, _mm512_load_si512(bitmaps + plan.valid_slot + tile * 64));
      if constexpr (kMode != kStore)
        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(v));
      else
        _mm512_store_si512(bitmaps + plan.targets[run.first_target + i] + tile * 64, v);
    }
    if constexpr (kMode != kStore) {
      __m512i* counter = counters + run.first_target + i;
      _mm512_store_si512(counter, _mm512_add_epi64(_mm512_load_si512(counter), sum));
    }
  }
}

using Kernel = void (*)(const ShapeRun&, const Plan&, char*, __m512i*);
constexpr int kPartsMax = 12;
template <int... kIndex>
constexpr auto KernelTable(std::integer_sequence<int, kIndex...>) {
  // Index: (plain * (kPartsMax + 1) + complemented) * kModes + mode
  return std::array<Kernel, sizeof...(kIndex)>{[]() -> Kernel {
    constexpr int kPlain = kIndex / kModes / (kPartsMax + 1),
                  kComplemented = kIndex / kModes % (kPartsMax + 1);
    if constexpr (kPlain + kComplemented == 0 || kPlain + kComplemented > kPartsMax)
      return nullptr;
    else
      return &Conjunctions<kPlain, kComplemented, static_cast<Mode>(kIndex % kModes)>;
  }()...};
}
constexpr auto kKernels =
    KernelTable(std::make_integer_sequence<int, (kPartsMax + 1) * (kPartsMax + 1) * kModes>{});

// Matches per rule.
std::vector<uint64_t> Scan(const Contacts& c, const Plan& plan, char* bitmaps, __m512i* counters) {
  memset(counters, 0, plan.counters * sizeof(__m512i));
  std::vector<std::array<Kernel, 2>> kernels;  // for whole blocks, and for the last one
  for (const ShapeRun& run : plan.runs) {
    if (run.plain + run.complemented > kPartsMax) Fail("a rule has too many parts");
    auto at = static_cast<size_t>((run.plain * (kPartsMax + 1) + run.complemented) * kModes);
    kernels.push_back(
        {kKernels[at + (run.counts ? kCount : kStore)], kKernels[at + (run.counts ? kCountValid : kStore)]});
  }
  size_t blocks = (c.rows + kBlock - 1) / kBlock;
  auto* valid = reinterpret_cast<uint64_t*>(bitmaps + plan.valid_slot);
  for (size_t i = 0; i < kBlock; ++i) {
    uint64_t bit = (blocks - 1) * kBlock + i < c.rows;
    valid[i / 64] = (i % 64 ? valid[i / 64] : 0) | bit << (i % 64);
  }
  for (size_t block = 0; block < blocks; ++block) {
    size_t row = block * kBlock;
    for (const SetGroup& group : plan.sets)
      Sets(c.bytes[static_cast<size_t>(group.column)].data() + row, group, bitmaps);
    for (size_t k = 0; k < 3; ++k) {
      const uint16_t* column = c.shorts[k].data() + row;
      if (!plan.at_least[kScore + k].empty())
        ThresholdsShort<false>(column, plan.at_least[kScore + k], bitmaps);
      if (!plan.equal[kScore + k].empty()) ThresholdsShort<true>(column, plan.equal[kScore + k], bitmaps);
    }
    for (size_t k = 0; k < 4; ++k)
      if (!plan.at_least[kLtv + k].empty())
        ThresholdsWord(c.words[k].data() + row, plan.at_least[kLtv + k], bitmaps);
    for (auto [column, slot] : plan.bit_columns)
      memcpy(bitmaps + slot, c.bits[static_cast<size_t>(column)].data() + row / 64, kBitmapBytes);
    size_t last = block + 1 == blocks;
    for (size_t i = 0; i < plan.runs.size(); ++i) kernels[i][last](plan.runs[i], plan, bitmaps, counters);
  }
  std::vector<uint64_t> out;
  for (auto [counter, complemented] : plan.rules) {
    uint64_t count = static_cast<uint64_t>(_mm512_reduce_add_epi64(counters[counter]));
    out.push_back(complemented ? c.rows - count : count);
  }
  return out;
}

int Main(int argc, char** argv) {
  Args args(argc, argv);
  if (args.positional.size() != 2)
    Fail("usage: w1_reference CONTACTS_CSV W1_RULES_JSON [--rules=10,100,1000] [--repeat=15]");
  double start = NowSeconds();
  Contacts contacts = LoadContacts(ReadFile(args.positional[0]).view());
  double load_seconds = NowSeconds() - start;
  Json rules = ReadJson(args.positional[1]);
  for (int n : args.Numbers("rules", "10,100,1000")) {
    start = NowSeconds();
    Plan plan = MakePlan(contacts, rules, n);
    double plan_seconds = NowSeconds() - start;
    HugeArray<char> bitmaps(plan.slots * kBitmapBytes);
    HugeArray<__m512i> counters(plan.counters + 1);
    std::vector<uint64_t> matches = Scan(contacts, plan, bitmaps.data(), counters.data());
    std::vector<double> seconds;
    for (int i = 0; i < std::stoi(args.Get("repeat", "15")); ++i) {
      start = NowSeconds();
      if (Scan(contacts, plan, bitmaps.data(), counters.data()) != matches) Fail("two scans differ");
      seconds.push_back(NowSeconds() - start);
    }
    uint64_t total = 0;
    for (uint64_t m : matches) total += m;
    if (args.Has("per-rule")) {
      std::ofstream out(args.Get("per-rule", "") + "." + std::to_string(n));
      for (uint64_t m : matches) out << m << '\n';
    }
    Spread s = SpreadOf(seconds);
    double pairs = static_cast<double>(contacts.rows) * n;
    PrintLine({{"program", "reference"},
               {"workload", "W1"},
               {"rules", n},
               {"contacts", contacts.rows},
               {"ns_per_rule_contact", Round(s.median * 1e9 / pairs, 5)},
               {"scan_ms", Round(s.median * 1e3, 3)},
               {"scan_ms_min", Round(s.min * 1e3, 3)},
               {"scan_ms_max", Round(s.max * 1e3, 3)},
               {"matches", total},
               {"leaves", plan.leaves},
               {"bitmaps", plan.slots},
               {"plan_ms", Round(plan_seconds * 1e3, 3)},
               {"load_ms", Round(load_seconds * 1e3, 3)}});
  }
  return 0;
}

}  // namespace
}  // namespace mrule::bench

int main(int argc, char** argv) { return mrule::bench::Main(argc, argv); }
