// SPDX-License-Identifier: Apache-2.0
// Nanoseconds per event of the JSON reader, on a stream like workload W2 (12 keys, about 228 bytes, 200
// campaigns, 200,000 contacts, one field in three read), with interning; beside it simdjson's first stage
// alone, the floor, and On-Demand reading the same keys one document at a time. Usage: bench_reader [events]
// [rounds]
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "runtime/json/instant.h"
#include "runtime/json/reader.h"
#include "tests/unit/plan_fixture.h"

namespace {

using mrule::sema::TypeKind;
using namespace mrule;

constexpr const char* kTypes[] = {"page_view",   "email_open", "email_click",
                                  "add_to_cart", "purchase",   "unsubscribe"};

struct Random {
  uint64_t state = 2;
  uint64_t Next() {
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) { return Next() % n; }
};

std::string MakeEvents(size_t count) {
  static constexpr const char* kCampaigns[] = {"welcome", "loyalty", "upgrade", "black-friday", "win-back"};
  static constexpr const char* kCountries[] = {"US", "GB", "DE", "FR", "IN", "BR", "CA", "AU"};
  static constexpr const char* kDevices[] = {"mobile", "desktop", "tablet"};
  std::string text;
  Random random;
  int64_t at = 1'767'225'600'000'000;
  char line[512];
  for (size_t i = 0; i < count; ++i) {
    at += 1'000'000 * static_cast<int64_t>(random.Below(5));
    const uint64_t contact = random.Below(447) * random.Below(447);
    const uint64_t campaign = random.Below(15) * random.Below(15);
    const size_t type = random.Below(6);
    const uint64_t hash = random.Next();
    int size = std::snprintf(
        line, sizeof line,
        "{\"id\":\"e%010zu\",\"type\":\"%s\",\"at\":\"%s\",\"contact\":\"%llu\",\"campaign\":\"%s-%03llu\","
        "\"channel\":\"email\",\"device\":\"%s\",\"country\":\"%s\",\"position\":%llu",
        i, kTypes[type], runtime::InstantText(at).c_str(), static_cast<unsigned long long>(contact),
        kCampaigns[campaign % 5], static_cast<unsigned long long>(campaign), kDevices[hash % 3],
        kCountries[contact % 8], static_cast<unsigned long long>(random.Below(20)));
    text.append(line, static_cast<size_t>(size));
    if (type == 4) {
      size = std::snprintf(line, sizeof line, ",\"amount\":%d.%02d", static_cast<int>(random.Below(300)),
                           static_cast<int>(random.Below(100)));
      text.append(line, static_cast<size_t>(size));
    }
    if (type == 0 || type == 2) {
      size = std::snprintf(line, sizeof line, ",\"url\":\"https://shop.example/sale/%d\"",
                           static_cast<int>(random.Below(5000)));
      text.append(line, static_cast<size_t>(size));
    }
    size = std::snprintf(line, sizeof line, ",\"ip\":\"203.0.%d.%d\",\"msg\":\"%016llx\"}\n",
                         static_cast<int>(hash >> 8 & 255), static_cast<int>(hash & 255),
                         static_cast<unsigned long long>(hash));
    text.append(line, static_cast<size_t>(size));
  }
  return text;
}

plan::Plan MakePlan() {
  plan::Plan plan;
  plan.entities.resize(1);
  plan.entities[0].name = "contact";
  for (const char* type : kTypes) {
    plan::EventPlan event;
    event.name = type;
    event.subjects = {0};
    event.fields = {test::Field("campaign", test::Optional(TypeKind::kText)),
                    test::Field("country", test::Optional(TypeKind::kCode)),
                    test::Field("device", test::Optional(TypeKind::kCode)),
                    test::Field("position", test::Optional(TypeKind::kCount)),
                    test::Field("amount", test::Optional(TypeKind::kMoney)),
                    test::Field("url", test::Optional(TypeKind::kText))};
    plan.events.push_back(std::move(event));
  }
  return plan;
}

struct NoRejects : runtime::RejectSink {
  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view) override {
    std::fprintf(stderr, "line %llu: %.*s %.*s\n", static_cast<unsigned long long>(line),
                 static_cast<int>(code.size()), code.data(), static_cast<int>(reason.size()), reason.data());
  }
};

/// The thread's own time, so that whatever else the machine does counts less.
double Now() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Seconds(double begin) { return Now() - begin; }

uint64_t sum = 0;

double ReadAll(const runtime::Program& program, std::string_view text) {
  NoRejects rejects;
  runtime::JsonReader reader(program, rejects);
  runtime::EventBatch batch;
  const double begin = Now();
  size_t done = 0, events = 0;
  while (done < text.size()) {
    batch.Clear();
    done += reader.Read(text.substr(done), true, 1024, batch);
    events += batch.events.size();
    for (const runtime::Event& event : batch.events) sum += event.subjects[0].hash;
  }
  return Seconds(begin) * 1e9 / static_cast<double>(events);
}

double FirstStage(std::string_view text, size_t events) {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(1 << 16, 1, stage) !=
      simdjson::SUCCESS)
    return 0;
  const double begin = Now();
  for (size_t done = 0; done < text.size();) {
    const size_t size = text.substr(done, size_t{32} << 10).rfind('\n') + 1;
    if (stage->stage1(reinterpret_cast<const uint8_t*>(text.data()) + done, size,
                      simdjson::stage1_mode::regular) != simdjson::SUCCESS)
      return 0;
    sum += stage->n_structural_indexes;
    done += size;
  }
  return Seconds(begin) * 1e9 / static_cast<double>(events);
}

/// The usual way: find_field_unordered for what the plan reads, no typing, no interning.
double OnDemand(std::string_view text, size_t events) {
  simdjson::ondemand::parser parser;
  const double begin = Now();
  for (size_t done = 0; done < text.size();) {
    const size_t size = text.find('\n', done) - done;
    simdjson::ondemand::document document;
    if (parser.iterate(text.data() + done, size, text.size() - done + 64).get(document) != simdjson::SUCCESS)
      return 0;
    simdjson::ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return 0;
    for (const char* key :
         {"id", "type", "at", "contact", "campaign", "device", "country", "position", "amount", "url"}) {
      simdjson::ondemand::value value;
      if (object.find_field_unordered(std::string_view(key)).get(value) == simdjson::SUCCESS)
        sum += value.raw_json_token().size();
    }
    done += size + 1;
  }
  return Seconds(begin) * 1e9 / static_cast<double>(events);
}

}  // namespace

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
  std::string text = MakeEvents(count);
  const size_t size = text.size();
  text.append(64, ' ');
  const std::string_view view(text.data(), size);
  const auto program = test::LoadPlan(MakePlan());
  std::vector<double> reader, first_stage, on_demand;
  for (int i = 0; i < rounds; ++i) {
    reader.push_back(ReadAll(*program, view));
    first_stage.push_back(FirstStage(view, count));
    on_demand.push_back(OnDemand(view, count));
  }
  const auto report = [](const char* name, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    std::printf("%-40s median %6.1f ns/event, %6.1f to %6.1f\n", name, times[times.size() / 2], times.front(),
                times.back());
  };
  std::printf("%zu events of %.0f bytes\n", count, static_cast<double>(size) / static_cast<double>(count));
  report("reader: typed, checked, interned", reader);
  report("simdjson first stage alone", first_stage);
  report("simdjson On-Demand, per line, raw tokens", on_demand);
  return sum == 42 ? 1 : 0;
}
