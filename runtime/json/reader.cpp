// SPDX-License-Identifier: Apache-2.0
// Whole lines are copied into the batch's arena in chunks, so that every view into them lives as long as the
// batch, and simdjson's first stage runs over a chunk at a time: half the cost of a run per line. A chunk it
// refuses is read again line by line, so that a bad line costs its neighbours nothing but time. Where a key
// stands twice, the last one counts, as in ECMAScript and most parsers (RFC 8259 leaves it open).
#include "runtime/json/reader.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/check.h"
#include "compiler/base/limits.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/json/decimal.h"
#include "runtime/json/instant.h"
#include "runtime/json/json_check.h"
#include "runtime/json/key_order.h"
#include "runtime/json/key_table.h"
#include "runtime/json/line_walker.h"
#include "runtime/json/values.h"
#include "runtime/value/hash.h"

namespace mrule::runtime {
namespace {

using diagnostics::Args;
using diagnostics::DiagId;

/// Fits the second-level cache beside the positions (4 bytes each, about one for every five bytes).
constexpr size_t kChunkBytes = size_t{32} << 10;
constexpr size_t kChunkBytesMin = size_t{4} << 10;

/// Keys that nobody reads but that come again and again: enough for the order of keys to be foreseen.
constexpr size_t kLearnedKeys = 256;

/// Kinds of lines whose orders of keys are told apart: before the type is known, and by type.
constexpr uint32_t kContexts = 32;

/// Copies, and says whether there is a backslash.
bool CopyFindingEscapes(char* to, const char* from, size_t size) {
  using Block = char __attribute__((vector_size(64)));
  Block found = {};
  size_t i = 0;
  for (; i + sizeof(Block) <= size; i += sizeof(Block)) {
    Block block;
    std::memcpy(&block, from + i, sizeof block);
    std::memcpy(to + i, &block, sizeof block);
    found |= block == '\\';
  }
  std::memcpy(to + i, from + i, size - i);
  char words[sizeof(Block)];
  std::memcpy(words, &found, sizeof words);
  return std::any_of(words, words + sizeof words, [](char c) { return c != 0; }) ||
         std::memchr(from + i, '\\', size - i) != nullptr;
}

/// One record type, compiled.
struct RecordType {
  Event::Kind kind = Event::Kind::kEvent;
  uint32_t index = 0;
  std::string name;
  std::vector<uint32_t> subject_keys;
  std::vector<ValueSpec> values;     // fields or attributes
  std::vector<uint32_t> known_keys;  // sorted; strict_fields only
};

std::string Quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

}  // namespace

struct JsonReader::Impl {
  Impl(const Program& program, RejectSink& sink)
      : plan(program.plan()), rejects(sink), reader(program, walker) {
    at_spec.type.kind = sema::TypeKind::kInstant;
    type_key = keys.Add("type");
    at_key = keys.Add("at");
    id_key = keys.Add("id");
    for (uint32_t i = 0; i < plan.events.size(); ++i) {
      if (!plan.events[i].internal) AddEvent(i);
    }
    for (uint32_t i = 0; i < plan.entities.size(); ++i) AddEntity(i);
    tokens.resize(keys.size());
    stamps.resize(keys.size());
    keys.Learn(kLearnedKeys);
    order.Reset(kContexts, keys.capacity());
    Reserve(kChunkBytes);
  }

  // --- set up ---

  void AddEvent(uint32_t index) {
    const plan::EventPlan& event = plan.events[index];
    RecordType type{Event::Kind::kEvent, index, event.name, {}, {}, {}};
    for (uint32_t entity : event.subjects) type.subject_keys.push_back(keys.Add(plan.entities[entity].name));
    for (const plan::FieldPlan& field : event.fields) {
      ValueSpec spec{field.name, field.type, keys.Add(field.name), field.retained, 0, &field.enum_values};
      if (spec.enum_values->empty()) spec.enum_values = EnumOf(field.type);
      type.values.push_back(std::move(spec));
    }
    AddType(std::move(type), event.declared);
  }

  void AddEntity(uint32_t index) {
    const plan::EntityPlan& entity = plan.entities[index];
    RecordType type{Event::Kind::kAttributes, index, entity.name, {keys.Add(entity.name)}, {}, {}};
    for (const plan::Attribute& attribute : entity.attributes) {
      ValueSpec spec{attribute.name,        attribute.type, keys.Add(attribute.name), true, 0,
                     EnumOf(attribute.type)};
      spec.type.optional = true;
      type.values.push_back(std::move(spec));
    }
    AddType(std::move(type), entity.declared);
  }

  void AddType(RecordType type, const std::vector<std::string>& declared) {
    if (plan.strict_fields) {
      type.known_keys = {type_key, at_key, id_key};
      for (const std::string& name : declared) type.known_keys.push_back(keys.Add(name));
      for (const ValueSpec& spec : type.values) type.known_keys.push_back(spec.key);
      for (uint32_t key : type.subject_keys) type.known_keys.push_back(key);
      std::sort(type.known_keys.begin(), type.known_keys.end());
    }
    // An event and an entity never share a name; if a hand-made plan says so, the event counts.
    if (type_names.Add(type.name) == types.size()) types.push_back(std::move(type));
  }

  const std::vector<std::string>* EnumOf(const sema::Type& type) const {
    static const std::vector<std::string> kNoValues;
    const bool named = type.kind == sema::TypeKind::kEnum && type.detail < plan.enums.size();
    return named ? &plan.enums[type.detail] : &kNoValues;
  }

  void Reserve(size_t bytes) {
    if (bytes <= capacity) return;
    // Past what simdjson counts as its need, for the end marks that the walk wants.
    const size_t wanted = bytes + 64;
    const auto error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, stage);
    MR_CHECK(error == simdjson::SUCCESS, "there is memory for the positions of one chunk of input");
    capacity = bytes;
  }

  // --- chunks ---

  size_t Read(std::string_view buffer, bool last, size_t limit, EventBatch& out) {
    batch = &out;
    reader.SetArena(&out.arena);
    size_t done = 0;
    if (line == 0 && buffer.starts_with("\xEF\xBB\xBF")) done = 3;
    while (out.events.size() < limit && done < buffer.size()) {
      const std::string_view rest = buffer.substr(done);
      // Not much more than what the batch still takes: what is left over of a chunk is read again.
      const size_t room = (limit - out.events.size()) * line_bytes_average;
      const size_t want = std::min(rest.size(), std::clamp(room, kChunkBytesMin, kChunkBytes));
      size_t end = rest.substr(0, want).rfind('\n');
      if (end == std::string_view::npos) end = rest.find('\n', want);
      if (end == std::string_view::npos) {
        if (!last) break;
        end = rest.size();
      } else {
        ++end;
      }
      done += ReadChunk(rest.substr(0, end), limit);
    }
    return done;
  }

  /// `lines` are whole lines. Returns the bytes read, fewer than all if the batch is full.
  size_t ReadChunk(std::string_view lines, size_t limit) {
    const size_t line_end_bytes = lines.ends_with('\n') ? 1 : 0;
    if (lines.size() - line_end_bytes > limits::kLineBytesMax) {  // then it is one line
      RejectLong(lines);
      return lines.size();
    }
    char* copy = static_cast<char*>(batch->arena.Allocate(lines.size() + kPadding, 64));
    const bool escapes = CopyFindingEscapes(copy, lines.data(), lines.size());
    std::memset(copy + lines.size(), ' ', kPadding);
    Reserve(lines.size());
    const bool together = Stage(copy, lines.size(), escapes);
    const uint64_t first_line = line;
    const size_t consumed = together ? ReadTogether(copy, lines.size(), limit, lines.data() + lines.size())
                                     : ReadOneByOne(copy, lines.size(), limit, escapes);
    reader.FlushTexts();
    line_bytes_average = (line_bytes_average * 3 + consumed / (line - first_line)) / 4 + 1;
    return consumed;
  }

  /// The line that begins at `begin` and runs to `end`, without its line end.
  void BeginLine(const char* begin, const char* end) {
    ++line;
    raw = {begin, static_cast<size_t>(end - begin)};
    if (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
  }

  static const char* LineEnd(const char* begin, const char* chunk_end) {
    const auto* found =
        static_cast<const char*>(std::memchr(begin, '\n', static_cast<size_t>(chunk_end - begin)));
    return found != nullptr ? found : chunk_end;
  }

  /// While a chunk is walked, the input behind it (`ahead`, as many bytes) is fetched: its blocks are larger
  /// than the second-level cache, and the copy of the next chunk would wait for every line of them.
  size_t ReadTogether(const char* copy, size_t size, size_t limit, const char* ahead) {
    constexpr size_t kCacheLine = 64;
    const size_t fetches =
        line_bytes_average / kCacheLine + 1;  // for each line, so that no branch depends on its length
    const char* const ahead_end = ahead + size;
    const char* const chunk_end = copy + size;
    const auto end_offset = static_cast<uint32_t>(size);
    const uint32_t* const positions = stage->structural_indexes.get();
    uint32_t position = 0;
    uint32_t begin = 0;
    bool compact = true;  // until a line of this chunk is not
    while (begin < end_offset && batch->events.size() < limit) {
      if (ahead < ahead_end) {
        for (size_t i = 0; i < fetches; ++i) __builtin_prefetch(ahead + i * kCacheLine);
        ahead += fetches * kCacheLine;
      }
      if (compact && positions[position] == begin) {
        if (const uint32_t end = walker.WalkCompact(&position, end_offset, Members(*this)); end != 0) {
          BeginLine(copy + begin, copy + end);
          ReadRecord();
          begin = end + 1;
          continue;
        }
        compact = false;
      }
      const char* const end = LineEnd(copy + begin, chunk_end);
      BeginLine(copy + begin, end);
      ReadLine(&position, static_cast<uint32_t>(end - copy));
      begin = static_cast<uint32_t>(end - copy) + 1;
    }
    return std::min<size_t>(begin, size);
  }

  size_t ReadOneByOne(const char* copy, size_t size, size_t limit, bool escapes) {
    const char* const chunk_end = copy + size;
    const char* begin = copy;
    while (begin < chunk_end && batch->events.size() < limit) {
      const char* const end = LineEnd(begin, chunk_end);
      BeginLine(begin, end);
      ReadAlone(escapes);
      begin = end + 1;
    }
    return std::min(static_cast<size_t>(begin - copy), size);
  }

  /// Finds the positions in `text`; false if there is something wrong in it.
  bool Stage(const char* text, size_t size, bool escapes) {
    const auto error =
        stage->stage1(reinterpret_cast<const uint8_t*>(text), size, simdjson::stage1_mode::regular);
    if (error == simdjson::EMPTY) stage->n_structural_indexes = 0;
    uint32_t* const marks = stage->structural_indexes.get() + stage->n_structural_indexes;
    std::fill(marks, marks + 5, static_cast<uint32_t>(size));
    walker.SetText(text, stage->structural_indexes.get(), escapes);
    return error == simdjson::SUCCESS || error == simdjson::EMPTY;
  }

  void ReadAlone(bool escapes) {
    uint32_t position = 0;
    if (Stage(raw.data(), raw.size(), escapes)) {
      ReadLine(&position, static_cast<uint32_t>(raw.size()));
    } else {
      RejectBadJson();
    }
  }

  // --- one line ---

  /// The members of the line's object, from the walk: where each key's value is.
  struct Members {
    explicit Members(Impl& reader)
        : impl(reader),
          next(reader.order.First(0)),
          tokens(reader.tokens.data()),
          stamps(reader.stamps.data()),
          stamp(++reader.stamp),
          read_keys(reader.tokens.size()),
          type_key(reader.type_key),
          strict(reader.plan.strict_fields) {
      reader.line_type = KeyTable::kNone;
      reader.other_keys.clear();
    }

    [[gnu::always_inline]] uint32_t Foreseen(const char* text) const { return next->At(text); }

    /// The key is empty if it was foreseen.
    [[gnu::always_inline]] bool operator()(const Token& key, const Token& value) {
      uint32_t id = next->id;
      if (key.end == 0 && !strict) [[likely]] {
        ++next;
      } else {
        const FoundKey found = impl.FindKey(next, key);
        if (!found.good) return false;
        id = found.id;
        next = found.next;
      }
      if (value.escaped != 0 && !impl.walker.GoodText(value)) return false;
      if (id < read_keys) {
        tokens[id] = value;
        stamps[id] = stamp;
        if (id == type_key) next = impl.FindType(value, next);
      }
      return true;
    }

    Impl& impl;
    const KeyOrder::Step* next;
    Token* const tokens;
    uint64_t* const stamps;
    const uint64_t stamp;
    const size_t read_keys;
    const uint32_t type_key;
    const bool strict;
  };

  struct FoundKey {
    const KeyOrder::Step* next;
    uint32_t id;
    bool good;
  };

  /// A key that was not foreseen, is too long for that or is written with white space; in strict programs,
  /// any.
  [[gnu::noinline]] FoundKey FindKey(const KeyOrder::Step* expected, Token key) {
    uint32_t id = expected->id;
    std::string_view name;
    const KeyOrder::Step* next = expected + 1;
    if (key.end == 0) {
      name = keys.Name(id);
    } else {
      name = walker.Inside(key);
      if (key.escaped != 0 && !UnescapeKey(&name)) return {next, id, false};
      if (id == KeyTable::kNone || !keys.Is(id, name)) {
        id = keys.FindOrLearn(name);
        next = id == KeyTable::kNone ? expected : order.Found(expected, id, name);
      }
    }
    if (plan.strict_fields) other_keys.push_back({name, id});
    return {next, id, true};
  }

  /// The line's type, if it is a plain text and known; else ReadRecord looks again. Returns the step to go on
  /// from.
  const KeyOrder::Step* FindType(Token value, const KeyOrder::Step* next) {
    const bool plain = walker.base()[value.begin] == '"' && value.escaped == 0;
    line_type = plain ? type_names.Find(walker.Inside(value)) : KeyTable::kNone;
    return order.Same(next, (line_type + 1) % kContexts);
  }

  void ReadLine(uint32_t* position, uint32_t line_end) {
    const auto outcome = walker.Walk(position, line_end, Members(*this));
    if (outcome == LineWalker::Outcome::kObject) {
      ReadRecord();
    } else if (outcome == LineWalker::Outcome::kBad) {
      while (stage->structural_indexes[*position] < line_end) ++*position;
      RejectBadJson();
    }
  }

  bool UnescapeKey(std::string_view* name) {
    char* copy = static_cast<char*>(batch->arena.Allocate(name->size() + KeyTable::kPadding, 1));
    const size_t size = Unescape(*name, copy);
    if (size == SIZE_MAX) return false;
    *name = {copy, size};
    return true;
  }

  bool Has(uint32_t key) const { return stamps[key] == stamp; }

  void ReadRecord() {
    if (!Has(type_key)) return Reject(DiagId::kRecordWithoutType, {});
    if (line_type == KeyTable::kNone && !FindTypeAgain()) return;
    RecordType& type = types[line_type];

    Event& event =
        batch->events.emplace_back();  // made in place: copying it would wait for its parts to be written
    event.kind = type.kind;
    event.type = type.index;
    event.line = line;
    event.raw = raw;
    if (!ReadMembers(type, &event)) batch->events.pop_back();
  }

  bool ReadMembers(RecordType& type, Event* event) {
    if (!ReadInstant(&event->at)) return false;
    if (Has(id_key) && !ReadId(type, &event->id)) return false;
    if (!ReadSubjects(type, event) || !ReadValues(type, event)) return false;
    return !plan.strict_fields || CheckKeys(type);
  }

  /// The type is escaped, or not known: then the line is rejected.
  [[gnu::noinline]] bool FindTypeAgain() {
    const Token& token = tokens[type_key];
    std::string_view name;
    const bool is_text = walker.base()[token.begin] == '"';
    if (is_text && reader.ReadText(token, &name) == ValueFault::kNone)
      line_type = type_names.Find(Padded(token, name));
    if (line_type == KeyTable::kNone) RejectType(token, name);
    return line_type != KeyTable::kNone;
  }

  /// KeyTable reads a few bytes on; the text of a token without escapes lies in the padded chunk, an
  /// unescaped copy does not.
  std::string_view Padded(const Token& token, std::string_view text) {
    if (token.escaped == 0) return text;
    char* copy = static_cast<char*>(batch->arena.Allocate(text.size() + KeyTable::kPadding, 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  bool ReadInstant(int64_t* at) {
    if (!Has(at_key)) {
      Reject(DiagId::kRecordWithoutInstant, {});
      return false;
    }
    const Token& token = tokens[at_key];
    MrValue value;
    const ValueFault fault = reader.Read(at_spec, token, &value);
    if (fault == ValueFault::kNone) {
      *at = value.bits;
      return true;
    }
    if (!RejectText(token, fault, "at")) {
      Reject(DiagId::kRecordInstantWrong,
             Args{{"found", reader.Found(token, fault)}, {"suggestion", EpochHint(token)}});
    }
    return false;
  }

  bool ReadId(const RecordType& type, std::string_view* id) {
    const Token& token = tokens[id_key];
    if (reader.IsNull(token)) return true;
    ValueFault fault = reader.ReadText(token, id);
    if (fault == ValueFault::kNone && id->size() > limits::kTextBytesMax) fault = ValueFault::kTooLong;
    if (fault == ValueFault::kNone) return true;
    ValueSpec spec;
    spec.name = "id";
    spec.type.kind = sema::TypeKind::kText;
    RejectValue(type, spec, token, fault);
    return false;
  }

  bool ReadSubjects(const RecordType& type, Event* event) {
    const size_t count = type.subject_keys.size();
    event->subjects = batch->arena.AllocateArray<SubjectKey>(count);
    bool any = count == 0;
    for (size_t i = 0; i < count; ++i) {
      SubjectKey& subject = event->subjects[i];
      subject = SubjectKey();
      const uint32_t key = type.subject_keys[i];
      if (!Has(key) || reader.IsNull(tokens[key])) continue;
      std::string_view name;
      ValueFault fault = reader.ReadText(tokens[key], &name);
      if (fault == ValueFault::kNone && name.size() > limits::kTextBytesMax) fault = ValueFault::kTooLong;
      if (fault != ValueFault::kNone) {
        if (!RejectText(tokens[key], fault, keys.Name(key))) {
          Reject(DiagId::kSubjectWrong,
                 Args{{"field", keys.Name(key)}, {"found", reader.Found(tokens[key], fault)}});
        }
        return false;
      }
      if (name.empty()) continue;
      subject = {name.data(), static_cast<uint32_t>(name.size()), HashBytes(name)};
      any = true;
    }
    if (!any) {
      std::string subjects;
      for (uint32_t key : type.subject_keys)
        subjects += (subjects.empty() ? "" : ", ") + Quoted(keys.Name(key));
      Reject(DiagId::kRecordWithoutSubject, Args{{"type", type.name}, {"subjects", subjects}});
    }
    return any;
  }

  bool ReadValues(RecordType& type, Event* event) {
    const size_t count = type.values.size();
    event->fields = batch->arena.AllocateArray<MrValue>(count);
    const bool attributes = type.kind == Event::Kind::kAttributes;
    if (attributes) event->present = batch->arena.AllocateArray<uint8_t>(count);
    for (size_t i = 0; i < count; ++i) {
      ValueSpec& spec = type.values[i];
      MrValue& value = event->fields[i];
      value = {0, 0};
      const bool here = Has(spec.key);
      if (attributes) event->present[i] = here ? 1 : 0;
      const bool known = here && !reader.IsNull(tokens[spec.key]);
      if (known) {
        const ValueFault fault = reader.Read(spec, tokens[spec.key], &value);
        if (fault == ValueFault::kNone) continue;
        RejectValue(type, spec, tokens[spec.key], fault);
        return false;
      }
      if (spec.type.optional) continue;
      const std::string expected = ValueReader::Expected(spec);
      if (here) {
        Reject(DiagId::kFieldTypeWrong,
               Args{{"field", spec.name}, {"type", type.name}, {"expected", expected}, {"found", "null"}});
      } else {
        Reject(DiagId::kFieldMissing,
               Args{{"field", spec.name}, {"type", type.name}, {"expected", expected}});
      }
      return false;
    }
    return true;
  }

  bool CheckKeys(const RecordType& type) {
    for (const auto& [name, id] : other_keys) {
      if (id != KeyTable::kNone && std::binary_search(type.known_keys.begin(), type.known_keys.end(), id))
        continue;
      std::vector<std::string_view> known;
      for (uint32_t key : type.known_keys) known.push_back(keys.Name(key));
      Reject(DiagId::kFieldUnknown,
             Args{{"type", type.name}, {"field", Shown(name)}, {"suggestion", Suggestion(name, known)}});
      return false;
    }
    return true;
  }

  // --- rejects: nothing below is hot ---

  void Reject(DiagId id, const Args& args) {
    ++rejected;
    rejects.OnReject(line, diagnostics::CodeOf(id), diagnostics::FormatMessage(id, args), raw);
  }

  static std::string Shown(std::string_view text) {
    constexpr size_t kShownBytes = 80;
    if (text.size() <= kShownBytes) return std::string(text);
    size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "…";
  }

  static std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known) {
    const auto nearest = diagnostics::Nearest(name, known);
    return nearest.has_value() ? "; did you mean " + Quoted(*nearest) + "?" : std::string();
  }

  void RejectType(const Token& token, std::string_view name) {
    std::vector<std::string_view> known;
    for (const RecordType& type : types) known.push_back(type.name);
    Reject(DiagId::kRecordTypeUnknown,
           Args{{"found", reader.Found(token, ValueFault::kType)}, {"suggestion", Suggestion(name, known)}});
  }

  /// An integer in `at` is most likely seconds or milliseconds since 1970: says how the instant is written.
  std::string EpochHint(const Token& token) const {
    const std::string_view text = walker.Text(token);
    int64_t number = 0;
    if (text.size() > 13 || !IsJsonInteger(text) || ParseWhole(text, &number) != NumberFault::kNone ||
        number < 0)
      return {};
    const int64_t micros = number * (text.size() > 11 ? 1'000 : 1'000'000);
    if (micros > limits::kInstantMaxMicros) return {};
    return "; as " + std::string(text.size() > 11 ? "milliseconds" : "seconds") + " since 1970 that is " +
           Quoted(InstantText(micros));
  }

  /// Faults of texts that have a code of their own. False: not one of them.
  bool RejectText(const Token& token, ValueFault fault, std::string_view field) {
    switch (fault) {
      case ValueFault::kNul:
        Reject(DiagId::kLineHasNul, Args{{"byte", ByteOf(token)}});
        return true;
      case ValueFault::kEscape:
        RejectBadJson();
        return true;
      case ValueFault::kTooLong:
        Reject(DiagId::kValueTooLong, Args{{"field", field}, {"limit", limits::kTextBytesMax}});
        return true;
      default:
        return false;
    }
  }

  size_t ByteOf(const Token& token) const {
    return static_cast<size_t>(walker.base() + token.begin - raw.data()) + 1;
  }

  void RejectValue(const RecordType& type, const ValueSpec& spec, const Token& token, ValueFault fault) {
    if (RejectText(token, fault, spec.name)) return;
    Reject(DiagId::kFieldTypeWrong, Args{{"field", spec.name},
                                         {"type", type.name},
                                         {"expected", ValueReader::Expected(spec)},
                                         {"found", reader.Found(token, fault)}});
  }

  void RejectBadJson() {
    const JsonProblem problem = CheckJsonLine(raw);
    switch (problem.fault) {
      case JsonFault::kNone:
        MR_CHECK(false, "a line that the reader refuses is refused by the strict check");
        return;
      case JsonFault::kSyntax:
        return Reject(DiagId::kLineNotJson, Args{{"byte", problem.byte}, {"problem", problem.what}});
      case JsonFault::kNotObject:
        return Reject(DiagId::kLineNotObject, Args{{"found", problem.what}});
      case JsonFault::kTrailing:
        return Reject(DiagId::kLineGoesOn, Args{{"byte", problem.byte}});
      case JsonFault::kTooDeep:
        return Reject(DiagId::kLineTooDeep, Args{{"limit", limits::kJsonDepthMax}});
      case JsonFault::kNotUtf8:
        return Reject(DiagId::kLineNotUtf8, Args{{"byte", problem.byte}});
      case JsonFault::kNul:
        return Reject(DiagId::kLineHasNul, Args{{"byte", problem.byte}});
    }
  }

  void RejectLong(std::string_view text) {
    ++line;
    raw = text.substr(0, kLongLineBytesKept);
    Reject(DiagId::kLineTooLong, Args{{"limit", limits::kLineBytesMax}, {"kept", kLongLineBytesKept}});
  }

  const plan::Plan& plan;
  RejectSink& rejects;
  LineWalker walker;
  ValueReader reader;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  size_t capacity = 0;
  size_t line_bytes_average = 256;

  KeyTable keys;
  KeyOrder order;  // by context: 0 until the type is found
  KeyTable type_names;
  std::vector<RecordType> types;  // by type_names' ids
  uint32_t type_key = 0, at_key = 0, id_key = 0;
  ValueSpec at_spec;

  // Of the line at hand: values by key, valid where the stamp is the line's.
  std::vector<Token> tokens;
  std::vector<uint64_t> stamps;
  uint64_t stamp = 0;
  uint32_t line_type = KeyTable::kNone;                           // into types
  std::vector<std::pair<std::string_view, uint32_t>> other_keys;  // strict_fields only: all keys
  std::string_view raw;
  EventBatch* batch = nullptr;
  uint64_t line = 0;
  uint64_t rejected = 0;
};

JsonReader::JsonReader(const Program& program, RejectSink& rejects)
    : impl_(std::make_unique<Impl>(program, rejects)) {}
JsonReader::~JsonReader() = default;

size_t JsonReader::Read(std::string_view buffer, bool last, size_t limit, EventBatch& batch) {
  return impl_->Read(buffer, last, limit, batch);
}
void JsonReader::ReadAgain(std::string_view text, uint64_t line, EventBatch& batch) {
  const uint64_t lines = std::exchange(impl_->line, line - 1);
  std::string padded(text);
  padded.append(kPadding, ' ');
  impl_->Read(std::string_view(padded).substr(0, text.size()), /*last=*/true, batch.events.size() + 1, batch);
  impl_->line = lines;
}
void JsonReader::RejectLongLine(std::string_view beginning) { impl_->RejectLong(beginning); }
uint64_t JsonReader::lines() const { return impl_->line; }
uint64_t JsonReader::rejected() const { return impl_->rejected; }

}  // namespace mrule::runtime
