// SPDX-License-Identifier: Apache-2.0
#include "runtime/why/picture.h"

#include <bit>

#include "runtime/actions/value_text.h"
#include "runtime/interp/interpreter.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

std::optional<double> NumberOf(const sema::Type& type, const MrValue& value) {
  if (value.known == 0) return std::nullopt;
  switch (sema::PhysicalOf(type.kind)) {
    case sema::Physical::kF64: return std::bit_cast<double>(value.bits);
    case sema::Physical::kI64:
      if (type.kind == sema::TypeKind::kBoolean || type.kind == sema::TypeKind::kEnum) return std::nullopt;
      return static_cast<double>(value.bits);
    case sema::Physical::kText:
    case sema::Physical::kSet: return std::nullopt;
  }
  return std::nullopt;
}

void AddHold(WhyPart& part, MrFrame& frame) {
  const auto* hold = reinterpret_cast<const MrHold*>(frame.record + part.node->slot);
  part.accrued_micros = hold->accrued + (hold->state == kMrHoldTrue ? frame.now - hold->since : 0);
  part.observations = hold->observations;
  const int64_t due = mr_s_hold_deadline(&frame, part.node->slot, part.node->duration_micros, part.node->observations_min);
  if (due != INT64_MAX) part.due = due;
}

}  // namespace

Picture TakePicture(const Program& program, const plan::WhyCase& why, MrFrame frame) {
  const ValuePrinter printer(program.plan());
  const MrValue* fields = frame.fields;
  std::vector<std::vector<MrValue>> outputs(why.functions.size());
  for (size_t i = 0; i < why.functions.size(); ++i) {
    const plan::WhyFunction& function = why.functions[i];
    outputs[i].assign(function.outputs + 1, MrValue{0, 0});
    frame.fields = function.on_event ? fields : nullptr;
    frame.outputs = outputs[i].data();
    Interpret(program, function.id, &frame);
  }
  frame.outputs = nullptr;
  Picture picture;
  picture.from = &why;
  picture.at = frame.now;
  for (const plan::WhyNode& node : why.nodes) {
    const MrValue& value = outputs[node.function][node.output];
    WhyPart part;
    part.node = &node;
    part.known = value.known != 0;
    if (part.is_condition()) {
      part.truth = !part.known ? Truth::kUnknown : value.bits != 0 ? Truth::kTrue : Truth::kFalse;
    } else {
      part.number = NumberOf(node.type, value);
      printer.AppendWords(part.words, node.type, value);
      printer.AppendJson(part.json, node.type, value);
    }
    if (node.kind == plan::WhyNode::Kind::kHold) AddHold(part, frame);
    picture.parts.push_back(std::move(part));
  }
  return picture;
}

}  // namespace mrule::runtime
