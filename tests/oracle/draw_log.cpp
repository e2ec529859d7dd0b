// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/drawer.h"

namespace mrule::oracle {

Field Drawer::Money(const std::string& name, bool may_be_null) {
  if (may_be_null && r_.Chance(18)) return {name, "null", {}};
  const Amount& amount = r_.Pick(kAmounts);
  return {name, amount.json, Value::Whole(amount.micros)};
}
Field Drawer::Whole(const std::string& name, int below) {
  const int count = r_.Below(below);
  return {name, std::to_string(count), Value::Whole(count)};
}
Field Drawer::Text(const std::string& name, const std::string& text) {
  return {name, "\"" + text + "\"", Value::Text(text)};
}

Record Drawer::DrawRecord(Time at) {
  Record record;
  record.at = at;
  const std::string contact = fmt::format("c{}", r_.Below(3)), campaign = fmt::format("k{}", r_.Below(2));
  const int kind = r_.Below(10);
  if (kind < 4 && r_.Chance(25)) {
    record.contact = contact;
    record.type = "carted";
    if (r_.Chance(80)) record.fields.push_back(Text("sku", r_.Pick(kSkus)));
    return record;
  }
  if (kind < 4) {
    record.contact = contact;
    record.type = kind < 2 ? "bought" : "opened";
    if (kind == 3) return Attributes(record);
    if (kind == 2) record.fields = {Text("message", r_.Pick(kMessages))};
    if (kind < 2) {
      record.fields = {Money("amount", false)};
      if (r_.Chance(70)) record.fields.push_back(Whole("quantity", 4));
      if (r_.Chance(70)) record.fields.push_back(Text("sku", r_.Pick(kSkus)));
    }
    return record;
  }
  record.campaign = campaign;
  switch (kind) {
    case 4:
      record.type = "campaign";
      if (r_.Chance(60)) {
        const bool active = r_.Chance(60);
        record.fields.push_back(
            {"status", active ? "\"active\"" : "\"paused\"", Value::Whole(active ? 1 : 0)});
      }
      if (r_.Chance(60)) record.fields.push_back(Money("budget", true));
      return record;
    case 5: {
      record.type = "noted";
      const double level = r_.Pick(kNumbers);
      if (r_.Chance(90)) record.fields.push_back({"level", fmt::format("{}", level), Value::Real(level)});
      return record;
    }
    case 6:
      record.type = "clicked";
      if (r_.Chance(80)) record.contact = contact;
      if (!record.contact.empty() && r_.Chance(20)) record.campaign.clear();
      if (r_.Chance(70)) record.fields.push_back(Whole("position", 4));
      return record;
    default:
      return Report(record);
  }
}

Record Drawer::Report(Record record) {
  record.type = "report";
  if (r_.Chance(90)) record.fields.push_back(Money("spend", true));
  if (r_.Chance(85)) record.fields.push_back(Money("revenue", true));
  if (r_.Chance(80)) record.fields.push_back(Whole("clicks", 4));
  return record;
}

Record Drawer::Reported(Time at) {
  Record record;
  record.at = at;
  record.campaign = "k0";
  return Report(record);
}

Record Drawer::Shopped(Time at) {
  Record record;
  record.at = at;
  record.contact = "c0";
  if (calendar_ && r_.Chance(12)) {  // and travels
    record.type = "contact";
    record.fields = {Text("time_zone", r_.Pick(kZones))};
    return record;
  }
  const int kind = r_.Below(5);
  record.type = kind < 2 ? "carted" : kind < 4 ? "bought" : "opened";
  if (kind == 4) {
    record.fields = {Text("message", r_.Pick(kMessages))};
    return record;
  }
  if (kind >= 2) record.fields = {Money("amount", false)};
  if (r_.Chance(80)) record.fields.push_back(Text("sku", r_.Pick(kSkus)));
  return record;
}

Record Drawer::Attributes(Record record) {
  record.type = "contact";
  if (calendar_ && r_.Chance(30)) {
    const std::string zone = r_.Chance(15) ? "Mars/Olympus" : r_.Pick(kZones);
    record.fields = {r_.Chance(10) ? Field{"time_zone", "null", {}} : Text("time_zone", zone)};
    return record;
  }
  switch (r_.Below(5)) {
    case 0: {
      const int plan = r_.Below(3);
      record.fields = {
          {"plan", fmt::format("\"{}\"", kPlans[static_cast<size_t>(plan)]), Value::Whole(plan)}};
      break;
    }
    case 1:
      record.fields = {r_.Chance(25) ? Field{"country", "null", {}} : Text("country", r_.Pick(kCountries))};
      break;
    case 2:
      record.fields = {Money("balance", true)};
      break;
    case 3:
      record.fields = {{"tags", "[\"hot\",\"cold\"]", Value::Set({"hot", "cold"})}};
      break;
    default: {
      const Time joined = record.at - (r_.Chance(50) ? 0 : Duration());
      record.fields = {{"joined_at", "\"" + Print(joined) + "\"", Value::Whole(joined)}};
      break;
    }
  }
  return record;
}

void Drawer::DrawLog(Case& made) {
  const bool beside = r_.Chance(30), hourly = r_.Chance(25);
  // In some logs most is about one subject: a campaign whose reports come as late as they are good for, or
  // twice that; a contact who puts into carts, opens and buys.
  const int about = r_.Below(5);
  const bool polled = about == 0, shopper = about == 1;
  Time at = start_;
  const int records = 15 + r_.Below(40);
  for (int i = 0; i < records; ++i) {
    at += kMinute * (polled    ? r_.Pick(std::array<int, 6>{0, 0, 30, 60, 90, 180})
                     : shopper ? r_.Pick(std::array<int, 6>{0, 30, 30, 60, 60, 180})
                     : hourly  ? r_.Pick(std::array<int, 5>{0, 0, 0, 60, 60})
                               : r_.Pick(std::array<int, 9>{0, 0, 0, 30, 30, 60, 60, 120, 360}));
    if (!hourly && r_.Chance(4)) at += kDay;
    const Time when = at + (beside && r_.Chance(30) ? r_.Below(3) : 0);
    made.log.push_back(!r_.Chance(65) ? DrawRecord(when)
                       : polled       ? Reported(when)
                       : shopper      ? Shopped(when)
                                      : DrawRecord(when));
  }
  if (r_.Chance(20)) {  // some records have ids, and some of those come again, as themselves or not
    if (r_.Chance(60)) made.program.horizon = Duration();
    for (size_t i = made.log.size(); i-- > 0;) {
      if (!r_.Chance(30)) continue;
      made.log[i].id = fmt::format("i{}", r_.Below(8));
      if (r_.Chance(30)) made.log.insert(made.log.begin() + static_cast<long>(i), made.log[i]);
    }
  }
  if (r_.Chance(15)) {
    DrawOrigins(made);
  } else if (r_.Chance(20)) {
    made.program.lateness = r_.Chance(50) ? kHour : 3 * kHour;
    Shuffle(made.log);
  } else {
    Sort(made.log);
  }
  made.until = at + 4 * kDay;
  for (const char* contact : {"c0", "c1", "c2"}) {
    Record asked;
    asked.at = made.until;
    asked.type = "asked";
    asked.contact = contact;
    made.log.push_back(asked);
  }
  for (const char* campaign : {"k0", "k1"}) {
    Record audited;
    audited.at = made.until;
    audited.type = "audited";
    audited.campaign = campaign;
    made.log.push_back(audited);
  }
}

/// Several sources, each more or less in order, one of them perhaps silent for a while.
void Drawer::DrawOrigins(Case& made) {
  const int count = 2 + r_.Below(2);
  for (int i = 0; i < count; ++i) {
    made.origins.push_back({r_.Pick(std::array<Time, 4>{0, 0, kHour, 3 * kHour}),
                            r_.Pick(std::array<Time, 4>{kHour, 6 * kHour, 2 * kDay, 30 * kDay})});
  }
  Sort(made.log);
  for (Record& record : made.log) record.source = static_cast<size_t>(r_.Below(r_.Chance(30) ? 1 : count));
  const int swaps = 1 + r_.Below(3);  // how far records may come out of order
  for (int i = 0; i < swaps; ++i) Shuffle(made.log);
}

void Drawer::Sort(std::vector<Record>& log) {
  for (size_t i = 1; i < log.size(); ++i) {
    for (size_t j = i; j > 0 && log[j].at < log[j - 1].at; --j) std::swap(log[j], log[j - 1]);
  }
}

void Drawer::Shuffle(std::vector<Record>& log) {
  for (size_t i = 0; i + 1 < log.size(); ++i) {
    if (r_.Chance(40)) std::swap(log[i], log[i + 1]);
  }
}

}  // namespace mrule::oracle
