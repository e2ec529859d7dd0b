// SPDX-License-Identifier: Apache-2.0
// A small plan made by hand, for tests of what reads and writes data: contacts and campaigns, a handful of
// events with a field of every type. No functions: nothing can be judged with it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/program/program.h"

namespace mrule::test {

using sema::Type;
using sema::TypeKind;

inline Type Required(TypeKind kind, uint32_t detail = 0) { return Type{kind, false, detail}; }
inline Type Optional(TypeKind kind, uint32_t detail = 0) { return Type{kind, true, detail}; }

inline plan::FieldPlan Field(std::string name, Type type, bool retained = false) {
  plan::FieldPlan field;
  field.name = std::move(name);
  field.type = type;
  field.retained = retained;
  return field;
}

inline plan::Attribute Attribute(std::string name, Type type) {
  plan::Attribute attribute;
  attribute.name = std::move(name);
  attribute.type = type;
  return attribute;
}

/// Entities: 0 contact, 1 campaign. Events: 0 opened, 1 purchased, 2 everything, 3 insights (contact or
/// campaign).
inline plan::Plan SmallPlan() {
  plan::Plan plan;
  plan.texts = {"welcome_1", "welcome_2"};
  plan.enums = {{"free", "pro", "enterprise"}};
  plan.currencies = {"USD", "EUR", "GBP", "CHF"};
  plan.entities.resize(2);
  plan.entities[0].name = "contact";
  plan.entities[0].attributes = {
      Attribute("country", Required(TypeKind::kCode)), Attribute("plan", Required(TypeKind::kEnum)),
      Attribute("score", Required(TypeKind::kCount)), Attribute("tags", Required(TypeKind::kSet)),
      Attribute("ltv", Required(TypeKind::kMoney))};
  plan.entities[1].name = "campaign";
  plan.entities[1].attributes = {Attribute("budget", Required(TypeKind::kMoney))};
  plan.events.resize(4);
  plan.events[0].name = "opened";
  plan.events[0].fields = {Field("message", Optional(TypeKind::kMessage))};
  plan.events[0].subjects = {0};
  plan.events[1].name = "purchased";
  plan.events[1].fields = {Field("amount", Required(TypeKind::kMoney)),
                           Field("cart_id", Optional(TypeKind::kText), true),
                           Field("items", Optional(TypeKind::kCount))};
  plan.events[1].subjects = {0};
  plan.events[2].name = "everything";
  plan.events[2].fields = {
      Field("flag", Optional(TypeKind::kBoolean)),    Field("number", Optional(TypeKind::kNumber)),
      Field("count", Optional(TypeKind::kCount)),     Field("ratio", Optional(TypeKind::kRatio)),
      Field("share", Optional(TypeKind::kPercent)),   Field("money", Optional(TypeKind::kMoney)),
      Field("length", Optional(TypeKind::kDuration)), Field("moment", Optional(TypeKind::kInstant)),
      Field("day", Optional(TypeKind::kDate)),        Field("clock", Optional(TypeKind::kTimeOfDay)),
      Field("text", Optional(TypeKind::kText)),       Field("code", Optional(TypeKind::kCode)),
      Field("plan", Optional(TypeKind::kEnum)),       Field("tags", Optional(TypeKind::kSet))};
  plan.events[2].subjects = {0};
  plan.events[3].name = "insights";
  plan.events[3].fields = {Field("spend", Required(TypeKind::kMoney))};
  plan.events[3].subjects = {0, 1};
  return plan;
}

inline std::unique_ptr<runtime::Program> LoadPlan(plan::Plan plan) {
  auto program = runtime::Program::Load(std::move(plan));
  return std::move(program).value();
}

}  // namespace mrule::test
