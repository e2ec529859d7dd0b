// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/record_json.h"

#include "runtime/actions/value_text.h"
#include "runtime/json/instant.h"

namespace mrule::runtime {

void AppendRecordJson(std::string& out, const plan::Plan& plan, const plan::TestRecord& record) {
  const ValuePrinter printer(plan);
  const bool is_event = record.event != plan::kNoHandler;
  out += "{\"type\":";
  AppendJsonText(out, is_event ? plan.events[record.event].name : plan.entities[record.subjects.front().first].name);
  for (const auto& [entity, id] : record.subjects) {
    out += ',';
    AppendJsonText(out, plan.entities[entity].name);
    out += ':';
    AppendJsonText(out, id);
  }
  out += ",\"at\":\"" + InstantText(record.at) + "\"";
  for (const plan::TestValue& value : record.values) {
    out += ',';
    AppendJsonText(out, value.name);
    out += ':';
    if (value.is_list) {
      out += '[';
      for (size_t i = 0; i < value.values.size(); ++i) {
        if (i != 0) out += ',';
        printer.AppendJson(out, value.values[i], nullptr);
      }
      out += ']';
    } else if (value.values.empty()) {
      out += "null";
    } else {
      printer.AppendJson(out, value.values.front(), nullptr);
    }
  }
  out += "}\n";
}

}  // namespace mrule::runtime
