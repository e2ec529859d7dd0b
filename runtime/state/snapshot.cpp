// SPDX-License-Identifier: Apache-2.0
// Header line, then a line a subject:
//
//   {"mrule_snapshot":1,"clock":1767225600000000,"subjects":2,"keeps":{"contact":["attribute score", …]},"records":9}
//   {"ids":[["5ffa41b559f171e67843c35cc803f3a1",1767225600000000], …]}
//   {"held":[0,1767225600000000,false,12],"raw":"{\"type\":…}"}     source, clock it waits for, late, line
//   {"contact":"c42","first_seen":1767225600000000,"sequence":0,"state":{"attribute score":10}}
//
// A paused run's header also has its sources and how far they had come ("watermark",
// "sources":[["ads",1767225600000000]]). A subject has "fired":[[rule, way back, times]], rules that have
// fired for it at the clock's instant, where more may come of that instant, and "decided":[[at, rule, way
// back, action, nth]] where late records may contradict what was decided; `way back` is 0 for the rule
// itself.
// The counts in the header tell a file that was cut short. Everything is checked before a value is used;
// nothing is partly accepted: after an error the runner must be thrown away.
#include "runtime/state/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "runtime/actions/value_text.h"
#include "runtime/state/slot_json.h"

namespace mrule::runtime {
namespace {

using nlohmann::json;
using plan::SlotKind;

constexpr int64_t kFormat = 1;

bool IsKept(const plan::Slot& slot) { return slot.kind != SlotKind::kPending; }

std::string Listed(const std::string& entity, std::string_view key) {
  return entity + ": " + std::string(key);
}

void AppendSources(std::string& out, Runner& runner) {
  const SourceClocks& sources = runner.sources();
  out += ",\"held\":" + std::to_string(runner.Held().size()) + ",\"watermark\":";
  out += sources.watermark() == SourceClocks::kNever ? "null" : std::to_string(sources.watermark());
  out += ",\"sources\":[";
  for (uint32_t i = 0; i < sources.size(); ++i) {
    if (i != 0) out += ',';
    out += '[';
    AppendJsonText(out, sources.options(i).name);
    out += ',';
    out += sources.newest(i) == SourceClocks::kNever ? "null" : std::to_string(sources.newest(i));
    out += ']';
  }
  out += ']';
}

void AppendHeader(std::string& out, Runner& runner, const plan::Plan& plan) {
  const int64_t clock = runner.counts().clock;
  size_t subjects = 0;
  for (uint32_t e = 0; e < plan.entities.size(); ++e) subjects += runner.subject_count(e);
  out += "{\"mrule_snapshot\":" + std::to_string(kFormat) + ",\"clock\":";
  out += clock == INT64_MIN ? "null" : std::to_string(clock);
  out += ",\"subjects\":" + std::to_string(subjects) + ",\"keeps\":{";
  for (size_t e = 0; e < plan.entities.size(); ++e) {
    if (e != 0) out += ',';
    AppendJsonText(out, plan.entities[e].name);
    out += ":[";
    bool first = true;
    for (const plan::Slot& slot : plan.entities[e].slots) {
      if (!IsKept(slot)) continue;
      if (!first) out += ',';
      first = false;
      AppendJsonText(out, slot.key);
    }
    out += ']';
  }
  out += "},\"records\":" + std::to_string(runner.position());
  if (runner.ids().size() != 0) out += ",\"ids\":" + std::to_string(runner.ids().size());
  if (runner.paused()) AppendSources(out, runner);
  out += "}\n";
}

/// Many to a line, but no line too long to be read at ease.
constexpr size_t kIdsPerLine = 1000;

void AppendIds(std::string& out, const SeenIds& ids, size_t from) {
  out += "{\"ids\":[";
  for (size_t i = from; i < std::min(from + kIdsPerLine, ids.size()); ++i) {
    const SeenIds::Entry& entry = ids.entry(i);
    out += fmt::format("{}[\"{:016x}{:016x}\",{}]", i == from ? "" : ",", entry.id.high, entry.id.low, entry.at);
  }
  out += "]}\n";
}

void AppendHeld(std::string& out, const Released& held) {
  out += fmt::format("{{\"held\":[{},{},{},{}],\"raw\":", held.event->source, held.key, held.late, held.event->line);
  AppendJsonText(out, held.event->raw);
  out += "}\n";
}

void AppendRule(std::string& out, const plan::RulePlan& rule) {
  AppendJsonText(out, rule.name);
  out += fmt::format(",{}", rule.revert.number);
}

void AppendFired(std::string& out, const plan::Plan& plan, const FiringCounts::OfSubject& fired) {
  out += ",\"fired\":[";
  for (size_t i = 0; i < fired.size(); ++i) {
    out += i == 0 ? "[" : ",[";
    AppendRule(out, plan.rules[fired[i].first]);
    out += fmt::format(",{}]", fired[i].second);
  }
  out += ']';
}

void AppendDecided(std::string& out, const plan::Plan& plan, const std::vector<RecentDecision>& decided) {
  out += ",\"decided\":[";
  for (size_t i = 0; i < decided.size(); ++i) {
    const RecentDecision& one = decided[i];
    out += fmt::format("{}[{},", i == 0 ? "" : ",", one.at);
    AppendRule(out, plan.rules[plan.cases[one.rule_case].rule]);
    out += fmt::format(",{},{}]", one.action, one.nth);
  }
  out += ']';
}

void AppendSubject(std::string& out, const SlotJson& slots, const plan::Plan& plan,
                   const plan::EntityPlan& entity, const Runner::Subject& subject,
                   const std::unordered_map<const char*, FiringCounts::OfSubject>& fired_now) {
  const char* record = subject.record;
  const auto* header = reinterpret_cast<const plan::RecordHeader*>(record);
  out += '{';
  AppendJsonText(out, entity.name);
  out += ':';
  AppendJsonText(out, View(*static_cast<const MrText*>(header->id)));
  out += ",\"first_seen\":" + std::to_string(header->first_seen) +
         ",\"sequence\":" + std::to_string(header->sequence) + ",\"state\":{";
  bool first = true;
  for (const plan::Slot& slot : entity.slots) {
    const size_t mark = out.size();
    if (!first) out += ',';
    AppendJsonText(out, slot.key);
    out += ':';
    if (slots.Append(out, entity, slot, record)) {
      first = false;
    } else {
      out.resize(mark);
    }
  }
  out += '}';
  if (const auto fired = fired_now.find(record); fired != fired_now.end())
    AppendFired(out, plan, fired->second);
  if (subject.recent != nullptr && !subject.recent->empty()) AppendDecided(out, plan, *subject.recent);
  out += "}\n";
}

Error Corrupt(uint64_t line, const std::string& what) {
  return Error{"line " + std::to_string(line) + " of the snapshot is damaged: " + what};
}

const json* Member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

bool IsList(const json* value) { return value != nullptr && value->is_array(); }

bool IsWhole(const json* value) {
  return value != nullptr && value->is_number_integer() &&
         (!value->is_number_unsigned() || value->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
}

class Loader {
 public:
  Loader(Runner& runner, const Program& program) : runner_(runner), plan_(program.plan()) {
    for (size_t shard = 0; shard < runner.shard_count(); ++shard) slots_.emplace_back(runner.program_of(shard));
    for (uint32_t e = 0; e < plan_.entities.size(); ++e) {
      entities_.emplace(plan_.entities[e].name, e);
      auto& keys = keys_.emplace_back();
      const auto& slots = plan_.entities[e].slots;
      for (uint32_t i = 0; i < slots.size(); ++i) {
        if (IsKept(slots[i])) keys.emplace(slots[i].key, i);
      }
    }
    for (uint32_t i = 0; i < plan_.cases.size(); ++i) {
      const plan::RulePlan& rule = plan_.rules[plan_.cases[i].rule];
      case_of_rule_.emplace(std::pair(rule.name, rule.revert.number), i);
    }
  }

  Result<RestoreReport> Load(std::istream& in) {
    std::string text;
    uint64_t line = 0, loaded = 0;
    while (std::getline(in, text)) {
      ++line;
      const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
      if (!value.is_object())
        return Corrupt(line,
                       line == 1 ? "it does not begin with a snapshot's header" : "it is not a JSON object");
      Result<void> result;
      if (line == 1) {
        result = Header(value);
      } else if (IsList(Member(value, "ids"))) {
        result = Ids(*Member(value, "ids"), line);
      } else if (IsList(Member(value, "held"))) {
        result = Held(value, line);
      } else {
        result = Subject(value, line);
        ++loaded;
      }
      if (!result.ok()) return result.error();
    }
    if (in.bad()) return Error{"the snapshot cannot be read to its end"};
    if (line == 0) return Error{"the snapshot is empty"};
    if (loaded != subjects_) {
      return Error{"the snapshot is not whole: it has " + std::to_string(loaded) + " of " +
                   std::to_string(subjects_) + " subjects"};
    }
    if (ids_left_ != 0 || held_left_ != 0) {
      return Error{"the snapshot is not whole: it lacks identifiers that have counted, or records that are held back"};
    }
    if (clock_ != INT64_MIN) runner_.SetClock(clock_);
    report_.already_holding = runner_.AfterRestore();
    report_.dropped.assign(dropped_.begin(), dropped_.end());
    return std::move(report_);
  }

 private:
  Result<void> Header(const json& header) {
    const json* format = Member(header, "mrule_snapshot");
    const json* clock = Member(header, "clock");
    const json* subjects = Member(header, "subjects");
    const json* keeps = Member(header, "keeps");
    if (!IsWhole(format)) return Corrupt(1, "it does not begin with a snapshot's header");
    if (format->get<int64_t>() != kFormat) {
      return Error{"the snapshot has format " + std::to_string(format->get<int64_t>()) +
                   ", and this version reads format " + std::to_string(kFormat)};
    }
    const bool clock_good = clock != nullptr && (clock->is_null() || IsWhole(clock));
    if (!clock_good || !IsWhole(subjects) || subjects->get<int64_t>() < 0 || keeps == nullptr ||
        !keeps->is_object()) {
      return Corrupt(1, "its header lacks the clock, the number of subjects or what it keeps");
    }
    if (!clock->is_null()) clock_ = clock->get<int64_t>();
    subjects_ = static_cast<uint64_t>(subjects->get<int64_t>());
    if (Result<void> sources = Sources(header); !sources.ok()) return sources;
    return CompareKeys(*keeps);
  }

  /// What earlier versions do not write: where the input stood.
  Result<void> Sources(const json& header) {
    uint64_t records = 0;
    for (const auto& [name, into] : {std::pair("records", &records), std::pair("ids", &ids_left_), std::pair("held", &held_left_)}) {
      const json* count = Member(header, name);
      if (count == nullptr) continue;
      if (!IsWhole(count) || count->get<int64_t>() < 0) return Corrupt(1, "`" + std::string(name) + "` is no count");
      *into = static_cast<uint64_t>(count->get<int64_t>());
    }
    runner_.SetPosition(records);
    if (const json* watermark = Member(header, "watermark"); IsWhole(watermark)) runner_.RestoreWatermark(watermark->get<int64_t>());
    const json* sources = Member(header, "sources");
    if (sources == nullptr) return {};
    if (!sources->is_array()) return Corrupt(1, "its sources are not a list");
    for (const json& source : *sources) {
      if (!source.is_array() || source.size() != 2 || !source[0].is_string() || !(source[1].is_null() || IsWhole(&source[1]))) {
        return Corrupt(1, "a source is not a name and an instant");
      }
      const int64_t newest = source[1].is_null() ? SourceClocks::kNever : source[1].get<int64_t>();
      // Where one source is followed by one, names of files do not matter.
      const bool only = sources->size() == 1 && runner_.sources().size() == 1;
      const std::string name = only ? runner_.sources().options(0).name : source[0].get<std::string>();
      sources_.push_back(runner_.RestoreSource(name, newest));
    }
    return {};
  }

  Result<void> Ids(const json& ids, uint64_t line) {
    for (const json& one : ids) {
      Hash128 id;
      if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !IsWhole(&one[1]) || ids_left_ == 0 ||
          !ReadHash(one[0].get_ref<const std::string&>(), &id) || !runner_.ids().Add(id, one[1].get<int64_t>())) {
        return Corrupt(line, "it does not hold identifiers with their instants");
      }
      --ids_left_;
    }
    return {};
  }

  static bool ReadHash(const std::string& hex, Hash128* id) {
    if (hex.size() != 32) return false;
    const char* end = hex.data() + hex.size();
    return std::from_chars(hex.data(), hex.data() + 16, id->high, 16).ptr == hex.data() + 16 &&
           std::from_chars(hex.data() + 16, end, id->low, 16).ptr == end;
  }

  Result<void> Held(const json& value, uint64_t line) {
    const json& held = value["held"];
    const json* raw = Member(value, "raw");
    const bool good = held.size() == 4 && IsWhole(&held[0]) && IsWhole(&held[1]) && held[2].is_boolean() && IsWhole(&held[3]) &&
                      raw != nullptr && raw->is_string() && held_left_ != 0;
    if (!good || held[0].get<int64_t>() < 0 || held[0].get<uint64_t>() >= sources_.size() || held[3].get<int64_t>() < 1) {
      return Corrupt(line, "it is not a record that is held back");
    }
    --held_left_;
    report_.held.push_back({sources_[held[0].get<uint64_t>()], held[1].get<int64_t>(), held[2].get<bool>(), held[3].get<uint64_t>(),
                            raw->get<std::string>()});
    return {};
  }

  static bool IsSmall(const json& value) {
    return value.is_number_unsigned() && value.get<uint64_t>() <= UINT32_MAX;
  }

  using CaseOfRule = std::map<std::pair<std::string, uint32_t>, uint32_t>;
  CaseOfRule::const_iterator CaseOf(const json& rule, const json& way_back) const {
    return case_of_rule_.find({rule.get<std::string>(), way_back.get<uint32_t>()});
  }

  Result<void> Fired(const json& fired, uint32_t entity, const std::string& name, const char* record,
                     uint64_t line) {
    for (const json& one : fired) {
      const bool good =
          one.is_array() && one.size() == 3 && one[0].is_string() && IsSmall(one[1]) && IsSmall(one[2]);
      if (!good) return Corrupt(line, "what has fired is not a list of rules with counts");
      const auto rule_case = CaseOf(one[0], one[1]);
      if (rule_case == case_of_rule_.end()) continue;
      const uint32_t rule = plan_.cases[rule_case->second].rule;
      if (plan_.rules[rule].entity == entity)
        runner_.RestoreFired(clock_, name, record, rule, one[2].get<uint32_t>());
    }
    return {};
  }

  /// Decisions of rules that are no more can be contradicted no more.
  Result<void> Decided(const json& decided, uint32_t entity, const std::string& name, uint64_t line) {
    for (const json& one : decided) {
      const bool good = one.is_array() && one.size() == 5 && IsWhole(&one[0]) && one[1].is_string() &&
                        IsSmall(one[2]) && IsSmall(one[3]) && IsSmall(one[4]);
      if (!good) return Corrupt(line, "what was decided is not a list of decisions");
      const auto rule_case = CaseOf(one[1], one[2]);
      if (rule_case == case_of_rule_.end() ||
          one[3].get<uint32_t>() >= plan_.cases[rule_case->second].actions.size())
        continue;
      runner_.AddRecent(
          entity, name,
          {one[0].get<int64_t>(), rule_case->second, one[3].get<uint32_t>(), one[4].get<uint32_t>()});
    }
    return {};
  }

  /// What the snapshot has and the program has not, and the other way round.
  Result<void> CompareKeys(const json& keeps) {
    kept_.resize(plan_.entities.size());
    for (const auto& [entity, keys] : keeps.items()) {
      if (!keys.is_array()) return Corrupt(1, "what it keeps is not a list of keys");
      const auto known = entities_.find(entity);
      for (const json& key : keys) {
        if (!key.is_string()) return Corrupt(1, "what it keeps is not a list of keys");
        const auto& name = key.get_ref<const std::string&>();
        if (known == entities_.end() || keys_[known->second].count(name) == 0) {
          dropped_.insert(Listed(entity, name));
        } else {
          kept_[known->second].insert(name);
        }
      }
    }
    for (size_t e = 0; e < plan_.entities.size(); ++e) {
      for (const plan::Slot& slot : plan_.entities[e].slots) {
        if (IsKept(slot) && kept_[e].count(slot.key) == 0)
          report_.started.push_back(Listed(plan_.entities[e].name, slot.key));
      }
    }
    return {};
  }

  Result<void> Subject(const json& value, uint64_t line) {
    const json* first_seen = Member(value, "first_seen");
    const json* sequence = Member(value, "sequence");
    const json* state = Member(value, "state");
    const json* decided = Member(value, "decided");
    const json* fired = Member(value, "fired");
    const size_t members = 4 + (decided != nullptr ? 1 : 0) + (fired != nullptr ? 1 : 0);
    if (!IsWhole(first_seen) || !IsWhole(sequence) || sequence->get<int64_t>() < 0 || state == nullptr ||
        !state->is_object() || value.size() != members || (decided != nullptr && !decided->is_array()) ||
        (fired != nullptr && !fired->is_array())) {
      return Corrupt(line, "it is not a subject with first_seen, sequence and state");
    }
    for (const auto& [entity, id] : value.items()) {
      if (!id.is_string()) continue;
      const auto known = entities_.find(entity);
      if (known == entities_.end()) {
        dropped_.insert("entity " + entity);
        return {};
      }
      const auto& name = id.get_ref<const std::string&>();
      const size_t before = runner_.subject_count(known->second);
      char* record = runner_.FindOrAddRecord(known->second, name, first_seen->get<int64_t>());
      if (runner_.subject_count(known->second) == before)
        return Corrupt(line, "`" + name + "` has been there before");
      reinterpret_cast<plan::RecordHeader*>(record)->sequence =
          static_cast<uint64_t>(sequence->get<int64_t>());
      ++report_.subjects;
      if (fired != nullptr) {
        if (Result<void> read = Fired(*fired, known->second, name, record, line); !read.ok()) return read;
      }
      if (decided != nullptr) {
        if (Result<void> read = Decided(*decided, known->second, name, line); !read.ok()) return read;
      }
      return State(*state, known->second, slots_[runner_.ShardOf(name)], record, line);
    }
    return Corrupt(line, "it names no subject");
  }

  Result<void> State(const json& state, uint32_t e, const SlotJson& slots, char* record, uint64_t line) {
    const plan::EntityPlan& entity = plan_.entities[e];
    const auto& keys = keys_[e];
    for (const auto& [key, value] : state.items()) {
      if (keys.count(key) == 0) dropped_.insert(Listed(entity.name, key));
    }
    // Logs first: a cursor's place is counted from its log's beginning.
    for (const bool cursors : {false, true}) {
      for (const plan::Slot& slot : entity.slots) {
        if (!IsKept(slot) || (slot.kind == SlotKind::kCursor || slot.kind == SlotKind::kSpan) != cursors) continue;
        const auto found = state.find(slot.key);
        if (found == state.end()) {
          if (cursors) slots.StartCursor(entity, slot, record);
          continue;
        }
        switch (slots.Load(*found, entity, slot, record)) {
          case SlotJson::Outcome::kLoaded:
            break;
          case SlotJson::Outcome::kDropped:
            dropped_.insert(Listed(entity.name, slot.key) + ", value " + found->dump());
            break;
          case SlotJson::Outcome::kCorrupt:
            return Corrupt(line, "`" + slot.key + "` does not hold what it should");
        }
      }
    }
    return {};
  }

  Runner& runner_;
  const plan::Plan& plan_;
  std::vector<SlotJson> slots_;  // by shard
  std::unordered_map<std::string, uint32_t> entities_;
  std::vector<std::unordered_map<std::string, uint32_t>> keys_;  // by entity: key to slot
  std::vector<std::unordered_set<std::string>> kept_;            // by entity: keys the snapshot has
  std::set<std::string> dropped_;
  int64_t clock_ = INT64_MIN;
  uint64_t subjects_ = 0;
  uint64_t ids_left_ = 0, held_left_ = 0;
  std::vector<uint32_t> sources_;  // the snapshot's, as the runner numbers them
  CaseOfRule case_of_rule_;        // any case: they differ in where arguments come from
  RestoreReport report_;
};

}  // namespace

Result<void> SaveSnapshot(Runner& runner, const Program& program, std::ostream& out) {
  const plan::Plan& plan = program.plan();
  const SlotJson slots(program);
  std::string text;
  AppendHeader(text, runner, plan);
  const auto write = [&] {
    if (text.size() < (size_t{1} << 20)) return;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    text.clear();
  };
  for (size_t i = 0; i < runner.ids().size() && out.good(); i += kIdsPerLine) {
    AppendIds(text, runner.ids(), i);
    write();
  }
  if (runner.paused()) {
    for (const Released& held : runner.Held()) {
      AppendHeld(text, held);
      write();
    }
  }
  const std::unordered_map<const char*, FiringCounts::OfSubject> fired_now = runner.FiredNow();
  for (uint32_t e = 0; e < plan.entities.size(); ++e) {
    for (size_t i = 0; i < runner.subject_count(e) && out.good(); ++i) {
      AppendSubject(text, slots, plan, plan.entities[e], runner.subject(e, i), fired_now);
      write();
    }
  }
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.flush();
  if (!out.good()) return Error{"cannot write the snapshot; is the disk full?"};
  return {};
}

Result<RestoreReport> LoadSnapshot(Runner& runner, const Program& program, std::istream& in) {
  return Loader(runner, program).Load(in);
}

}  // namespace mrule::runtime
