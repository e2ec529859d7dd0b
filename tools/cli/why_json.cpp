// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "runtime/json/instant.h"
#include "stdlib/calendar/calendar.h"
#include "tools/cli/why_report.h"

namespace mrule::cli {

namespace {

using Json = nlohmann::ordered_json;
using runtime::InstantText;
using runtime::Picture;
using runtime::Truth;
using runtime::WhyPart;
using Kind = plan::WhyNode::Kind;

std::string DurationWords(int64_t micros) {
  char text[64];
  return std::string(text, runtime::FormatDuration(micros, text));
}

std::string_view SpellingOf(Kind kind) {
  switch (kind) {
    case Kind::kAnd: return "and";
    case Kind::kOr: return "or";
    case Kind::kNot: return "not";
    case Kind::kRequire: return "evidence";
    case Kind::kHold: return "hold";
    case Kind::kCompare: return "compare";
    case Kind::kEvent: return "event";
    case Kind::kTest: return "test";
    case Kind::kValue: return "value";
  }
  return "";
}

std::string_view SpellingOf(Truth truth) {
  return truth == Truth::kTrue ? "true" : truth == Truth::kFalse ? "false" : "unknown";
}

Json InstantOrNull(const std::optional<int64_t>& at) { return at ? Json(InstantText(*at)) : Json(nullptr); }

Json PartOf(const Picture& picture, uint32_t index) {
  const WhyPart& part = picture.parts[index];
  Json out;
  out["text"] = part.node->label;
  out["kind"] = SpellingOf(part.node->kind);
  if (part.is_condition()) {
    out["truth"] = SpellingOf(part.truth);
  } else {
    out["value"] = part.known ? Json::parse(part.json) : Json(nullptr);
  }
  if (part.node->kind == Kind::kCompare) out["operator"] = part.node->op;
  if (part.node->kind == Kind::kHold) {
    out["accrued"] = DurationWords(part.accrued_micros);
    out["duration"] = DurationWords(part.node->duration_micros);
    out["due"] = InstantOrNull(part.due);
  }
  for (uint32_t child : part.node->children) out["parts"].push_back(PartOf(picture, child));
  return out;
}

void AddUse(Json& out, const runtime::WhyUse& use) {
  out["used"] = use.used;
  out["full"] = use.full;
  out["opens"] = InstantOrNull(use.opens);
}

Json LimitJson(const runtime::WhyLimit& limit) {
  Json out = {{"limit", limit.words}, {"count", limit.count}};
  if (limit.field.empty()) {
    AddUse(out, limit.use);
    return out;
  }
  out["field"] = limit.field;
  out["values"] = Json::array();
  for (const runtime::WhyLimit::Value& value : limit.values) {
    Json& one = out["values"].emplace_back();
    one["value"] = value.known ? Json::parse(value.json) : Json(nullptr);
    AddUse(one, value.use);
  }
  return out;
}

Json SequenceJson(const runtime::WhyRuns& runs) {
  const plan::WhySequence& sequence = *runs.sequence;
  Json out = {{"sequence", sequence.label}, {"runs", Json::array()}};
  for (const runtime::WhyRun& run : runs.runs) {
    Json& one = out["runs"].emplace_back();
    one["with"] = Json::object();
    for (size_t key = 0; key < sequence.keys.size(); ++key) one["with"][sequence.keys[key].name] = Json::parse(run.key_json[key]);
    one["steps"] = Json::array();
    for (uint32_t i = 0; i < sequence.steps.size(); ++i) {
      Json& step = one["steps"].emplace_back();
      step["step"] = sequence.steps[i].label;
      if (sequence.absent && i + 1 == sequence.steps.size()) step["absent"] = true;
      step["done"] = i < run.steps_done;
      if (i + 1 == run.steps_done) step["at"] = InstantText(run.at);
      if (i == run.steps_done) step["until"] = InstantText(run.deadline);
      if (i != 0) step["within"] = DurationWords(sequence.steps[i].within_micros);
    }
  }
  return out;
}

}  // namespace

std::string_view SpellingOf(runtime::Verdict verdict) {
  switch (verdict) {
    case runtime::Verdict::kUnknownSubject: return "unknown_subject";
    case runtime::Verdict::kNoEvent: return "no_event";
    case runtime::Verdict::kFired: return "fired";
    case runtime::Verdict::kHeldBack: return "held_back";
    case runtime::Verdict::kLost: return "lost";
    case runtime::Verdict::kNoStep: return "no_step";
    case runtime::Verdict::kTrapped: return "trapped";
    case runtime::Verdict::kAlreadyTrue: return "already_true";
    case runtime::Verdict::kFalse: return "false";
    case runtime::Verdict::kUnknown: return "unknown";
  }
  return "";
}

std::string WhyJson(const runtime::WhyReport& report) {
  Json out;
  out["rule"] = report.rule;
  out[report.entity] = report.subject;
  out["at"] = InstantText(report.at);
  out["verdict"] = SpellingOf(report.verdict);
  out["because"] = report.because;
  if (report.picture) {
    out["judged_at"] = InstantText(report.picture->at);
    if (!report.event.empty()) out["event"] = report.event;
    out["condition"] = PartOf(*report.picture, 0);
  }
  out["limits"] = Json::array();
  for (const runtime::WhyLimit& limit : report.limits) out["limits"].push_back(LimitJson(limit));
  out["sequences"] = Json::array();
  for (const runtime::WhyRuns& runs : report.sequences) out["sequences"].push_back(SequenceJson(runs));
  out["ways_back"] = Json::array();
  for (const runtime::WhyWayBack& way_back : report.ways_back) out["ways_back"].push_back({{"due", InstantOrNull(way_back.due)}});
  if (report.waits_until) out["waits_until"] = InstantText(*report.waits_until);
  out["history"] = {{"fired", report.history.fired},
                    {"first_fired", InstantOrNull(report.history.first_fired)},
                    {"last_fired", InstantOrNull(report.history.last_fired)},
                    {"held_back", report.history.held_back},
                    {"lost", report.history.lost}};
  out["change"] = Json::array();
  for (const runtime::PartChange& change : report.change) {
    out["change"].push_back({{"part", report.picture->parts[change.part].node->label}, {"becomes", change.to_true}, {"words", change.words}});
  }
  out["next_firing"] = InstantOrNull(report.next_firing);
  out["time_zones"] = calendar::DatabaseVersion();
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace mrule::cli
