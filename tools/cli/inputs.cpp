// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/inputs.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "compiler/base/limits.h"
#include "runtime/json/instant.h"
#include "tools/cli/output.h"

namespace mrule::cli {

namespace {

constexpr std::string_view kForm = "--events [NAME=]FILE[;lateness=DURATION][;idle=DURATION]";

bool IsName(std::string_view text) {
  const auto is_name_char = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !text.empty() && text != "-" && std::all_of(text.begin(), text.end(), is_name_char);
}

Result<void> ReadSetting(std::string_view setting, InputOptions& input) {
  const size_t equals = setting.find('=');
  const std::string_view key = setting.substr(0, equals);
  const std::string value(equals == std::string_view::npos ? std::string_view() : setting.substr(equals + 1));
  std::optional<int64_t>* into = key == "lateness" ? &input.source.lateness_micros : key == "idle" ? &input.source.idle_micros : nullptr;
  if (into == nullptr) return Error{fmt::format("`{}` is no setting of a source: {}", key, kForm)};
  int64_t micros = 0;
  if (runtime::ParseDuration(value, &micros) != runtime::TimeFault::kNone || micros < 0) {
    return Error{fmt::format("{} \"{}\" is no duration such as 10min or 2h", key, value)};
  }
  *into = micros;
  return {};
}

Result<InputOptions> ReadInput(std::string_view text) {
  InputOptions input;
  std::string_view settings;
  if (const size_t end = text.find(';'); end != std::string_view::npos) {
    settings = text.substr(end + 1);
    text = text.substr(0, end);
  }
  if (const size_t equals = text.find('='); equals != std::string_view::npos && IsName(text.substr(0, equals))) {
    input.source.name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
  }
  input.path = text;
  if (input.path.empty()) return Error{fmt::format("a source has no file: {}", kForm)};
  if (input.source.name.empty()) {
    input.source.name = input.path == "-" ? "stdin" : std::filesystem::path(input.path).stem().string();
  }
  while (!settings.empty()) {
    const size_t end = std::min(settings.find(';'), settings.size());
    if (Result<void> read = ReadSetting(settings.substr(0, end), input); !read.ok()) return read.error();
    settings.remove_prefix(std::min(end + 1, settings.size()));
  }
  return input;
}

}  // namespace

Result<std::vector<InputOptions>> ReadInputs(const std::vector<std::string>& events) {
  if (events.size() > limits::kSourcesMax) return Error{fmt::format("there are more than {} sources", limits::kSourcesMax)};
  std::vector<InputOptions> inputs;
  for (const std::string& text : events) {
    Result<InputOptions> input = ReadInput(text);
    if (!input.ok()) return input.error();
    for (const InputOptions& other : inputs) {
      if (other.path == input.value().path || SameFile(other.path, input.value().path)) {
        return Error{fmt::format("`{}` is read twice", input.value().path)};
      }
      if (other.source.name == input.value().source.name) {
        return Error{fmt::format("two sources are named `{}`: name them, as in `--events ads={}`", other.source.name, input.value().path)};
      }
    }
    inputs.push_back(std::move(input).value());
  }
  return inputs;
}

Result<Inputs> Inputs::Open(const std::vector<InputOptions>& options) {
  Inputs inputs;
  bool all_files = true;
  for (const InputOptions& one : options) {
    Result<std::unique_ptr<runtime::LineSource>> source = runtime::LineSource::Open(one.path);
    if (!source.ok()) return source.error();
    struct stat info;
    const bool is_file = fstat(source.value()->fd(), &info) == 0 && S_ISREG(info.st_mode);
    all_files &= is_file;
    if (is_file) inputs.bytes_total_ += static_cast<uint64_t>(info.st_size);
    inputs.inputs_.push_back({std::move(source).value(), is_file, false, {}, false});
  }
  if (!all_files) inputs.bytes_total_ = 0;
  return inputs;
}

uint64_t Inputs::bytes_read() const {
  uint64_t bytes = 0;
  for (const Input& input : inputs_) bytes += input.source->bytes_read();
  return bytes;
}

int Inputs::Choose(library::Execution& execution) const {
  if (inputs_.size() == 1) return inputs_[0].ended ? -1 : 0;
  const runtime::SourceClocks& clocks = execution.runner().sources();
  int chosen = -1;
  for (uint32_t i = 0; i < inputs_.size(); ++i) {
    const Input& input = inputs_[i];
    if (input.ended) continue;
    // Of a file, and of a pipe that has something, all will come as soon as it is read: it does not lag.
    const bool ready = input.is_file || !input.lines.empty() || input.source->Ready();
    execution.runner().SetSilent(i, !ready);
    if (ready && (chosen < 0 || clocks.ClockOf(i) < clocks.ClockOf(static_cast<uint32_t>(chosen)))) chosen = static_cast<int>(i);
  }
  return chosen;
}

void Inputs::Wait() const {
  std::vector<pollfd> wanted;
  for (const Input& input : inputs_) {
    if (!input.ended) wanted.push_back({input.source->fd(), POLLIN, 0});
  }
  static_cast<void>(poll(wanted.data(), wanted.size(), -1));
}

Result<void> Inputs::Take(library::Execution& execution, uint32_t index, const std::function<void()>& after) {
  Input& input = inputs_[index];
  if (input.lines.empty()) {
    if (!input.source->Ready()) {  // nothing is left undecided while it waits
      execution.runner().Settle();
      after();
    }
    Result<runtime::LineSource::Buffer> next = input.source->Next();
    if (!next.ok()) return next.error();
    const runtime::LineSource::Buffer& buffer = next.value();
    switch (buffer.kind) {
      case runtime::LineSource::Buffer::Kind::kEnd:
        input.ended = true;
        if (inputs_.size() > 1) execution.runner().EndSource(index);
        return {};
      case runtime::LineSource::Buffer::Kind::kLongLine: execution.FeedLongLine(index, buffer.text); return {};
      case runtime::LineSource::Buffer::Kind::kLines:
        input.lines = buffer.text;
        input.last = buffer.last;
        break;
    }
  }
  // One source is read as fast as it goes; of several, none runs far ahead of the others.
  const size_t used = inputs_.size() == 1 ? execution.Feed(index, input.lines, input.last)
                                          : execution.FeedBatch(index, input.lines, input.last);
  input.lines.remove_prefix(used);
  return {};
}

Result<void> Inputs::FeedAll(library::Execution& execution, const std::function<bool()>& stop, const std::function<void()>& after) {
  const auto all_ended = [this] { return std::all_of(inputs_.begin(), inputs_.end(), [](const Input& input) { return input.ended; }); };
  while (!all_ended() && !stop()) {
    const int chosen = Choose(execution);
    if (chosen < 0) {
      execution.runner().Settle();
      after();
      Wait();
      continue;
    }
    if (Result<void> taken = Take(execution, static_cast<uint32_t>(chosen), after); !taken.ok()) return taken;
    after();
  }
  return {};
}

}  // namespace mrule::cli
