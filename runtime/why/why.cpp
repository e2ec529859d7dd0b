// SPDX-License-Identifier: Apache-2.0
#include "runtime/why/why.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/actions/value_text.h"
#include "runtime/exec/limits.h"
#include "runtime/exec/record_store.h"
#include "runtime/json/instant.h"

namespace mrule::runtime {
namespace {

constexpr size_t kPartsNamed = 4;  // in a sentence
constexpr int64_t kArmed = 0;  // of a latch (plan::SlotKind::kLatch)

std::string DurationWords(int64_t micros) {
  char text[64];
  return std::string(text, FormatDuration(micros, text));
}

std::string_view PeriodWord(calendar::Period period) {
  switch (period) {
    case calendar::Period::kDay: return "day";
    case calendar::Period::kWeek: return "week";
    case calendar::Period::kMonth: return "month";
    case calendar::Period::kQuarter: return "quarter";
    case calendar::Period::kYear: return "year";
  }
  return "";
}

WhyUse UseFrom(const LimitUse& use) {
  WhyUse out;
  out.used = use.used;
  out.full = use.opens != INT64_MIN;
  if (out.full && use.opens != INT64_MAX) out.opens = use.opens;
  return out;
}

std::string List(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

}  // namespace

std::string LimitWords(const plan::LimitPlan& limit) {
  std::string words = limit.count == 1 ? "once" : fmt::format("at most {}", limit.count);
  if (limit.by_calendar) return fmt::format("{} per {}", words, PeriodWord(limit.period));
  return limit.period_micros == 0 ? words : fmt::format("{} per {}", words, DurationWords(limit.period_micros));
}

WhyWatch::WhyWatch(const Program& program, const plan::WhyPlan& why, std::string subject)
    : Watch(program.plan().rules[why.rule].entity, std::move(subject)), program_(program), why_(why) {}

void WhyWatch::OnEvent(uint32_t, uint32_t event, const MrFrame& frame) {
  if (told_) return;
  for (const plan::WhyCase& one : why_.cases) {
    if (one.event != event) continue;
    last_ = Judgement{TakePicture(program_, one, frame), Verdict::kFalse, kNoRule, std::nullopt};
    last_->verdict = VerdictOf(last_->picture.root().truth);
  }
}

void WhyWatch::OnJudged(uint32_t rule, const MrFrame& frame) {
  if (told_ || rule != why_.rule) return;
  last_ = Judgement{TakePicture(program_, why_.cases.front(), frame), Verdict::kFalse, kNoRule, std::nullopt};
  last_->verdict = VerdictOf(last_->picture.root().truth);
}

/// Until something is heard of it.
Verdict WhyWatch::VerdictOf(Truth truth) const {
  if (truth == Truth::kTrue) return rule().each != 0 ? Verdict::kNoStep : Verdict::kFired;
  return truth == Truth::kFalse ? Verdict::kFalse : Verdict::kUnknown;
}

bool WhyWatch::IsAskedFor(const Decision& decision) const {
  return decision.rule == why_.rule && decision.entity == entity() && std::string_view(decision.subject->data, decision.subject->size) == id();
}

void WhyWatch::OnDecision(const Decision& decision) {
  if (!IsAskedFor(decision)) return;
  if (told_) {
    if (!next_firing_) next_firing_ = decision.at;
    return;
  }
  const bool is_new = counted_at_ != decision.at || counted_nth_ != decision.nth;
  counted_at_ = decision.at;
  counted_nth_ = decision.nth;
  if (!is_new) return;
  ++history_.fired;
  if (!history_.first_fired) history_.first_fired = decision.at;
  history_.last_fired = decision.at;
  if (!last_) return;
  if (last_->picture.at != decision.at) {
    released_at_ = decision.at;
    return;
  }
  decisive_ = last_;
  decisive_->verdict = Verdict::kFired;
}

void WhyWatch::OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) {
  if (told_ || !IsAskedFor(decision) || decision.action != 0) return;
  ++(limit ? history_.held_back : history_.lost);
  if (!last_ || (decisive_ && decisive_->verdict == Verdict::kFired && decisive_->picture.at == decision.at)) return;
  decisive_ = last_;
  decisive_->verdict = limit ? Verdict::kHeldBack : Verdict::kLost;
  decisive_->winner_rule = winner_rule;
  decisive_->waits_until.reset();
  if (decision.waits_until != INT64_MIN) decisive_->waits_until = decision.waits_until;
}

void WhyWatch::OnTrap(int64_t at, uint32_t entity_number, const MrText* subject, uint32_t rule, MrStatus, std::string_view) {
  if (told_ || entity_number != entity() || rule != why_.rule || std::string_view(subject->data, subject->size) != id()) return;
  if (last_ && last_->picture.at == at) last_->verdict = Verdict::kTrapped;
}

std::optional<int64_t> WhyWatch::LatchOf(const char* record) const {
  for (const plan::JudgeUnit& unit : program_.plan().entities[entity()].units) {
    if (unit.kind != plan::JudgeUnit::Kind::kRule || unit.rule != why_.rule || !unit.edge) continue;
    return *reinterpret_cast<const int64_t*>(record + unit.slot);
  }
  return std::nullopt;
}

void WhyWatch::AddLimits(WhyReport& report, char* record) const {
  for (size_t number = 0; number < rule().limits.size(); ++number) {
    const plan::LimitPlan& limit = rule().limits[number];
    WhyLimit out;
    out.words = LimitWords(limit);
    out.count = limit.count;
    if (limit.keyed) {
      AddKeyUses(out, number, record);
    } else {
      out.use = UseFrom(UseOf(limit, record, at_));
    }
    report.limits.push_back(std::move(out));
  }
}

/// The field has one name and type in all events that can fire the rule.
void WhyWatch::AddKeyUses(WhyLimit& out, size_t number, char* record) const {
  const std::vector<plan::RuleCase>& cases = program_.plan().cases;
  const auto of_rule = std::find_if(cases.begin(), cases.end(), [this](const plan::RuleCase& one) { return one.rule == why_.rule; });
  const plan::FieldPlan& field = program_.plan().events[of_rule->event].fields[of_rule->limit_keys[number]];
  const ValuePrinter printer(program_.plan());
  out.field = field.name;
  out.words += " per " + field.name;
  const auto words_first = [](const WhyLimit::Value& a, const WhyLimit::Value& b) { return a.words < b.words; };
  int64_t latest = INT64_MIN;
  size_t begin = 0;  // of the values that fired at one instant
  for (const KeyUse& one : UsesOf(rule().limits[number], record, at_)) {
    if (one.latest != latest) {
      std::sort(out.values.begin() + static_cast<ptrdiff_t>(begin), out.values.end(), words_first);
      begin = out.values.size();
      latest = one.latest;
    }
    WhyLimit::Value& value = out.values.emplace_back();
    value.known = one.key.known != 0;
    value.use = UseFrom(one.use);
    printer.AppendWords(value.words, field.type, {one.key.bits, one.key.known});
    printer.AppendJson(value.json, field.type, {one.key.bits, one.key.known});
  }
  std::sort(out.values.begin() + static_cast<ptrdiff_t>(begin), out.values.end(), words_first);
}

void WhyWatch::AddWaysBack(WhyReport& report, const char* record) const {
  for (uint32_t number : rule().reverts) {
    const plan::RevertPlan& revert = program_.plan().rules[number].revert;
    const int64_t set = *reinterpret_cast<const int64_t*>(record + revert.slot);
    if (set == INT64_MAX) continue;
    WhyWayBack way_back;
    if (revert.timed()) way_back.due = set;
    report.ways_back.push_back(way_back);
  }
}

void WhyWatch::Choose(WhyReport& report, char* record) const {
  if (released_at_ == at_) {
    report.verdict = Verdict::kFired;
    report.released = true;
    if (decisive_) report.picture = decisive_->picture;
    return;
  }
  const Judgement* chosen = nullptr;
  if (decisive_ && decisive_->picture.at == at_) {
    chosen = &*decisive_;
  } else if (rule().on_event) {
    // The last event decides; what came of it was noted as its judgement.
    const bool same = last_ && decisive_ && decisive_->picture.at == last_->picture.at && decisive_->picture.from == last_->picture.from;
    chosen = same ? &*decisive_ : last_ ? &*last_ : nullptr;
    if (chosen == nullptr) {
      report.verdict = Verdict::kNoEvent;
      return;
    }
  }
  if (chosen != nullptr) {
    report.verdict = chosen->verdict;
    report.picture = chosen->picture;
    report.waits_until = chosen->waits_until;
    return;
  }
  MrFrame frame{record, nullptr, nullptr, at_, &program_, kMrOk, 0};
  report.picture = TakePicture(program_, why_.cases.front(), frame);
  report.verdict = VerdictOf(report.picture->root().truth);
  if (report.verdict == Verdict::kFired) {
    const std::optional<int64_t> latch = LatchOf(record);
    report.verdict = !latch ? Verdict::kFalse : *latch == kArmed ? Verdict::kFalse : Verdict::kAlreadyTrue;
    if (last_ && last_->verdict == Verdict::kTrapped) report.verdict = Verdict::kTrapped;
  }
}

std::string WhyWatch::Sentence(const WhyReport& report) const {
  std::vector<std::string> deciding;
  if (report.picture) {
    for (uint32_t index : DecidingParts(*report.picture)) {
      const WhyPart& part = report.picture->parts[index];
      const char* truth = part.truth == Truth::kTrue ? "true" : part.truth == Truth::kFalse ? "false" : "unknown";
      if (deciding.size() < kPartsNamed) deciding.push_back(fmt::format("`{}` is {}", part.node->label, truth));
    }
  }
  switch (report.verdict) {
    case Verdict::kUnknownSubject:
      return fmt::format("no record up to then names {} {}", report.entity, report.subject);
    case Verdict::kNoEvent: {
      std::vector<std::string> events;
      for (const plan::WhyCase& one : why_.cases) {
        const plan::EventPlan& event = program_.plan().events[one.event];
        if (events.size() < kPartsNamed) events.push_back("`" + event.name + "`");
      }
      return fmt::format("it waits for {}, and {} has met none up to then", List(events), report.subject);
    }
    case Verdict::kFired:
      if (report.released) return "it fired: a limit had made it wait, and lets it through";
      return "it fired: its condition is true";
    case Verdict::kNoStep: return fmt::format("its condition is true, and the total has not passed another {}", rule().each);
    case Verdict::kHeldBack:
      if (report.waits_until) return fmt::format("its condition is true, and a limit makes it wait until {}", InstantText(*report.waits_until));
      return "its condition is true, and a limit holds it back";
    case Verdict::kLost: {
      const uint32_t winner = decisive_ ? decisive_->winner_rule : kNoRule;
      const std::string by = winner < program_.plan().rules.size() ? fmt::format("rule \"{}\"", program_.plan().rules[winner].name) : "another rule";
      return fmt::format("its condition is true, and {} won over what it does", by);
    }
    case Verdict::kTrapped: return "it could not be evaluated: a value left the range that can be counted with";
    case Verdict::kAlreadyTrue:
      if (!report.history.last_fired) return "its condition was true already before the rule was watched over; it fires when that has been seen false and is true again";
      return fmt::format("it fired at {}, and fires again when its condition has been seen false and is true again", InstantText(*report.history.last_fired));
    case Verdict::kFalse:
      return deciding.empty() ? "its condition is not true" : List(deciding);
    case Verdict::kUnknown:
      return List(deciding) + ", and a rule never fires on the unknown";
  }
  return "";
}

WhyReport WhyWatch::Report(Runner& runner, int64_t at) {
  at_ = at;
  WhyReport report;
  report.rule = rule().name;
  report.entity = program_.plan().entities[entity()].name;
  report.subject = id();
  report.at = at_;
  report.history = history_;
  char* record = runner.FindRecord(entity(), id());
  if (record == nullptr) {
    report.verdict = Verdict::kUnknownSubject;
  } else {
    Choose(report, record);
    AddLimits(report, record);
    AddWaysBack(report, record);
    report.sequences = OpenRuns(program_, why_, record, at_);
  }
  if (report.picture) {
    if (report.picture->from->event != plan::kNoHandler) report.event = program_.plan().events[report.picture->from->event].name;
    report.change = SmallestChange(*report.picture, report.picture->root().truth != Truth::kTrue);
    // That a rule on an event would not fire without its event is no news.
    if (report.change.size() == 1 && report.picture->parts[report.change[0].part].node->kind == plan::WhyNode::Kind::kEvent) report.change.clear();
  }
  report.because = Sentence(report);
  told_ = true;
  return report;
}

}  // namespace mrule::runtime
