// SPDX-License-Identifier: Apache-2.0
#include "runtime/actions/decision_json.h"

#include <algorithm>

#include "runtime/json/decimal.h"
#include "runtime/json/instant.h"
#include "runtime/value/hash.h"
#include "runtime/value/text_pool.h"

namespace mrule::runtime {
namespace {

void AppendBytes(std::string& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));  // little-endian on every machine
}

/// Length first, so that no two lists of texts give the same bytes.
void AppendSized(std::string& out, std::string_view text) {
  AppendBytes(out, text.size());
  out += text;
}

void AppendHex(std::string& out, uint64_t value) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kHex[(value >> shift) & 15];
}

void AppendInstant(std::string& out, int64_t at) {
  char buffer[kInstantBytesMax];
  out += '"';
  out.append(buffer, FormatInstant(at, buffer));
  out += '"';
}

void AppendWhole(std::string& out, uint64_t value) {
  char buffer[kNumberBytesMax];
  out.append(buffer, FormatWhole(static_cast<int64_t>(value), buffer));
}

std::string_view TrapName(MrStatus status) {
  switch (status) {
    case kMrOk:
      return "rounds";
    case kMrUnknown:
      return "unknown";
    case kMrOverflow:
      return "overflow";
    case kMrWindowFull:
      return "window full";
    case kMrKeysFull:
      return "limit full";
    case kMrWaitingFull:
      return "waiting full";
    case kMrEachFull:
      return "each full";
    case kMrSequencesFull:
      return "sequences full";
    default:
      return "other";
  }
}

void AppendId(std::string& out, std::string& scratch, const plan::Plan& plan, const Decision& decision) {
  scratch.clear();
  AppendSized(scratch, plan.rules[decision.rule].name);
  AppendSized(scratch, plan.entities[decision.entity].name);
  AppendSized(scratch, View(*decision.subject));
  AppendBytes(scratch, static_cast<uint64_t>(decision.at));
  AppendBytes(scratch, decision.nth);
  AppendBytes(scratch, decision.action | uint64_t{plan.rules[decision.rule].revert.number} << 32);
  const Hash128 hash = HashBytes128(scratch);
  AppendHex(out, hash.high);
  AppendHex(out, hash.low);
}

}  // namespace

std::string DecisionId(const plan::Plan& plan, const Decision& decision) {
  std::string id, scratch;
  AppendId(id, scratch, plan, decision);
  return id;
}

void DecisionFormatter::AppendArgument(std::string& out, const plan::ArgumentPlan& argument, size_t item,
                                       const MrValue* outputs) {
  if (item < argument.templates.size() && !argument.templates[item].chunks.empty()) {
    scratch_.clear();
    printer_.AppendTemplate(scratch_, argument.templates[item], outputs);
    AppendJsonText(out, scratch_);
  } else if (item < argument.values.size()) {
    printer_.AppendJson(out, argument.values[item], outputs);
  } else {
    out += "null";
  }
}

void DecisionFormatter::AppendWhere(std::string& out, const Decision& decision) {
  out += "\"at\":";
  AppendInstant(out, decision.at);
  out += ",\"rule\":";
  AppendJsonText(out, plan_.rules[decision.rule].name);
  out += ',';
  AppendJsonText(out, plan_.entities[decision.entity].name);
  out += ':';
  AppendJsonText(out, View(*decision.subject));
  out += ",\"action\":";
  AppendJsonText(out, decision.rule_case->actions[decision.action].name);
}

void DecisionFormatter::AppendOpen(std::string& out, const Decision& decision) {
  const plan::ActionPlan& action = decision.rule_case->actions[decision.action];
  out += "{\"id\":\"";
  AppendId(out, scratch_, plan_, decision);
  out += "\",";
  AppendWhere(out, decision);
  if (action.state_only) out += ",\"kind\":\"state\"";
  if (plan_.rules[decision.rule].revert.of != plan::kNoHandler) out += ",\"revert\":true";
  out += ",\"args\":{";
  for (size_t i = 0; i < action.arguments.size(); ++i) {
    const plan::ArgumentPlan& argument = action.arguments[i];
    if (i != 0) out += ',';
    AppendJsonText(out, argument.name);
    out += ':';
    if (!argument.is_list) {
      AppendArgument(out, argument, 0, decision.outputs);
      continue;
    }
    out += '[';
    const size_t items = std::max(argument.values.size(), argument.templates.size());
    for (size_t item = 0; item < items; ++item) {
      if (item != 0) out += ',';
      AppendArgument(out, argument, item, decision.outputs);
    }
    out += ']';
  }
  out += "},\"because\":{";
  const auto& because = decision.rule_case->because;
  for (size_t i = 0; i < because.size(); ++i) {
    if (i != 0) out += ',';
    AppendJsonText(out, because[i].label);
    out += ':';
    printer_.AppendJson(out, because[i].value, decision.outputs);
  }
  out += '}';
}

void DecisionFormatter::Append(std::string& out, const Decision& decision) {
  AppendOpen(out, decision);
  out += '}';
}

void DecisionFormatter::AppendSuppressed(std::string& out, const Decision& decision, bool limit, uint32_t winner_rule) {
  AppendOpen(out, decision);
  if (limit) {
    out += ",\"suppressed_by\":\"limit\"";
    if (decision.waits_until != INT64_MIN) {
      out += ",\"waits_until\":";
      AppendInstant(out, decision.waits_until);
    }
    out += '}';
  } else {
    out += ",\"suppressed_by\":\"rule\",\"winner\":";
    AppendJsonText(out, plan_.rules[winner_rule].name);
    out += '}';
  }
}

void DecisionFormatter::AppendContradicted(std::string& out, const Decision& decision, const Event& late,
                                           std::string_view source) {
  out += "{\"decision\":\"";
  AppendId(out, scratch_, plan_, decision);
  out += "\",";
  AppendWhere(out, decision);
  out += ",\"late\":{";
  if (!source.empty()) {
    out += "\"source\":";
    AppendJsonText(out, source);
    out += ',';
  }
  out += "\"line\":";
  AppendWhole(out, late.line);
  out += ",\"at\":";
  AppendInstant(out, late.at);
  out += ",\"type\":";
  AppendJsonText(out, late.kind == Event::Kind::kEvent ? plan_.events[late.type].name : plan_.entities[late.type].name);
  out += "}}";
}

void JsonDecisionSink::OnDecision(const Decision& decision) {
  if (files_.decisions == nullptr) return;
  line_ = decision.text;
  if (line_.empty()) formatter_.Append(line_, decision);
  line_ += '\n';
  files_.decisions->Write(line_);
}

void JsonDecisionSink::OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) {
  if (files_.suppressed == nullptr) return;
  line_ = decision.text;
  if (line_.empty()) formatter_.AppendSuppressed(line_, decision, limit, winner_rule);
  line_ += '\n';
  files_.suppressed->Write(line_);
}

void JsonDecisionSink::OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule,
                              MrStatus status, std::string_view what) {
  if (files_.traps == nullptr) return;
  line_ = "{\"at\":";
  AppendInstant(line_, at);
  if (rule != kNoRule) {
    line_ += ",\"rule\":";
    AppendJsonText(line_, plan_.rules[rule].name);
  }
  line_ += ',';
  AppendJsonText(line_, plan_.entities[entity].name);
  line_ += ':';
  AppendJsonText(line_, subject != nullptr ? View(*subject) : std::string_view());
  line_ += ",\"trap\":";
  AppendJsonText(line_, TrapName(status));
  line_ += ",\"what\":";
  AppendJsonText(line_, what);
  line_ += "}\n";
  files_.traps->Write(line_);
}

void JsonDecisionSink::OnLate(const Event& event, int64_t clock) {
  if (files_.late == nullptr) return;
  line_ = "{";
  if (event.source < sources_.size()) {
    line_ += "\"source\":";
    AppendJsonText(line_, sources_[event.source]);
    line_ += ',';
  }
  line_ += "\"line\":";
  AppendWhole(line_, event.line);
  line_ += ",\"at\":";
  AppendInstant(line_, event.at);
  line_ += ",\"clock\":";
  AppendInstant(line_, clock);
  line_ += ",\"raw\":";
  AppendJsonText(line_, event.raw);
  line_ += "}\n";
  files_.late->Write(line_);
}

void JsonDecisionSink::OnContradicted(const Decision& decision, const Event& late) {
  if (files_.contradicted == nullptr) return;
  line_.clear();
  formatter_.AppendContradicted(line_, decision, late,
                                late.source < sources_.size() ? std::string_view(sources_[late.source]) : std::string_view());
  line_ += '\n';
  files_.contradicted->Write(line_);
}

bool JsonDecisionSink::failed() const {
  for (const FileWriter* file : {files_.decisions, files_.suppressed, files_.traps, files_.late, files_.contradicted}) {
    if (file != nullptr && file->failed()) return true;
  }
  return false;
}

Result<void> JsonDecisionSink::Flush() {
  Result<void> status;
  for (FileWriter* file : {files_.decisions, files_.suppressed, files_.traps, files_.late, files_.contradicted}) {
    if (file == nullptr) continue;
    Result<void> flushed = file->Flush();
    if (!flushed.ok() && status.ok()) status = flushed;
  }
  return status;
}

}  // namespace mrule::runtime
