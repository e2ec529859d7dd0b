// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/matcher.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "runtime/match/dense_rows.h"
#include "runtime/match/keyed_rows.h"

namespace mrule::runtime {

namespace {
// Up to here every row is a bit: so few words are and-ed faster than one posting list is found.
constexpr size_t kAllDenseRowsMax = 512;
// Bits of so many rows at once; more are matched in blocks, so that the masks of one block stay in the cache.
constexpr size_t kDenseBlockRows = 16384;
}  // namespace

struct Matcher::Impl {
  Impl(const Program& program_in, const plan::Handler& handler_in) : program(program_in), handler(handler_in) {
    std::vector<uint32_t> rest;
    if (handler.rows.size() <= kAllDenseRowsMax) {
      rest.resize(handler.rows.size());
      std::iota(rest.begin(), rest.end(), 0u);
    } else {
      keyed.emplace(program, handler, &rest);
    }
    for (size_t from = 0; from < rest.size(); from += kDenseBlockRows) {
      const size_t to = std::min(rest.size(), from + kDenseBlockRows);
      dense.emplace_back(program, handler, std::vector<uint32_t>(rest.begin() + from, rest.begin() + to));
    }
  }

  const Program& program;
  const plan::Handler& handler;
  std::vector<DenseRows> dense;
  std::optional<KeyedRows> keyed;
};

Matcher::Matcher(const Program& program, const plan::Handler& handler) : impl_(std::make_unique<Impl>(program, handler)) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;

void Matcher::Match(const MrValue* fields, const MrValue* outputs, std::vector<uint32_t>& rows) {
  Impl& m = *impl_;
  const EventValues values(m.program, m.handler.match_inputs.data(), fields, outputs);
  const size_t before = rows.size();
  for (DenseRows& block : m.dense) block.Match(values, rows);
  if (m.keyed && !m.keyed->empty()) {
    const size_t dense_end = rows.size();
    m.keyed->Match(values, rows);
    if (rows.size() > dense_end && rows.size() > before + 1) {
      std::sort(rows.begin() + static_cast<ptrdiff_t>(before), rows.end());
    }
  }
}

}  // namespace mrule::runtime
