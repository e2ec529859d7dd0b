// SPDX-License-Identifier: Apache-2.0
// W2, event stream: the best hand-written program we know for JSON events on contact records with score,
// window and threshold rules. One thread; the text is in memory; every action is written to the batch's
// action list.
//
// In batches: parse the needed fields (simdjson On-Demand), turn texts into codes, prefetch the contact's
// cache lines; then, in exact event order, decide and change state.
//  - Conditions cost nothing per rule. For each event type and field there is a table from the field's code
//  to a row of
//    bits, one per rule of the type: is what the rule asks of this field true? The rules whose condition
//    holds are the `and` of five rows; a rule with `or` has a second set of rows, and the two results are
//    united.
//  - State decides by rows too: the score picks the row of thresholds reached, the recent instants those of
//  windows.
//  - The k most recent instants of a type are kept as ages at the last one (32 bits, saturating), so all
//  windows of all
//    rules are one vector comparison. A record has exactly the fields that the rules read; a type's instants
//    do not cross a cache line.
// Needs AVX-512.
//
//   w2_reference EVENTS_JSONL W2_RULES_JSON [--rules=10,100,1000] [--repeat=5] [--batch=1024]
//   [--actions=FILE]
//                [--parse-only] [--reader=on-demand|index]
#include <immintrin.h>
#include <simdjson.h>

#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "tests/bench/reference/common.h"

namespace mrule::bench {
namespace {

constexpr uint32_t kContacts = 200'000;
constexpr int kTypes = 9;
constexpr std::array<const char*, kTypes> kTypeNames = {"email_sent",  "email_open",  "email_click",
                                                        "page_view",   "form_submit", "purchase",
                                                        "unsubscribe", "sms_click",   "bounce"};

// Fields that rules test. kExtra is the amount of a purchase or the address of a page: no type has both.
enum FieldId { kCampaign, kDevice, kCountry, kPosition, kExtra, kFields };
constexpr size_t kPositionCodes = 64;  // positions are their own codes, capped

// -----------------------------------------------------------------------------------------------------------
// tokens

// Raw JSON string bytes to a code. Keys are at most 32 bytes; looked up with two loads and one comparison.
// The input must be readable 32 bytes past the token.
class TokenTable {
 public:
  static constexpr uint32_t kMissing = ~0u;
  explicit TokenTable(size_t capacity = 1024) : mask_(capacity - 1), slots_(capacity) {}

  static size_t Length(const char* raw) {  // up to the closing quote; an escaped quote ends the token early
    uint32_t quotes = _mm256_cmpeq_epi8_mask(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(raw)),
                                             _mm256_set1_epi8('"'));
    return quotes ? static_cast<size_t>(__builtin_ctz(quotes)) : 32;
  }
  __attribute__((always_inline)) uint32_t Find(const char* raw, size_t length) const {
    __m256i key = _mm256_maskz_loadu_epi8(_bzhi_u32(~0u, static_cast<unsigned>(length)), raw);
    for (size_t at = Hash(key);; ++at) {
      const Slot& slot = slots_[at & mask_];
      if (slot.code == kMissing) return kMissing;
      if (_mm256_cmpneq_epi64_mask(key, slot.key) == 0) return slot.code;
    }
  }
  void Add(std::string_view text, uint32_t code) {
    if (text.size() >= 32 || ++used_ * 2 > slots_.size()) Fail("token table: too long or too many");
    char padded[64] = {};
    memcpy(padded, text.data(), text.size());
    __m256i key = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(padded));
    size_t at = Hash(key);
    while (slots_[at & mask_].code != kMissing) ++at;
    slots_[at & mask_] = {key, code};
  }

 private:
  struct Slot {
    __m256i key = _mm256_setzero_si256();
    uint32_t code = kMissing;
  };
  static size_t Hash(__m256i key) {
    uint64_t h = static_cast<uint64_t>(_mm256_extract_epi64(key, 0)) * 0x9E3779B97F4A7C15u;
    h ^= static_cast<uint64_t>(_mm256_extract_epi64(key, 1)) * 0xC2B2AE3D27D4EB4Fu;
    return h >> 40 ^ h >> 52;
  }
  size_t mask_, used_ = 0;
  std::vector<Slot> slots_;
};

// ------------------------------------------------------------------------------------------------------------
// rules

struct Leaf {
  FieldId field;
  std::string op;
  Json v;
  bool HoldsText(const std::string& s) const {
    if (op == "==") return s == v.get_ref<const std::string&>();
    if (op == "starts_with") return s.rfind(v.get_ref<const std::string&>(), 0) == 0;
    if (op == "in") return std::find(v.begin(), v.end(), Json(s)) != v.end();
    Fail("bad operator for text: " + op);
  }
  bool HoldsNumber(double x) const {
    if (op == "<=") return x <= v.get<double>();
    if (op == ">=") return x >= v.get<double>();
    Fail("bad operator for a number: " + op);
  }
};
using Disjuncts = std::vector<std::vector<Leaf>>;

Disjuncts Normal(const Json& tree) {  // `and` and `or` trees as an `or` of `and`s
  if (tree.contains("f")) {
    static const std::map<std::string, FieldId> kNames = {{"campaign", kCampaign}, {"device", kDevice},
                                                          {"country", kCountry},   {"position", kPosition},
                                                          {"amount", kExtra},      {"url", kExtra}};
    return {{Leaf{kNames.at(tree["f"]), tree["op"], tree["v"]}}};
  }
  Disjuncts out;
  if (tree["op"] == "or") {
    for (const Json& a : tree["args"])
      for (auto& d : Normal(a)) out.push_back(d);
    return out;
  }
  if (tree["op"] != "and") Fail("unknown node");
  out = {{}};
  for (const Json& a : tree["args"]) {
    Disjuncts product;
    for (const auto& left : out)
      for (const auto& right : Normal(a)) {
        product.push_back(left);
        product.back().insert(product.back().end(), right.begin(), right.end());
      }
    out = std::move(product);
  }
  return out;
}

// Rows of bits: `words` 64-bit words, a multiple of 4, so that whole 256-bit vectors are processed.
struct Rows {
  size_t words = 0;
  std::vector<uint64_t> bits;
  uint64_t* At(size_t row) { return bits.data() + row * words; }
  const uint64_t* At(size_t row) const { return bits.data() + row * words; }
  void Resize(size_t rows) { bits.resize(rows * words); }
};

struct Rule {
  uint32_t id;  // position in the rule file
  Disjuncts where;
  std::string kind;
  int32_t amount = 0;  // n of score, k of window, K of threshold
  uint32_t window_ms = 0;
};

struct TypePlan {
  std::vector<Rule> rules;
  size_t words = 0;      // per row of one disjunct
  size_t disjuncts = 1;  // rows hold all disjuncts side by side
  std::array<bool, kFields> needs{};
  std::array<size_t, kFields>
      stride{};  // words from one code's row to the next; 0 if no rule tests the field
  std::array<Rows, kFields> fields;
  std::vector<double> amounts;        // sorted; the code of an amount is how many it reaches
  std::vector<std::string> prefixes;  // longest first; the code of an address is 1 + the first that it has
  std::vector<uint32_t> rule_ids;
  std::vector<int32_t> score_deltas;  // 0 for rules that do not score
  // Rules allowed by the score before the event: row = number of thresholds reached; score rules are in every
  // row.
  __m512i thresholds = _mm512_set1_epi32(INT32_MAX);
  Rows by_score;
  // Rules allowed by windows: up to 12 pairs (k, W), as two tables of 64 rows.
  int pairs = 0;
  __m512i pair_lane = _mm512_setzero_si512(), pair_ms = _mm512_setzero_si512();
  std::array<Rows, 2> by_window;
  uint32_t ages = 0;  // how many instants are kept, this one included; 0 if no window asks
  uint32_t ring_offset = 0, high_offset = 0;  // in the record
  __mmask8 ring_mask = 0;
};

struct Plan {
  std::array<TypePlan, kTypes> types;
  TokenTable type_codes{64}, campaigns{4096}, devices{64}, countries{1024};
  std::vector<std::string> device_texts{""}, country_texts{""};  // code 0: a value that no rule names
  uint32_t campaign_codes = 0;
  size_t record_bytes = 0;
  // 2^32 ms before the first event: an empty ring, whose last instant is 0, then lies further back than any
  // window.
  uint64_t time_base_ms = 0;

  // A campaign not seen before: a code of its own, and its row in each type's table.
  uint32_t AddCampaign(const char* raw, size_t length) {
    std::string text(raw, length);
    if (text.find('\\') != std::string::npos) text = Json::parse('"' + text + '"').get<std::string>();
    uint32_t code = campaign_codes++;
    if (code > UINT16_MAX) Fail("too many campaigns");
    for (TypePlan& t : types) {
      if (!t.needs[kCampaign]) continue;
      t.fields[kCampaign].Resize(code + 1);
      FillRow(t, kCampaign, code, [&](const Leaf& leaf) { return leaf.HoldsText(text); });
    }
    campaigns.Add({raw, length}, code);
    return code;
  }
  template <typename Holds>
  static void FillRow(TypePlan& t, FieldId field, size_t code, Holds holds) {
    uint64_t* row = t.fields[field].At(code);
    for (size_t r = 0; r < t.rules.size(); ++r) {
      for (size_t d = 0; d < t.rules[r].where.size(); ++d) {
        bool all = true;
        for (const Leaf& leaf : t.rules[r].where[d])
          if (leaf.field == field) all = all && holds(leaf);
        row[d * t.words + r / 64] |= static_cast<uint64_t>(all) << (r % 64);
      }
    }
  }
};

std::unique_ptr<Plan> MakePlan(const Json& rules, int n) {
  auto plan = std::make_unique<Plan>();
  for (uint32_t i = 0; i < kTypes; ++i) plan->type_codes.Add(kTypeNames[i], i);
  for (int i = 0; i < n; ++i) {
    const Json& j = rules[static_cast<size_t>(i)];
    auto at = std::find(kTypeNames.begin(), kTypeNames.end(), j["on"].get<std::string>());
    if (at == kTypeNames.end()) Fail("unknown event type");
    Rule rule{static_cast<uint32_t>(i), Normal(j["where"]), j["kind"]};
    rule.amount = j[rule.kind == "score" ? "n" : rule.kind == "window" ? "k" : "K"];
    if (rule.kind == "window") rule.window_ms = j["days"].get<uint32_t>() * 86'400'000;
    plan->types[static_cast<size_t>(at - kTypeNames.begin())].rules.push_back(std::move(rule));
  }
  for (const TypePlan& t : plan->types) {
    for (const Rule& rule : t.rules) {
      for (const auto& conjunction : rule.where) {
        for (const Leaf& leaf : conjunction) {
          auto name = [&](std::vector<std::string>& texts, TokenTable& table, const std::string& text) {
            if (std::find(texts.begin(), texts.end(), text) != texts.end()) return;
            table.Add(text, static_cast<uint32_t>(texts.size()));
            texts.push_back(text);
          };
          if (leaf.field == kDevice) name(plan->device_texts, plan->devices, leaf.v);
          if (leaf.field == kCountry)
            for (const Json& c : leaf.v) name(plan->country_texts, plan->countries, c);
        }
      }
    }
  }

  for (TypePlan& t : plan->types) {
    t.words = (t.rules.size() + 255) / 256 * 4;
    std::set<int32_t> thresholds;
    std::set<std::pair<int32_t, uint32_t>> pairs;
    std::set<double> amounts;
    std::set<std::string> prefixes;
    for (const Rule& rule : t.rules) {
      t.rule_ids.push_back(rule.id);
      t.score_deltas.push_back(rule.kind == "score" ? rule.amount : 0);
      t.disjuncts = std::max(t.disjuncts, rule.where.size());
      if (rule.kind == "threshold") thresholds.insert(rule.amount);
      if (rule.kind == "window") pairs.emplace(rule.amount, rule.window_ms);
      for (const auto& conjunction : rule.where) {
        for (const Leaf& leaf : conjunction) {
          t.needs[leaf.field] = true;
          if (leaf.field == kExtra && leaf.v.is_string()) prefixes.insert(leaf.v.get<std::string>());
          if (leaf.field == kExtra && !leaf.v.is_string()) amounts.insert(leaf.v.get<double>());
        }
      }
    }
    if (thresholds.size() > 16 || pairs.size() > 12)
      Fail("too many distinct thresholds or windows on one event type");
    if (!amounts.empty() && !prefixes.empty()) Fail("an event type with amount and url");
    t.amounts.assign(amounts.begin(), amounts.end());
    t.prefixes.assign(prefixes.begin(), prefixes.end());
    std::sort(t.prefixes.begin(), t.prefixes.end(), [](auto& a, auto& b) { return a.size() > b.size(); });

    for (size_t f = 0; f < kFields; ++f) {
      auto field = static_cast<FieldId>(f);
      Rows& rows = t.fields[f];
      rows.words = t.words * t.disjuncts;
      t.stride[f] = t.needs[f] ? rows.words : 0;
      if (f == kCampaign && t.needs[f]) continue;  // filled as campaigns appear
      size_t codes = !t.needs[f]      ? 1
                     : f == kDevice   ? plan->device_texts.size()
                     : f == kCountry  ? plan->country_texts.size()
                     : f == kPosition ? kPositionCodes
                                      : 1 + t.amounts.size() + t.prefixes.size();
      rows.Resize(codes);
      for (size_t code = 0; code < codes; ++code) {
        Plan::FillRow(t, field, code, [&](const Leaf& leaf) {
          if (f == kDevice) return leaf.HoldsText(plan->device_texts[code]);
          if (f == kCountry) return leaf.HoldsText(plan->country_texts[code]);
          if (f == kPosition) return leaf.HoldsNumber(static_cast<double>(code));
          if (code == 0) return false;  // below every amount, or no known prefix
          // The longest prefix an address has answers for all: a shorter one holds if it is a prefix of that
          // one.
          return leaf.v.is_string() ? leaf.HoldsText(t.prefixes[code - 1])
                                    : leaf.HoldsNumber(t.amounts[code - 1]);
        });
      }
    }

    std::vector<int32_t> sorted(thresholds.begin(), thresholds.end());
    alignas(64) int32_t lanes[16];
    for (size_t i = 0; i < 16; ++i) lanes[i] = i < sorted.size() ? sorted[i] : INT32_MAX;
    t.thresholds = _mm512_load_si512(lanes);
    t.by_score.words = t.words;
    t.by_score.Resize(sorted.size() + 1);
    std::vector<std::pair<int32_t, uint32_t>> pair_list(pairs.begin(), pairs.end());
    t.pairs = static_cast<int>(pair_list.size());
    alignas(64) int32_t lane[16] = {}, ms[16] = {};
    for (size_t i = 0; i < pair_list.size(); ++i) {
      lane[i] = pair_list[i].first - 1;
      ms[i] = static_cast<int32_t>(pair_list[i].second);
      t.ages = std::max(t.ages, static_cast<uint32_t>(pair_list[i].first));
    }
    if (t.ages > 8) Fail("windows of more than 8 events need a wider ring");
    t.ring_mask = static_cast<__mmask8>((1u << t.ages) - 1);
    t.pair_lane = _mm512_load_si512(lane);
    t.pair_ms = _mm512_load_si512(ms);
    for (Rows& rows : t.by_window) {
      rows.words = t.words;
      rows.Resize(64);
    }
    for (size_t r = 0; r < t.rules.size(); ++r) {
      const Rule& rule = t.rules[r];
      uint64_t bit = uint64_t{1} << (r % 64);
      for (size_t level = 0; level <= sorted.size(); ++level)
        if (rule.kind == "score" ||
            (rule.kind == "threshold" && level > 0 && sorted[level - 1] >= rule.amount))
          t.by_score.At(level)[r / 64] |= bit;
      if (rule.kind != "window") continue;
      auto pair = std::pair(rule.amount, rule.window_ms);
      auto index =
          static_cast<size_t>(std::find(pair_list.begin(), pair_list.end(), pair) - pair_list.begin());
      for (size_t m = 0; m < 64; ++m)
        if (m >> (index % 6) & 1) t.by_window[index / 6].At(m)[r / 64] |= bit;
    }
  }

  // The record: score, then per type with windows the high byte of its last instant (40 bits of milliseconds
  // are 34 years), then the rings, the types with most rules first, so that the commonest shares the score's
  // cache line.
  std::vector<TypePlan*> ringed;
  for (TypePlan& t : plan->types)
    if (t.ages) ringed.push_back(&t);
  std::sort(ringed.begin(), ringed.end(), [](auto* a, auto* b) { return a->rules.size() > b->rules.size(); });
  size_t at = 4;
  for (TypePlan* t : ringed) t->high_offset = static_cast<uint32_t>(at++);
  at = (at + 3) / 4 * 4;
  for (TypePlan* t : ringed) {
    if (at / 64 != (at + t->ages * 4 - 1) / 64) at = (at + 63) / 64 * 64;
    t->ring_offset = static_cast<uint32_t>(at);
    at += t->ages * 4;
  }
  plan->record_bytes = (at + 63) / 64 * 64;
  if (at <= 32) plan->record_bytes = at <= 4 ? 4 : at <= 8 ? 8 : at <= 16 ? 16 : 32;
  return plan;
}

// -----------------------------------------------------------------------------------------------------------
// events

struct Event {
  uint64_t time_ms;  // since Plan::time_base_ms
  uint32_t contact;
  uint16_t campaign;
  uint8_t type, device, country, position, extra;
};

// Readers find a document's fields by key. Both skip without validating what no rule needs, and both are
// fastest when keys come in the order in which they are asked for, as a producer writes them.

// simdjson On-Demand. The ordered reader finds only keys that come later in the text.
template <bool kOrdered>
class OnDemandReader {
 public:
  explicit OnDemandReader(simdjson::ondemand::object object) : object_(object) {}
  template <size_t kSize>
  bool Text(const char (&key)[kSize], const char*& raw) {
    simdjson::ondemand::raw_json_string text;
    if (Find(key).get_raw_json_string().get(text)) return false;
    raw = text.raw();
    return true;
  }
  template <size_t kSize>
  bool Unsigned(const char (&key)[kSize], uint64_t& number) {
    return !Find(key).get_uint64().get(number);
  }
  template <size_t kSize>
  bool Double(const char (&key)[kSize], double& number) {
    return !Find(key).get_double().get(number);
  }

 private:
  template <size_t kSize>
  auto Find(const char (&key)[kSize]) {
    if constexpr (kOrdered)
      return object_.find_field(std::string_view(key, kSize - 1));
    else
      return object_.find_field_unordered(std::string_view(key, kSize - 1));
  }
  simdjson::ondemand::object object_;
};

// A walk of our own over simdjson's structural indexes, for flat objects only: a field is four indexes (key,
// colon, value, comma or brace), so one that is not wanted costs one comparison.
class IndexReader {
 public:
  IndexReader(const char* base, const uint32_t* document)
      : base_(base), document_(document), separator_(document) {}
  template <size_t kSize>
  bool Text(const char (&key)[kSize], const char*& raw) {
    const uint32_t* value = Find(key);
    raw = value ? base_ + *value + 1 : nullptr;
    return value && raw[-1] == '"';
  }
  template <size_t kSize>
  bool Unsigned(const char (&key)[kSize], uint64_t& number) {
    const uint32_t* value = Find(key);
    return value && Digits(base_ + value[0], base_ + value[1], number);
  }
  template <size_t kSize>
  bool Double(const char (&key)[kSize], double& number) {
    const uint32_t* value = Find(key);
    return value && std::from_chars(base_ + value[0], base_ + value[1], number).ec == std::errc();
  }
  // The index after the document, or null if it is not a flat object.
  const uint32_t* Finish() {
    while (base_[*separator_] != '}') {
      separator_ += 4;
      if (base_[*separator_] != ',' && base_[*separator_] != '}') return nullptr;
    }
    return separator_ + 1;
  }

 private:
  template <size_t kSize>
  const uint32_t* Find(const char (&key)[kSize]) {
    const uint32_t* from = separator_;
    do {
      if (base_[*separator_] == '}') {
        separator_ = document_;
        if (separator_ == from) return nullptr;
      }
      const uint32_t* field = separator_ + 1;
      const char* text = base_ + *field;
      separator_ += 4;
      if (base_[*separator_] != ',' && base_[*separator_] != '}') return nullptr;
      if (memcmp(text + 1, key, kSize - 1) == 0 && text[kSize] == '"') return field + 2;
    } while (separator_ != from);
    return nullptr;
  }
  // Up to 16 digits at once: right-aligned in a vector, then pairs, fours and eights are joined. The 16 bytes
  // before a number belong to its document, since a key precedes it.
  static bool Digits(const char* from, const char* to, uint64_t& number) {
    auto length = static_cast<unsigned>(to - from);
    if (length == 0 || length > 16) return false;
    __m128i digits =
        _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(to - 16)), _mm_set1_epi8('0'));
    digits = _mm_maskz_mov_epi8(static_cast<__mmask16>(0xFFFFu << (16 - length)), digits);
    if (_mm_cmpgt_epu8_mask(digits, _mm_set1_epi8(9))) return false;
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
    number = (both & UINT32_MAX) * 100'000'000 + (both >> 32);
    return true;
  }
  const char* base_;
  const uint32_t* document_;
  const uint32_t* separator_;  // before the next field
};

// One event's needed fields; false if one is missing or not of its type.
template <typename Reader>
__attribute__((always_inline)) inline bool Parse(Reader& reader, Plan& plan, Event& e) {
  const char* raw;
  uint64_t number;
  if (!reader.Text("type", raw)) return false;
  uint32_t type = plan.type_codes.Find(raw, TokenTable::Length(raw));
  if (type == TokenTable::kMissing) return false;
  const TypePlan& t = plan.types[type];
  e = {};
  e.type = static_cast<uint8_t>(type);
  if (t.rules.empty()) return true;
  if (!reader.Unsigned("ts", number)) return false;
  if (plan.time_base_ms == 0) [[unlikely]]
    plan.time_base_ms = number - (uint64_t{1} << 32);
  e.time_ms = number - plan.time_base_ms;
  if (!reader.Unsigned("contact_id", number) || number >= kContacts) return false;
  e.contact = static_cast<uint32_t>(number);
  if (t.needs[kCampaign]) {
    if (!reader.Text("campaign", raw)) return false;
    size_t length = TokenTable::Length(raw);
    uint32_t code = plan.campaigns.Find(raw, length);
    if (code == TokenTable::kMissing) [[unlikely]]
      code = plan.AddCampaign(raw, length);
    e.campaign = static_cast<uint16_t>(code);
  }
  if (t.needs[kDevice]) {
    if (!reader.Text("device", raw)) return false;
    uint32_t code = plan.devices.Find(raw, TokenTable::Length(raw));
    e.device = code == TokenTable::kMissing ? 0 : static_cast<uint8_t>(code);
  }
  if (t.needs[kCountry]) {
    if (!reader.Text("country", raw)) return false;
    uint32_t code = plan.countries.Find(raw, TokenTable::Length(raw));
    e.country = code == TokenTable::kMissing ? 0 : static_cast<uint8_t>(code);
  }
  if (t.needs[kPosition]) {
    if (!reader.Unsigned("position", number)) return false;
    e.position = static_cast<uint8_t>(std::min<uint64_t>(number, kPositionCodes - 1));
  }
  if (t.needs[kExtra] && !t.amounts.empty()) {
    double amount;
    if (!reader.Double("amount", amount)) return false;
    for (double reached : t.amounts) e.extra = static_cast<uint8_t>(e.extra + (amount >= reached));
  } else if (t.needs[kExtra]) {
    if (!reader.Text("url", raw)) return false;
    for (size_t i = 0; i < t.prefixes.size(); ++i) {
      if (memcmp(raw, t.prefixes[i].data(), t.prefixes[i].size()) != 0) continue;
      e.extra = static_cast<uint8_t>(i + 1);
      break;
    }
  }
  return true;
}

// Calls `parsed` after each event, which `slot()` has given room for.
template <typename Slot, typename Parsed>
void ReadOnDemand(const FileBytes& text, size_t parse_bytes, Plan& plan, Slot slot, Parsed parsed) {
  simdjson::ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
  parser.threaded = false;  // one thread is what is measured
#endif
  simdjson::ondemand::document_stream documents;
  if (parser.iterate_many(text.bytes.data(), text.size, parse_bytes).get(documents)) Fail("cannot parse");
  for (auto it = documents.begin(); it != documents.end(); ++it) {
    simdjson::ondemand::object object;
    auto document = *it;
    if (document.get_object().get(object)) Fail("bad event");
    OnDemandReader<true> ordered(object);
    if (!Parse(ordered, plan, slot())) [[unlikely]] {  // another order of keys, or an error
      bool again;
      if (object.reset().get(again)) Fail("bad event");
      OnDemandReader<false> unordered(object);
      if (!Parse(unordered, plan, slot())) Fail("bad event");
    }
    parsed();
  }
}

template <typename Slot, typename Parsed>
void ReadIndexes(const FileBytes& text, size_t parse_bytes, Plan& plan, Slot slot, Parsed parsed) {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  // The best kernel for this CPU; `builtin_implementation` would be the one the library was compiled for.
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(parse_bytes, 1, parser))
    Fail("cannot parse");
  for (size_t at = 0; at < text.size;) {
    const char* base = text.bytes.data() + at;
    bool last = text.size - at <= parse_bytes;
    auto error = parser->stage1(
        reinterpret_cast<const uint8_t*>(base), last ? text.size - at : parse_bytes,
        last ? simdjson::stage1_mode::streaming_final : simdjson::stage1_mode::streaming_partial);
    if (error == simdjson::EMPTY && last) break;
    if (error) Fail("cannot parse");
    const uint32_t* index = parser->structural_indexes.get();
    const uint32_t* end = index + parser->n_structural_indexes;
    while (index < end) {
      IndexReader reader(base, index);
      if (base[*index] != '{' || !Parse(reader, plan, slot()) || !(index = reader.Finish()))
        Fail("bad event");
      parsed();
    }
    at += *end;
  }
}

struct Action {
  uint32_t event;  // position in the batch
  uint32_t rule;
};

// The rules that fire on one event, and its effect on the record.
inline Action* Decide(const TypePlan& t, const Event& e, uint32_t index, char* record, Action* out) {
  int32_t score;
  memcpy(&score, record, 4);
  const uint64_t* allowed[3] = {t.by_score.At(
      static_cast<size_t>(_mm_popcnt_u32(_mm512_cmple_epi32_mask(t.thresholds, _mm512_set1_epi32(score)))))};
  if (t.ages) {
    uint32_t last_low;
    memcpy(&last_low, record + t.ring_offset, 4);
    uint64_t last = static_cast<uint64_t>(static_cast<uint8_t>(record[t.high_offset])) << 32 | last_low;
    // Lane i is the age of the i-th instant before the last; lane 0 holds the low half of the last itself. An
    // empty ring has last = 0, which makes every age too high.
    __m256i ages = _mm256_maskz_loadu_epi32(t.ring_mask, record + t.ring_offset);
    ages = _mm256_maskz_mov_epi32(0xFE, ages);
    auto gap = static_cast<int32_t>(std::min<uint64_t>(e.time_ms - last, UINT32_MAX));
    __m256i gaps = _mm256_set1_epi32(gap);
    ages = _mm256_add_epi32(_mm256_min_epu32(ages, _mm256_set1_epi32(~gap)), gaps);  // saturating
    ages = _mm256_maskz_permutexvar_epi32(0xFE, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6), ages);
    __m512i per_pair = _mm512_permutexvar_epi32(t.pair_lane, _mm512_castsi256_si512(ages));
    uint32_t reached = _mm512_cmplt_epu32_mask(per_pair, t.pair_ms);
    allowed[1] = t.by_window[0].At(reached & 63);
    allowed[2] = t.by_window[1].At(reached >> 6 & 63);
    _mm256_mask_storeu_epi32(
        record + t.ring_offset, t.ring_mask,
        _mm256_mask_mov_epi32(ages, 1, _mm256_set1_epi32(static_cast<int32_t>(e.time_ms))));
    record[t.high_offset] = static_cast<char>(e.time_ms >> 32);
  } else {
    allowed[1] = allowed[2] = allowed[0];
  }
  const uint64_t* rows[kFields] = {t.fields[kCampaign].bits.data() + e.campaign * t.stride[kCampaign],
                                   t.fields[kDevice].bits.data() + e.device * t.stride[kDevice],
                                   t.fields[kCountry].bits.data() + e.country * t.stride[kCountry],
                                   t.fields[kPosition].bits.data() + e.position * t.stride[kPosition],
                                   t.fields[kExtra].bits.data() + e.extra * t.stride[kExtra]};
  int32_t delta = 0;
  for (size_t w = 0; w < t.words; w += 4) {
    auto load = [](const uint64_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); };
    __m256i fires = _mm256_setzero_si256();
    for (size_t d = 0; d < t.disjuncts; ++d) {
      size_t at = d * t.words + w;
      __m256i all = _mm256_and_si256(load(rows[0] + at), load(rows[1] + at));
      all = _mm256_and_si256(all, _mm256_and_si256(load(rows[2] + at), load(rows[3] + at)));
      fires = _mm256_or_si256(fires, _mm256_and_si256(all, load(rows[4] + at)));
    }
    __m256i may =
        _mm256_or_si256(load(allowed[0] + w), _mm256_or_si256(load(allowed[1] + w), load(allowed[2] + w)));
    fires = _mm256_and_si256(fires, may);
    alignas(32) uint64_t words[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(words), fires);
    for (size_t k = 0; k < 4; ++k) {
      for (uint64_t bits = words[k]; bits; bits &= bits - 1) {
        size_t r = (w + k) * 64 + static_cast<size_t>(__builtin_ctzll(bits));
        *out++ = {index, t.rule_ids[r]};
        delta += t.score_deltas[r];
      }
    }
  }
  score += delta;
  memcpy(record, &score, 4);
  return out;
}

struct Result {
  uint64_t events = 0, actions = 0;
  int64_t score_sum = 0;
  double seconds = 0;
};

struct Options {
  size_t batch, parse_bytes;
  bool parse_only, index_reader;
  std::FILE* action_file = nullptr;
};

Result Run(const FileBytes& text, const Json& rules, int n, const Options& options) {
  std::unique_ptr<Plan> plan = MakePlan(rules, n);
  HugeArray<char> records(plan->record_bytes * kContacts + 64);
  std::vector<Event> events(options.batch);
  std::vector<Action> actions(options.batch * static_cast<size_t>(n));
  memset(records.data(), 0, records.size());  // touch the pages outside the measured time
  Result result;
  double start = NowSeconds();
  size_t filled = 0;
  auto apply = [&] {
    Action* out = actions.data();
    for (size_t i = 0; i < filled; ++i) {
      const TypePlan& t = plan->types[events[i].type];
      if (t.rules.empty()) continue;
      out = Decide(t, events[i], static_cast<uint32_t>(i),
                   records.data() + events[i].contact * plan->record_bytes, out);
    }
    if (options.action_file)
      for (Action* a = actions.data(); a != out; ++a)
        std::fprintf(options.action_file, "%zu %u\n", static_cast<size_t>(result.events) + a->event, a->rule);
    result.actions += static_cast<uint64_t>(out - actions.data());
    result.events += filled;
    filled = 0;
  };
  auto slot = [&]() -> Event& { return events[filled]; };
  auto parsed = [&] {
    const Event& e = events[filled];
    const char* record = records.data() + e.contact * plan->record_bytes;
    _mm_prefetch(record, _MM_HINT_T0);
    _mm_prefetch(record + plan->types[e.type].ring_offset, _MM_HINT_T0);
    if (++filled < options.batch) return;
    if (options.parse_only)
      result.events += std::exchange(filled, 0);
    else
      apply();
  };
  if (options.index_reader)
    ReadIndexes(text, options.parse_bytes, *plan, slot, parsed);
  else
    ReadOnDemand(text, options.parse_bytes, *plan, slot, parsed);
  if (options.parse_only)
    result.events += filled;
  else
    apply();
  result.seconds = NowSeconds() - start;
  for (size_t i = 0; i < kContacts; ++i) {
    int32_t score;
    memcpy(&score, records.data() + i * plan->record_bytes, 4);
    result.score_sum += score;
  }
  munmap(records.data(), records.size());
  return result;
}

int Main(int argc, char** argv) {
  Args args(argc, argv);
  if (args.positional.size() != 2)
    Fail("usage: w2_reference EVENTS_JSONL W2_RULES_JSON [--rules=10,100,1000] [--repeat=5]");
  FileBytes text = ReadFile(args.positional[0]);
  Json rules = ReadJson(args.positional[1]);
  Options options{std::stoul(args.Get("batch", "1024")), std::stoul(args.Get("parse-bytes", "262144")),
                  args.Has("parse-only"), args.Get("reader", "on-demand") == "index"};
  std::string program = std::string("reference") + (options.index_reader ? "-index" : "") +
                        (options.parse_only ? "-parse-only" : "");
  for (int n : args.Numbers("rules", "10,100,1000")) {
    std::vector<double> ns;
    Result result;
    if (args.Has("actions"))
      options.action_file = std::fopen((args.Get("actions", "") + "." + std::to_string(n)).c_str(), "w");
    int repeat = options.action_file ? 1 : std::stoi(args.Get("repeat", "5"));
    for (int i = 0; i < repeat; ++i) {
      result = Run(text, rules, n, options);
      ns.push_back(result.seconds * 1e9 / static_cast<double>(result.events));
    }
    if (options.action_file) std::fclose(options.action_file);
    Spread s = SpreadOf(ns);
    PrintLine({{"program", program},
               {"workload", "W2"},
               {"rules", n},
               {"events", result.events},
               {"ns_per_event", Round(s.median, 1)},
               {"ns_per_event_min", Round(s.min, 1)},
               {"ns_per_event_max", Round(s.max, 1)},
               {"actions", result.actions},
               {"score_sum", result.score_sum}});
  }
  return 0;
}

}  // namespace
}  // namespace mrule::bench

int main(int argc, char** argv) { return mrule::bench::Main(argc, argv); }
