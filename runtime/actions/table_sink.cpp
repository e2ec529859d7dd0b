// SPDX-License-Identifier: Apache-2.0
#include "runtime/actions/table_sink.h"

#include <algorithm>

#include "runtime/json/instant.h"
#include "runtime/value/text_pool.h"

namespace mrule::runtime {
namespace {

constexpr size_t kTimeWidth = 20;
constexpr size_t kRuleWidthMax = 32;
constexpr size_t kSubjectWidth = 20;
constexpr size_t kActionWidthMax = 20;
constexpr size_t kArgumentsWidth = 80;

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCharacter));
}

/// The bytes of the first `count` characters.
std::string_view First(std::string_view text, size_t count) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (StartsCharacter(text[i]) && count-- == 0) return text.substr(0, i);
  }
  return text;
}

}  // namespace

TableFormatter::TableFormatter(const plan::Plan& plan) : plan_(plan), printer_(plan) {
  for (const plan::RulePlan& rule : plan.rules) rule_width_ = std::max(rule_width_, Characters(rule.name));
  for (const plan::RuleCase& rule_case : plan.cases) {
    for (const plan::ActionPlan& action : rule_case.actions)
      action_width_ = std::max(action_width_, Characters(action.name));
  }
  rule_width_ = std::min(rule_width_, kRuleWidthMax);
  action_width_ = std::min(action_width_, kActionWidthMax);
}

void TableFormatter::AppendCell(std::string& out, std::string_view text, size_t width, bool last) {
  const size_t characters = Characters(text);
  if (characters > width) {
    out += First(text, width - 1);
    out += "…";
  } else {
    out += text;
    if (!last) out.append(width - characters, ' ');
  }
  if (!last) out += "  ";
}

void TableFormatter::AppendHeading(std::string& out) {
  AppendCell(out, "time", kTimeWidth);
  AppendCell(out, "rule", rule_width_);
  AppendCell(out, "subject", kSubjectWidth);
  AppendCell(out, "action", action_width_);
  out += "arguments";
}

void TableFormatter::Append(std::string& out, const Decision& decision) {
  AppendCell(out, InstantText(decision.at), kTimeWidth);
  AppendCell(out, plan_.rules[decision.rule].name, rule_width_);
  cell_ = plan_.entities[decision.entity].name + " " + std::string(View(*decision.subject));
  AppendCell(out, cell_, kSubjectWidth);
  const plan::ActionPlan& action = decision.rule_case->actions[decision.action];
  AppendCell(out, action.name, action_width_);
  cell_.clear();
  for (const plan::ArgumentPlan& argument : action.arguments) {
    if (!cell_.empty()) cell_ += ", ";
    cell_ += argument.name + " ";
    const size_t items = std::max(argument.values.size(), argument.templates.size());
    for (size_t i = 0; i < items; ++i) {
      if (i != 0) cell_ += ", ";
      if (i < argument.templates.size() && !argument.templates[i].chunks.empty()) {
        printer_.AppendTemplate(cell_, argument.templates[i], decision.outputs);
      } else if (i < argument.values.size()) {
        printer_.AppendWords(cell_, argument.values[i], decision.outputs);
      }
    }
  }
  std::replace_if(
      cell_.begin(), cell_.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  AppendCell(out, cell_, kArgumentsWidth, /*last=*/true);
  while (!out.empty() && out.back() == ' ') out.pop_back();
}

void TableSink::OnDecision(const Decision& decision) {
  line_.clear();
  if (!headed_) {
    headed_ = true;
    formatter_.AppendHeading(line_);
    line_ += '\n';
  }
  if (decision.text.empty()) {
    formatter_.Append(line_, decision);
  } else {
    line_ += decision.text;
  }
  line_ += '\n';
  writer_.Write(line_);
}

}  // namespace mrule::runtime
