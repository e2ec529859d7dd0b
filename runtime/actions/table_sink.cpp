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

TableSink::TableSink(const plan::Plan& plan, FileWriter& writer)
    : plan_(plan), writer_(writer), printer_(plan) {
  for (const plan::RulePlan& rule : plan.rules) rule_width_ = std::max(rule_width_, Characters(rule.name));
  for (const plan::RuleCase& rule_case : plan.cases) {
    for (const plan::ActionPlan& action : rule_case.actions)
      action_width_ = std::max(action_width_, Characters(action.name));
  }
  rule_width_ = std::min(rule_width_, kRuleWidthMax);
  action_width_ = std::min(action_width_, kActionWidthMax);
}

void TableSink::AppendCell(std::string_view text, size_t width, bool last) {
  const size_t characters = Characters(text);
  if (characters > width) {
    line_ += First(text, width - 1);
    line_ += "…";
  } else {
    line_ += text;
    if (!last) line_.append(width - characters, ' ');
  }
  if (!last) line_ += "  ";
}

void TableSink::OnDecision(const Decision& decision) {
  line_.clear();
  if (!headed_) {
    headed_ = true;
    AppendCell("time", kTimeWidth);
    AppendCell("rule", rule_width_);
    AppendCell("subject", kSubjectWidth);
    AppendCell("action", action_width_);
    line_ += "arguments\n";
  }
  AppendCell(InstantText(decision.at), kTimeWidth);
  AppendCell(plan_.rules[decision.rule].name, rule_width_);
  cell_ = plan_.entities[decision.entity].name + " " + std::string(View(*decision.subject));
  AppendCell(cell_, kSubjectWidth);
  const plan::ActionPlan& action = decision.rule_case->actions[decision.action];
  AppendCell(action.name, action_width_);
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
  AppendCell(cell_, kArgumentsWidth, /*last=*/true);
  while (!line_.empty() && line_.back() == ' ') line_.pop_back();
  line_ += '\n';
  writer_.Write(line_);
}

}  // namespace mrule::runtime
