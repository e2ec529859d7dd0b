// SPDX-License-Identifier: Apache-2.0
// Header line, then a line a subject:
//
//   {"mrule_snapshot":1,"clock":1767225600000000,"subjects":2,"keeps":{"contact":["attribute score", …]}}
//   {"contact":"c42","first_seen":1767225600000000,"sequence":0,"state":{"attribute score":10}}
//
// The count in the header tells a file that was cut short. Everything is checked before a value is used;
// nothing is partly accepted: after an error the runner must be thrown away.
#include "runtime/state/snapshot.h"

#include <algorithm>
#include <istream>
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
  out += "}}\n";
}

void AppendSubject(std::string& out, const SlotJson& slots, const plan::EntityPlan& entity,
                   const char* record) {
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
  out += "}}\n";
}

Error Corrupt(uint64_t line, const std::string& what) {
  return Error{"line " + std::to_string(line) + " of the snapshot is damaged: " + what};
}

const json* Member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

bool IsWhole(const json* value) {
  return value != nullptr && value->is_number_integer() &&
         (!value->is_number_unsigned() || value->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
}

class Loader {
 public:
  Loader(Runner& runner, const Program& program) : runner_(runner), plan_(program.plan()), slots_(program) {
    for (uint32_t e = 0; e < plan_.entities.size(); ++e) {
      entities_.emplace(plan_.entities[e].name, e);
      auto& keys = keys_.emplace_back();
      const auto& slots = plan_.entities[e].slots;
      for (uint32_t i = 0; i < slots.size(); ++i) {
        if (IsKept(slots[i])) keys.emplace(slots[i].key, i);
      }
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
      Result<void> result = line == 1 ? Header(value) : Subject(value, line);
      if (!result.ok()) return result.error();
      if (line > 1) ++loaded;
    }
    if (in.bad()) return Error{"the snapshot cannot be read to its end"};
    if (line == 0) return Error{"the snapshot is empty"};
    if (loaded != subjects_) {
      return Error{"the snapshot is not whole: it has " + std::to_string(loaded) + " of " +
                   std::to_string(subjects_) + " subjects"};
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
    return CompareKeys(*keeps);
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
    if (!IsWhole(first_seen) || !IsWhole(sequence) || sequence->get<int64_t>() < 0 || state == nullptr ||
        !state->is_object() || value.size() != 4) {
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
      return State(*state, known->second, record, line);
    }
    return Corrupt(line, "it names no subject");
  }

  Result<void> State(const json& state, uint32_t e, char* record, uint64_t line) {
    const plan::EntityPlan& entity = plan_.entities[e];
    const auto& keys = keys_[e];
    for (const auto& [key, value] : state.items()) {
      if (keys.count(key) == 0) dropped_.insert(Listed(entity.name, key));
    }
    // Logs first: a cursor's place is counted from its log's beginning.
    for (const bool cursors : {false, true}) {
      for (const plan::Slot& slot : entity.slots) {
        if (!IsKept(slot) || (slot.kind == SlotKind::kCursor) != cursors) continue;
        const auto found = state.find(slot.key);
        if (found == state.end()) {
          if (cursors) slots_.StartCursor(entity, slot, record);
          continue;
        }
        switch (slots_.Load(*found, entity, slot, record)) {
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
  SlotJson slots_;
  std::unordered_map<std::string, uint32_t> entities_;
  std::vector<std::unordered_map<std::string, uint32_t>> keys_;  // by entity: key to slot
  std::vector<std::unordered_set<std::string>> kept_;            // by entity: keys the snapshot has
  std::set<std::string> dropped_;
  int64_t clock_ = INT64_MIN;
  uint64_t subjects_ = 0;
  RestoreReport report_;
};

}  // namespace

Result<void> SaveSnapshot(Runner& runner, const Program& program, std::ostream& out) {
  const plan::Plan& plan = program.plan();
  const SlotJson slots(program);
  std::string text;
  AppendHeader(text, runner, plan);
  for (uint32_t e = 0; e < plan.entities.size(); ++e) {
    for (size_t i = 0; i < runner.subject_count(e) && out.good(); ++i) {
      AppendSubject(text, slots, plan.entities[e], runner.record(e, i));
      if (text.size() < (size_t{1} << 20)) continue;
      out.write(text.data(), static_cast<std::streamsize>(text.size()));
      text.clear();
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
