// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/context.h"

#include "compiler/base/check.h"

namespace mrule::plan {
namespace {

size_t HashOf(const ir::Function& function, uint64_t owner) {
  uint64_t h = owner ^ function.outputs;
  auto mix = [&h](uint64_t x) { h = (h ^ x) * 0x9E3779B97F4A7C15u, h ^= h >> 29; };
  for (const ir::Inst& inst : function.code) {
    mix(static_cast<uint64_t>(inst.op) | static_cast<uint64_t>(inst.type) << 8 | static_cast<uint64_t>(inst.builtin) << 16 |
        static_cast<uint64_t>(inst.a) << 32);
    mix(static_cast<uint64_t>(inst.b) << 32 | inst.slot);
    mix(static_cast<uint64_t>(inst.imm));
  }
  return h;
}

}  // namespace

FunctionId Functions::Add(ir::Function function, hir::EntityId entity, hir::EventTypeId event) {
  const size_t hash = HashOf(function, uint64_t{entity.value} << 32 | event.value);
  auto [begin, end] = by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const ir::Function& other = plan_.functions[it->second];
    const Owner& owner = owners_[it->second];
    if (owner.entity == entity && owner.event == event && other.outputs == function.outputs && other.code == function.code) {
      return FunctionId(it->second);
    }
  }
  const FunctionId id(plan_.functions.size());
  by_hash_.emplace(hash, id.value);
  plan_.functions.push_back(std::move(function));
  owners_.push_back({entity, event});
  return id;
}

Context::Context(const hir::Program& program, const source::SourceSet& sources, diagnostics::Emitter& diags)
    : program(program),
      sources(sources),
      diags(diags),
      keys(program),
      constants(program, plan),
      functions(plan),
      holds(program.entities.size()),
      hold_by_slot(program.entities.size()),
      segments(program.entities.size()),
      fields(program.events.size()) {
  for (size_t i = 0; i < program.entities.size(); ++i) states.emplace_back(program, keys, hir::EntityId(i));
}

uint32_t Context::FieldSlot(hir::EventTypeId event, uint32_t field) {
  std::vector<FieldPlan>& planned = plan.events[event.index()].fields;
  auto [it, added] = fields[event.index()].try_emplace(field, static_cast<uint32_t>(planned.size()));
  if (added) {
    const hir::Field& declared = program.events[event].fields[field];
    FieldPlan out;
    out.name = program.Text(declared.name);
    out.type = declared.type;
    if (declared.type.kind == sema::TypeKind::kEnum) out.enum_values = plan.enums[declared.type.detail];
    planned.push_back(std::move(out));
  }
  return it->second;
}

void Context::RetainSlot(hir::EventTypeId event, uint32_t slot) {
  FieldPlan& field = plan.events[event.index()].fields[slot];
  const Physical physical = sema::PhysicalOf(field.type.kind);
  if (physical == Physical::kText || physical == Physical::kSet) field.retained = true;
}

uint32_t Context::WindowIndex(const hir::Window& window) {
  std::string key = hir::WindowText(program, window);
  for (uint32_t i = 0; i < plan.windows.size(); ++i) {
    if (plan.windows[i].key == key) return i;
  }
  Window out;
  out.calendar = window.kind == hir::Window::Kind::kCalendar;
  out.period = window.period;
  out.week_start = window.week_start;
  out.micros = window.micros;
  out.lag_micros = window.lag;
  out.first = window.first;
  out.last = window.last;
  out.so_far = window.so_far;
  if (out.calendar) {
    out.zone = calendar::FindZone(program.Text(window.zone));
    MR_CHECK(out.zone != nullptr, "the checker has found the zone");
  }
  out.key = std::move(key);
  plan.windows.push_back(std::move(out));
  return static_cast<uint32_t>(plan.windows.size() - 1);
}

std::string Context::SourceText(source::Span span) const {
  if (!span.has_file() || span.file.index() >= sources.size()) return "";
  std::string out;
  bool blank = false;
  for (char c : sources[span.file].Text(span)) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      blank = !out.empty();
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

}  // namespace mrule::plan
