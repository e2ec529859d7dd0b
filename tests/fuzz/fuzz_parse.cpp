// SPDX-License-Identifier: Apache-2.0
// Any bytes as a rule file through lexer, parser and dump: never a crash, never a hang, and what is wrong is
// said.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "compiler/base/interner.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/load.h"
#include "compiler/diagnostics/render.h"
#include "compiler/source/file.h"
#include "compiler/syntax/parse.h"

namespace {

constexpr const char* kVerbs = R"(
action send {message: message}
action pause campaign
action score {points: number}
action notify {channel: text} {to: text} {message: text}
action add tag {tag: text}
action add to audience {audience: text} on {networks: set of text}
action increase budget by {amount: money or percent} up to {ceiling: optional money}
action set {field: attribute} to {value: any}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mrule;
  source::SourceSet sources;
  diagnostics::Emitter diags;
  syntax::VerbTable verbs;
  syntax::CollectVerbs(sources[sources.AddText("verbs", kVerbs).value()], verbs);
  const std::optional<source::FileId> file = diagnostics::AddText(
      sources, "fuzz.mrule", std::string(reinterpret_cast<const char*>(data), size), diags);
  if (!file) {
    if (!diags.Finish().has_errors()) std::abort();  // refused without a reason
    return 0;
  }
  Interner interner;
  syntax::CollectVerbs(sources[*file], verbs);
  const syntax::Tree tree = syntax::Parse(sources[*file], verbs, interner, diags);
  if (syntax::Dump(tree).empty()) std::abort();
  if (diagnostics::RenderText(diags.Finish(), sources).size() > (size_t{16} << 20)) std::abort();
  return 0;
}
