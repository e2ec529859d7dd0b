// SPDX-License-Identifier: Apache-2.0
// Reports for a terminal:
//
//   error[E0101]: expected a number, found `pause`
//    --> rules.mrule:3:14
//     |
//   3 | when roas <  pause campaign
//     |           -  ^^^^^
//     |           |
//     |           of this comparison
//     |
//     = expected: a number such as `1.2`
//
// Rule text is shown with what could steer a terminal, or reorder a line, replaced; and of a long line only
// the part around the mark, so that a file without line breaks stays readable.
#include <algorithm>
#include <map>
#include <vector>

#include "compiler/diagnostics/render.h"

namespace mrule::diagnostics {
namespace {

using source::File;
using source::SourceSet;
using source::Span;

constexpr uint32_t kWholeLineColumnsMax = 200;
constexpr uint32_t kWindowColumns = 160;       // of a longer line
constexpr uint32_t kWindowColumnsBefore = 60;  // of these, before the mark
constexpr size_t kFixLinesMax = 6;
constexpr size_t kFixInlineBytesMax = 80;
constexpr std::string_view kCut = "...";

enum class Style : uint8_t { kPlain, kBold, kGutter, kError, kWarning, kNote, kRemoved, kAdded };

std::string_view EscapeOf(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kGutter:
      return "\x1b[1;34m";
    case Style::kError:
      return "\x1b[1;31m";
    case Style::kWarning:
      return "\x1b[1;33m";
    case Style::kNote:
      return "\x1b[1;36m";
    case Style::kRemoved:
      return "\x1b[31m";
    case Style::kAdded:
      return "\x1b[32m";
  }
  return "";
}

Style StyleOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return Style::kError;
    case Severity::kWarning:
      return Style::kWarning;
    case Severity::kNote:
      return Style::kNote;
  }
  return Style::kPlain;
}

size_t CharacterEnd(std::string_view text, size_t i) {
  do {
    ++i;
  } while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80);
  return i;
}

bool IsUnsafe(std::string_view character) {
  const auto byte = [character](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;  // C1 controls
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  // Line and paragraph separators and the characters that turn the direction of text.
  return (byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||
         (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);
}

/// The text with each character one column wide and harmless: spaces for tabs and line breaks, U+FFFD for
/// controls.
std::string Harmless(std::string_view text) {
  std::string shown;
  for (size_t i = 0; i < text.size();) {
    const size_t end = CharacterEnd(text, i);
    const std::string_view character = text.substr(i, end - i);
    if (character == "\t" || character == "\n") {
      shown += ' ';
    } else if (IsUnsafe(character)) {
      shown += "\xEF\xBF\xBD";
    } else {
      shown += character;
    }
    i = end;
  }
  return shown;
}

/// What is underlined of one line.
struct Mark {
  uint32_t begin;  // bytes of the file, within the line
  uint32_t end;
  bool primary;
  std::string text;
};

/// What is shown of one line: all of it, or a window.
struct Window {
  uint32_t begin;  // bytes of the file
  uint32_t end;
  bool cut_before;
  bool cut_after;
};

/// A mark in columns of the shown line.
struct Placed {
  uint32_t begin;
  uint32_t end;
  const Mark* mark;
};

using MarksByLine = std::map<uint32_t, std::vector<Mark>>;

class TextRenderer {
 public:
  TextRenderer(const SourceSet& sources, TextOptions options) : sources_(sources), options_(options) {}

  std::string Render(const Diagnostic& diagnostic);

 private:
  void Paint(Style style, std::string_view text);
  void Gutter(std::string_view number, std::string_view sign);
  void Header(const Diagnostic& diagnostic);
  void Snippets(const Diagnostic& diagnostic);
  void Snippet(const File& file, const MarksByLine& marks, Severity severity);
  void SourceLine(const File& file, uint32_t line, const std::vector<Mark>& marks, Severity severity);
  void MarkRows(std::vector<Placed> placed, Severity severity);
  void MarkRow(const std::vector<Placed>& placed, const Placed* captioned, Severity severity);
  void Captions(const std::vector<Placed>& hanging, Severity severity);
  void Footers(const Diagnostic& diagnostic);
  void Footer(std::string_view kind, std::string_view text);
  void ShowFix(const Fix& fix);
  void FixLines(const File& file, uint32_t first_line, std::string_view old_text, std::string_view new_text);

  const SourceSet& sources_;
  TextOptions options_;
  std::string out_;
  size_t gutter_width_ = 1;
  std::vector<std::string> far_labels_;  // captions of marks outside their line's window
};

void TextRenderer::Paint(Style style, std::string_view text) {
  if (!options_.colour || style == Style::kPlain || text.empty()) {
    out_ += text;
    return;
  }
  out_ += EscapeOf(style);
  out_ += text;
  out_ += "\x1b[0m";
}

void TextRenderer::Gutter(std::string_view number, std::string_view sign) {
  std::string gutter(gutter_width_ - std::min(gutter_width_, number.size()), ' ');
  gutter += number;
  gutter += ' ';
  gutter += sign;
  Paint(Style::kGutter, gutter);
}

Span Clamped(const File& file, Span span) {
  span.begin = std::min(span.begin, file.size());
  span.end = std::clamp(span.end, span.begin, file.size());
  return span;
}

/// The line that a span's last byte is on.
uint32_t LastLineOf(const File& file, Span span) {
  return file.LineOf(span.empty() ? span.begin : span.end - 1);
}

/// Splits a span into marks: one, or for several lines the first and the last, which bears the text.
void AddMarks(const File& file, Span span, bool primary, std::string text, MarksByLine& marks) {
  span = Clamped(file, span);
  const uint32_t first = file.LineOf(span.begin);
  const uint32_t last = LastLineOf(file, span);
  if (first == last) {
    const uint32_t end = std::max(span.begin, std::min(span.end, file.LineEnd(first)));
    marks[first].push_back({span.begin, end, primary, std::move(text)});
    return;
  }
  marks[first].push_back({span.begin, std::max(span.begin, file.LineEnd(first)), primary, ""});
  const std::string_view line = file.LineText(last);
  const size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  const uint32_t end = std::min(span.end, file.LineEnd(last));
  const uint32_t begin = std::min(file.LineBegin(last) + static_cast<uint32_t>(indent), end);
  marks[last].push_back({begin, end, primary, std::move(text)});
}

Window WindowOf(const File& file, uint32_t line, const std::vector<Mark>& marks) {
  const uint32_t begin = file.LineBegin(line);
  const uint32_t end = file.LineEnd(line);
  const std::string_view bytes = file.bytes();
  // Only a stretch of the line is looked at: it may be as long as the file.
  const auto forward = [&](uint32_t at, uint32_t columns) {
    for (; columns > 0 && at < end; --columns) at = static_cast<uint32_t>(CharacterEnd(bytes, at));
    return std::min(at, end);
  };
  if (end - begin <= kWholeLineColumnsMax || forward(begin, kWholeLineColumnsMax) == end) {
    return {begin, end, false, false};
  }
  uint32_t focus = begin;
  if (!marks.empty()) {
    auto primary = std::find_if(marks.begin(), marks.end(), [](const Mark& mark) { return mark.primary; });
    focus = (primary != marks.end() ? *primary : marks.front()).begin;
  }
  uint32_t from = focus;
  for (uint32_t columns = 0; columns < kWindowColumnsBefore && from > begin; ++columns) {
    do {
      --from;
    } while (from > begin && (static_cast<unsigned char>(bytes[from]) & 0xC0) == 0x80);
  }
  const uint32_t to = forward(from, kWindowColumns);
  return {from, to, from > begin, to < end};
}

/// The columns of the marks in the window, in order of end; those outside it go to `outside`.
std::vector<Placed> Place(const File& file, const Window& window, const std::vector<Mark>& marks,
                          std::vector<const Mark*>& outside) {
  const uint32_t lead = window.cut_before ? static_cast<uint32_t>(kCut.size()) : 0;
  const auto column = [&](uint32_t offset) {
    return lead + source::DisplayWidth(file.bytes().substr(window.begin, offset - window.begin));
  };
  std::vector<Placed> placed;
  for (const Mark& mark : marks) {
    if (mark.begin > window.end || mark.end < window.begin ||
        (mark.begin == window.end && window.cut_after)) {
      outside.push_back(&mark);
      continue;
    }
    const uint32_t begin = column(std::max(mark.begin, window.begin));
    const uint32_t end = column(std::min(mark.end, window.end));
    placed.push_back({begin, std::max(end, begin + 1), &mark});
  }
  return placed;
}

void TextRenderer::MarkRow(const std::vector<Placed>& placed, const Placed* captioned, Severity severity) {
  uint32_t width = 0;
  for (const Placed& p : placed) width = std::max(width, p.end);
  std::string row(width, ' ');
  for (bool primary : {false, true}) {
    for (const Placed& p : placed) {
      if (p.mark->primary == primary)
        std::fill(row.begin() + p.begin, row.begin() + p.end, primary ? '^' : '-');
    }
  }
  Gutter("", "|");
  out_ += ' ';
  for (size_t i = 0; i < row.size();) {
    const size_t end = std::min(row.find_first_not_of(row[i], i), row.size());
    const Style style = row[i] == '^' ? StyleOf(severity) : row[i] == '-' ? Style::kGutter : Style::kPlain;
    Paint(style, std::string_view(row).substr(i, end - i));
    i = end;
  }
  if (captioned != nullptr) {
    out_ += ' ';
    Paint(captioned->mark->primary ? StyleOf(severity) : Style::kGutter, Harmless(captioned->mark->text));
  }
  out_ += '\n';
}

/// Captions below the marks, the rightmost first, each hanging from a bar.
void TextRenderer::Captions(const std::vector<Placed>& hanging, Severity severity) {
  const auto row = [&](size_t begin, const Placed* captioned) {
    Gutter("", "|");
    out_ += ' ';
    uint32_t at = 0;
    for (size_t i = hanging.size(); i-- > begin;) {  // from left to right
      const Placed& p = hanging[i];
      const bool is_caption = &p == captioned;
      if (!is_caption && (p.begin < at || (captioned != nullptr && p.begin >= captioned->begin))) continue;
      out_.append(p.begin - at, ' ');
      const Style style = p.mark->primary ? StyleOf(severity) : Style::kGutter;
      Paint(style, is_caption ? Harmless(p.mark->text) : "|");
      at = p.begin + 1;
    }
    out_ += '\n';
  };
  row(0, nullptr);
  for (size_t i = 0; i < hanging.size(); ++i) row(i, &hanging[i]);
}

void TextRenderer::MarkRows(std::vector<Placed> placed, Severity severity) {
  if (placed.empty()) return;
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return a.begin != b.begin ? a.begin > b.begin
                              : a.mark < b.mark;  // marks lie in one vector, in order of reporting
  });
  uint32_t width = 0;
  for (const Placed& p : placed) width = std::max(width, p.end);
  const auto captioned = std::find_if(
      placed.begin(), placed.end(), [&](const Placed& p) { return !p.mark->text.empty() && p.end == width; });
  MarkRow(placed, captioned == placed.end() ? nullptr : &*captioned, severity);
  std::vector<Placed> hanging;
  for (auto p = placed.begin(); p != placed.end(); ++p) {
    if (p != captioned && !p->mark->text.empty()) hanging.push_back(*p);
  }
  if (!hanging.empty()) Captions(hanging, severity);
}

void TextRenderer::SourceLine(const File& file, uint32_t line, const std::vector<Mark>& marks,
                              Severity severity) {
  const Window window = WindowOf(file, line, marks);
  Gutter(std::to_string(line), "|");
  std::string text(window.cut_before ? kCut : "");
  text += Harmless(file.bytes().substr(window.begin, window.end - window.begin));
  if (window.cut_after) text += kCut;
  if (!text.empty()) out_ += ' ' + text;
  out_ += '\n';

  std::vector<const Mark*> outside;
  MarkRows(Place(file, window, marks, outside), severity);
  for (const Mark* mark : outside) {
    if (mark->text.empty()) continue;
    far_labels_.push_back(std::to_string(line) + ":" + std::to_string(file.CodePointColumn(mark->begin)) +
                          ": " + mark->text);
  }
}

void TextRenderer::Snippet(const File& file, const MarksByLine& marks, Severity severity) {
  Gutter("", "|");
  out_ += '\n';
  uint32_t previous = 0;
  for (const auto& [line, line_marks] : marks) {
    if (previous != 0 && line == previous + 2) SourceLine(file, previous + 1, {}, severity);
    if (previous != 0 && line > previous + 2) {
      Paint(Style::kGutter, kCut);
      out_ += '\n';
    }
    SourceLine(file, line, line_marks, severity);
    previous = line;
  }
}

void TextRenderer::Header(const Diagnostic& diagnostic) {
  const CatalogRow& row = RowOf(diagnostic.id);
  std::string title(SpellingOf(diagnostic.severity));
  title += '[';
  title += row.code;
  title += ']';
  Paint(StyleOf(diagnostic.severity), title);
  Paint(Style::kBold, ": " + Harmless(diagnostic.message));
  out_ += '\n';
}

void TextRenderer::Snippets(const Diagnostic& diagnostic) {
  // The file of the primary span first, then the others in the order in which labels name them.
  std::vector<std::pair<source::FileId, MarksByLine>> files;
  const auto marks_of = [&files](source::FileId id) -> MarksByLine& {
    for (auto& [file, marks] : files) {
      if (file == id) return marks;
    }
    return files.emplace_back(id, MarksByLine()).second;
  };

  std::string caption;
  for (const Label& label : diagnostic.labels) {
    if (label.span != diagnostic.primary) continue;
    if (!caption.empty()) caption += "; ";
    caption += label.text;
  }
  const Span primary = diagnostic.primary;
  if (primary.has_file()) AddMarks(sources_[primary.file], primary, true, caption, marks_of(primary.file));
  for (const Label& label : diagnostic.labels) {
    if (label.span == primary || !label.span.has_file()) continue;
    AddMarks(sources_[label.span.file], label.span, false, label.text, marks_of(label.span.file));
  }

  uint32_t line_max = 1;
  for (const auto& [file, marks] : files) line_max = std::max(line_max, marks.rbegin()->first);
  for (const Fix& fix : diagnostic.fixes) {
    if (!fix.span.has_file()) continue;
    const File& file = sources_[fix.span.file];
    line_max = std::max(line_max, file.LineOf(fix.span.end) + static_cast<uint32_t>(kFixLinesMax));
  }
  gutter_width_ = std::to_string(line_max).size();

  for (const auto& [id, marks] : files) {
    const File& file = sources_[id];
    const bool is_primary = primary.has_file() && id == primary.file;
    const uint32_t begin = is_primary ? primary.begin : marks.begin()->second.front().begin;
    const source::Position position = file.PositionOf(begin);
    Paint(Style::kGutter, std::string(gutter_width_, ' ') + (is_primary ? "--> " : "::: "));
    out_ += Harmless(file.name()) + ":" + std::to_string(position.line) + ":" +
            std::to_string(position.column) + "\n";
    Snippet(file, marks, diagnostic.severity);
  }
}

void TextRenderer::Footer(std::string_view kind, std::string_view text) {
  Gutter("", "= ");
  Paint(Style::kBold, kind);
  out_ += ": " + Harmless(text) + "\n";
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

void TextRenderer::FixLines(const File& file, uint32_t first_line, std::string_view old_text,
                            std::string_view new_text) {
  const auto show = [&](std::string_view text, std::string_view sign, Style style) {
    uint32_t line = first_line;
    for (std::string_view piece : Lines(text)) {
      Gutter(std::to_string(line++), "");
      Paint(style, std::string(sign) + (piece.empty() ? "" : " ") + Harmless(piece));
      out_ += '\n';
    }
  };
  show(old_text, "-", Style::kRemoved);
  show(new_text, "+", Style::kAdded);
}

void TextRenderer::ShowFix(const Fix& fix) {
  if (!fix.span.has_file()) return Footer("fix", fix.title);
  const File& file = sources_[fix.span.file];
  const Span span = Clamped(file, fix.span);
  const uint32_t first = file.LineOf(span.begin);
  const uint32_t last = file.LineOf(span.end);
  const uint32_t begin = file.LineBegin(first);
  const uint32_t end = std::max(file.LineEnd(last), span.end);
  const std::string_view bytes = file.bytes();

  // Bytes stand in for columns here: too long is only a matter of taste.
  const size_t whole_max = kFixLinesMax * kWholeLineColumnsMax;
  if (last - first < kFixLinesMax && end - begin <= whole_max && fix.replacement.size() <= whole_max) {
    const std::string_view old_text = bytes.substr(begin, end - begin);
    std::string new_text(bytes.substr(begin, span.begin - begin));
    new_text += fix.replacement;
    new_text += bytes.substr(span.end, end - span.end);
    const std::vector<std::string_view> new_lines = Lines(new_text);
    const std::vector<std::string_view> old_lines = Lines(old_text);
    const auto is_long = [](std::string_view line) { return line.size() > kWholeLineColumnsMax; };
    if (new_lines.size() <= kFixLinesMax && std::none_of(new_lines.begin(), new_lines.end(), is_long) &&
        std::none_of(old_lines.begin(), old_lines.end(), is_long)) {
      Footer("fix", fix.title);
      return FixLines(file, first, old_text, new_text);
    }
  }
  std::string text = fix.title;
  if (span.size() <= kFixInlineBytesMax && fix.replacement.size() <= kFixInlineBytesMax) {
    text += ": `" + std::string(file.Text(span)) + "` becomes `" + fix.replacement + "`";
  }
  Footer("fix", text);
}

void TextRenderer::Footers(const Diagnostic& diagnostic) {
  const bool has_snippet = diagnostic.primary.has_file() || !diagnostic.labels.empty();
  const bool has_footer = !diagnostic.expected.empty() || !diagnostic.notes.empty() ||
                          !diagnostic.helps.empty() || !diagnostic.fixes.empty() || !far_labels_.empty();
  if (has_snippet && has_footer) {
    Gutter("", "|");
    out_ += '\n';
  }
  for (const std::string& text : far_labels_) Footer("note", text);
  for (const std::string& text : diagnostic.expected) Footer("expected", text);
  for (const std::string& text : diagnostic.notes) Footer("note", text);
  for (const std::string& text : diagnostic.helps) Footer("help", text);
  for (const Fix& fix : diagnostic.fixes) ShowFix(fix);
}

std::string TextRenderer::Render(const Diagnostic& diagnostic) {
  Header(diagnostic);
  Snippets(diagnostic);
  Footers(diagnostic);
  return std::move(out_);
}

}  // namespace

std::string RenderText(const Diagnostic& diagnostic, const SourceSet& sources, TextOptions options) {
  return TextRenderer(sources, options).Render(diagnostic);
}

std::string RenderText(const Reports& reports, const SourceSet& sources, TextOptions options) {
  std::string out;
  for (const Diagnostic& diagnostic : reports.diagnostics) {
    out += RenderText(diagnostic, sources, options);
    out += '\n';
  }
  const std::string closing = reports.ClosingNote();
  if (!closing.empty()) out += "note: " + closing + "\n";
  return out;
}

}  // namespace mrule::diagnostics
