// SPDX-License-Identifier: Apache-2.0
// The table of builtins, and arithmetic, comparison, text and time kernels against an oracle that is slow and plain. Random cases have
// one fixed seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stdlib/builtins.h"
#include "stdlib/kernels/kernel.h"
#include "tests/unit/exact_arithmetic.h"
#include "tests/unit/kernel_values.h"

using namespace mrule::stdlib::signature;
using mrule::stdlib::BuiltinId;
using mrule::stdlib::BuiltinRow;
using mrule::stdlib::Builtins;
using mrule::stdlib::SigType;

namespace mrule::test {
namespace {

// --- the table ---

TEST(Builtins, EveryRowIsComplete) {
  std::set<std::string_view> names;
  for (const BuiltinRow& row : Builtins()) {
    EXPECT_EQ(&mrule::stdlib::Row(row.id), &row);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_NE(row.address, nullptr) << row.name;
    EXPECT_EQ(row.kernel.substr(0, 5), "mr_k_") << row.name;
    EXPECT_TRUE(row.doc.ends_with(".")) << row.name;
  }
}

TEST(Builtins, NoTwoRowsAcceptTheSame) {
  std::set<std::string> seen;
  for (const BuiltinRow& row : Builtins()) {
    std::string key(row.spelling);
    for (int i = 0; i < row.arity; ++i) key += "/" + std::to_string(static_cast<int>(row.params[i]));
    EXPECT_TRUE(seen.insert(key).second) << row.name;
  }
}

TEST(Builtins, RowsSayTheirSignature) {
  const BuiltinRow& row = mrule::stdlib::Row(BuiltinId::kMulPercentMoney);
  EXPECT_EQ(row.spelling, "*");
  EXPECT_EQ(row.result, SigType::kMoney);
  EXPECT_EQ(row.arity, 2);
  EXPECT_EQ(row.params[0], SigType::kPercent);
  EXPECT_EQ(row.params[1], SigType::kMoney);
  EXPECT_EQ(row.kernel, "mr_k_scale_i64_by_left");
}

// --- arithmetic ---

TEST(Arithmetic, WholeNumbersAreChecked) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.I64(), b = random.I64();
    const __int128 wide_a = a, wide_b = b;
    auto check = [&](__int128 wide, MrStatus (*kernel)(int64_t, int64_t, int64_t*), const char* op) {
      int64_t out = 77;
      const MrStatus status = kernel(a, b, &out);
      const bool fits = wide >= kMin && wide <= kMax;
      ASSERT_EQ(status, fits ? kMrOk : kMrOverflow) << a << op << b;
      ASSERT_EQ(out, fits ? static_cast<int64_t>(wide) : 77) << a << op << b;
    };
    check(wide_a + wide_b, mr_k_add_i64, " + ");
    check(wide_a - wide_b, mr_k_sub_i64, " - ");
    check(wide_a * wide_b, mr_k_mul_i64, " * ");
  }
  int64_t out;
  EXPECT_EQ(mr_k_neg_i64(kMin, &out), kMrOverflow);
  EXPECT_EQ(mr_k_abs_i64(kMin, &out), kMrOverflow);
  EXPECT_EQ(mr_k_abs_i64(-5, &out), kMrOk);
  EXPECT_EQ(out, 5);
}

TEST(Arithmetic, MoneyTimesDoubleIsExactAndRoundedOnce) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.I64();
    const double d = random.F64();
    int64_t out = 0, reversed = 0;
    const MrStatus status = mr_k_scale_i64(a, d, &out);
    ASSERT_TRUE(Same(OracleScale(a, d), status, out)) << a << " * " << d;
    ASSERT_EQ(mr_k_scale_i64_by_left(d, a, &reversed), status);
    ASSERT_EQ(reversed, out);
  }
  int64_t out;
  EXPECT_EQ(mr_k_scale_i64(5, kNan, &out), kMrUnknown);
  EXPECT_EQ(mr_k_scale_i64(5, kInfinity, &out), kMrUnknown);
  for (auto [a, d, expected] :
       std::vector<std::tuple<int64_t, double, int64_t>>{{1, 0.5, 0},
                                                         {3, 0.5, 2},
                                                         {5, 0.5, 2},
                                                         {-1, 0.5, 0},
                                                         {-3, 0.5, -2},
                                                         {100'000'000, 0.2, 20'000'000},
                                                         {kMin, 1, kMin},
                                                         {kMax, -1, -kMax},
                                                         {1, 1e-300, 0},
                                                         {0, 1e300, 0}}) {
    EXPECT_EQ(mr_k_scale_i64(a, d, &out), kMrOk);
    EXPECT_EQ(out, expected) << a << " * " << d;
  }
  EXPECT_EQ(mr_k_scale_i64(kMin, -1, &out), kMrOverflow);
  EXPECT_EQ(mr_k_scale_i64(1, 1e300, &out), kMrOverflow);
}

TEST(Arithmetic, MoneyOverDoubleIsExactAndRoundedOnce) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.I64();
    const double d = random.F64();
    int64_t out = 0;
    const MrStatus status = mr_k_unscale_i64(a, d, &out);
    if (d == 0) {
      ASSERT_EQ(status, kMrUnknown);
      continue;
    }
    ASSERT_TRUE(Same(OracleUnscale(a, d), status, out)) << a << " / " << d;
  }
  int64_t out;
  EXPECT_EQ(mr_k_unscale_i64(5, kNan, &out), kMrUnknown);
  EXPECT_EQ(mr_k_unscale_i64(5, kInfinity, &out), kMrUnknown);
  EXPECT_EQ(mr_k_unscale_i64(1'000'000, 3, &out), kMrOk);
  EXPECT_EQ(out, 333'333);
}

TEST(Arithmetic, MoneyOverCountIsRoundedHalfToEven) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.I64(), b = random.I64();
    int64_t out = 0;
    const MrStatus status = mr_k_split_i64(a, b, &out);
    if (b == 0) {
      ASSERT_EQ(status, kMrUnknown);
      continue;
    }
    const Answer expected = Signed(Rounded(FromU64(Magnitude(a)), FromU64(Magnitude(b))), (a < 0) != (b < 0));
    ASSERT_TRUE(Same(expected, status, out)) << a << " / " << b;
  }
  int64_t out;
  EXPECT_EQ(mr_k_split_i64(kMin, -1, &out), kMrOverflow);
  EXPECT_EQ(mr_k_split_i64(5, 2, &out), kMrOk);
  EXPECT_EQ(out, 2);
  EXPECT_EQ(mr_k_split_i64(7, 2, &out), kMrOk);
  EXPECT_EQ(out, 4);
}

TEST(Arithmetic, MoneyOverMoneyIsTheNearestDouble) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.I64(), b = random.I64();
    double out = 0;
    const MrStatus status = mr_k_div_i64(a, b, &out);
    ASSERT_EQ(status, b == 0 ? kMrUnknown : kMrOk);
    if (b != 0) {
      ASSERT_TRUE(IsNearest(out, a, b)) << a << " / " << b << " = " << out;
    }
  }
}

TEST(Arithmetic, NumbersThatAreNoneAreUnknown) {
  double out = 7;
  EXPECT_EQ(mr_k_div_f64(1, 0, &out), kMrUnknown);
  EXPECT_EQ(mr_k_div_f64(0, 0, &out), kMrUnknown);
  EXPECT_EQ(mr_k_mul_f64(1e200, 1e200, &out), kMrUnknown);
  EXPECT_EQ(mr_k_add_f64(1e308, 1e308, &out), kMrUnknown);
  EXPECT_EQ(mr_k_sub_f64(-1e308, 1e308, &out), kMrUnknown);
  EXPECT_EQ(mr_k_div_f64_count(1, 0, &out), kMrUnknown);
  EXPECT_EQ(mr_k_div_count_f64(3, 0, &out), kMrUnknown);
  EXPECT_EQ(out, 7);
  EXPECT_EQ(mr_k_div_count_f64(3, 2, &out), kMrOk);
  EXPECT_EQ(out, 1.5);
}

TEST(Arithmetic, PercentScales) {
  int64_t money;
  EXPECT_EQ(mr_k_grow_money(50'000'000, 0.2, &money), kMrOk);
  EXPECT_EQ(money, 60'000'000);
  EXPECT_EQ(mr_k_shrink_money(50'000'000, 0.25, &money), kMrOk);
  EXPECT_EQ(money, 37'500'000);
  EXPECT_EQ(mr_k_grow_money(kMax, 0.2, &money), kMrOverflow);
  double number;
  EXPECT_EQ(mr_k_grow_count(50, 0.2, &number), kMrOk);
  EXPECT_EQ(number, 60);
  EXPECT_EQ(mr_k_shrink_f64(2, 0.2, &number), kMrOk);
  EXPECT_EQ(number, 1.6);
}

TEST(Arithmetic, Rounding) {
  Random random;
  auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  for (int i = 0; i < 20'000; ++i) {
    const double d = random.F64();
    double out;
    mr_k_floor_f64(d, &out);
    ASSERT_TRUE(same(out, std::floor(d))) << d;
    mr_k_ceil_f64(d, &out);
    ASSERT_TRUE(same(out, std::ceil(d))) << d;
    ASSERT_FALSE(out == 0 && std::signbit(out));
    mr_k_round_f64(d, &out);
    ASSERT_TRUE(same(out, std::round(d))) << d;
    ASSERT_FALSE(out == 0 && std::signbit(out));

    const int64_t money = random.I64();
    auto check = [&](MrStatus (*kernel)(int64_t, int64_t*), __int128 units) {
      int64_t rounded = 0;
      const __int128 wide = units * 1'000'000;
      const bool fits = wide >= kMin && wide <= kMax;
      ASSERT_EQ(kernel(money, &rounded), fits ? kMrOk : kMrOverflow) << money;
      if (fits) ASSERT_EQ(rounded, static_cast<int64_t>(wide)) << money;
    };
    const __int128 wide = money;
    const __int128 floor = wide / 1'000'000 - (wide % 1'000'000 < 0);
    const __int128 rest = wide - floor * 1'000'000;
    check(mr_k_floor_money, floor);
    check(mr_k_ceil_money, floor + (rest != 0));
    check(mr_k_round_money, floor + (rest > 500'000 || (rest == 500'000 && money > 0)));
  }
}

// --- comparisons, texts, dates ---

TEST(Compare, OrdersAgreeWithEachOther) {
  Random random;
  for (int i = 0; i < 5'000; ++i) {
    const int64_t a = random.I64(), b = random.Below(3) ? random.I64() : a;
    int64_t eq, ne, lt, le, gt, ge, least, greatest;
    mr_k_eq_i64(a, b, &eq), mr_k_ne_i64(a, b, &ne), mr_k_lt_i64(a, b, &lt), mr_k_le_i64(a, b, &le);
    mr_k_gt_i64(a, b, &gt), mr_k_ge_i64(a, b, &ge), mr_k_min_i64(a, b, &least), mr_k_max_i64(a, b, &greatest);
    ASSERT_EQ(eq + lt + gt, 1);
    ASSERT_EQ(ne, 1 - eq);
    ASSERT_EQ(le, lt + eq);
    ASSERT_EQ(ge, gt + eq);
    ASSERT_EQ(least, std::min(a, b));
    ASSERT_EQ(greatest, std::max(a, b));
  }
}

class Texts {
 public:
  const MrText* Add(std::string_view text, uint32_t id = 0) {
    strings_.push_back(std::make_unique<std::string>(text));
    texts_.push_back(std::make_unique<MrText>(
        MrText{strings_.back()->data(), static_cast<uint32_t>(strings_.back()->size()), id}));
    return texts_.back().get();
  }

 private:
  std::vector<std::unique_ptr<std::string>> strings_;
  std::vector<std::unique_ptr<MrText>> texts_;
};

TEST(Text, ComparedByBytes) {
  Random random;
  Texts texts;
  auto any = [&] {
    std::string s;
    for (uint64_t n = random.Below(6); n > 0; --n) s += "ab\x7f\xc3\xa9"[random.Below(5)];
    return s;
  };
  for (int i = 0; i < 5'000; ++i) {
    const std::string a = any(), b = any();
    const MrText *x = texts.Add(a), *y = texts.Add(b);
    int64_t out;
    mr_k_eq_text(x, y, &out);
    ASSERT_EQ(out, a == b);
    mr_k_ne_text(x, y, &out);
    ASSERT_EQ(out, a != b);
    mr_k_lt_text(x, y, &out);
    ASSERT_EQ(out, std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                                [](char l, char r) { return uint8_t(l) < uint8_t(r); }));
    int64_t ge;
    mr_k_ge_text(x, y, &ge);
    ASSERT_EQ(ge, 1 - out);
    mr_k_gt_text(x, y, &out);
    mr_k_le_text(x, y, &ge);
    ASSERT_EQ(ge, 1 - out);
    mr_k_text_contains(x, y, &out);
    ASSERT_EQ(out, a.find(b) != std::string::npos);
    mr_k_text_starts_with(x, y, &out);
    ASSERT_EQ(out, a.starts_with(b));
    mr_k_text_ends_with(x, y, &out);
    ASSERT_EQ(out, a.ends_with(b));
  }
}

TEST(Text, PooledTextsAreEqualByIdAndLengthCountsCharacters) {
  Texts texts;
  int64_t out;
  mr_k_eq_text(texts.Add("same", 1), texts.Add("same", 1), &out);
  EXPECT_EQ(out, 1);
  mr_k_eq_text(texts.Add("same", 1), texts.Add("same", 0), &out);
  EXPECT_EQ(out, 1);
  mr_k_eq_text(texts.Add("a", 1), texts.Add("b", 2), &out);
  EXPECT_EQ(out, 0);
  mr_k_text_length(texts.Add("caf\u00e9 \U0001F600"), &out);
  EXPECT_EQ(out, 6);
  MrText empty{nullptr, 0, 0};
  mr_k_eq_text(&empty, &empty, &out);
  EXPECT_EQ(out, 1);
  mr_k_text_contains(&empty, &empty, &out);
  EXPECT_EQ(out, 1);
  mr_k_text_ends_with(texts.Add("x"), &empty, &out);
  EXPECT_EQ(out, 1);
}

TEST(Text, Sets) {
  Texts texts;
  std::vector<const MrText*> items;
  for (const char* item : {"a", "b", "bb", "d"}) items.push_back(texts.Add(item));
  const MrTextSet set{items.data(), 4, 0}, shorter{items.data(), 3, 0}, empty{nullptr, 0, 0};
  int64_t out;
  for (const char* item : {"a", "b", "bb", "d"}) {
    mr_k_set_contains(&set, texts.Add(item), &out);
    EXPECT_EQ(out, 1) << item;
  }
  for (const char* item : {"", "A", "aa", "c", "e"}) {
    mr_k_set_contains(&set, texts.Add(item), &out);
    EXPECT_EQ(out, 0) << item;
  }
  mr_k_set_contains(&empty, texts.Add("a"), &out);
  EXPECT_EQ(out, 0);
  mr_k_set_size(&set, &out);
  EXPECT_EQ(out, 4);
  mr_k_eq_set(&set, &shorter, &out);
  EXPECT_EQ(out, 0);
  mr_k_ne_set(&set, &set, &out);
  EXPECT_EQ(out, 0);
}

TEST(Time, DatesMoveByWholeDays) {
  constexpr int64_t kDay = 86'400'000'000;
  int64_t out;
  EXPECT_EQ(mr_k_add_date(100, 3 * kDay, &out), kMrOk);
  EXPECT_EQ(out, 103);
  EXPECT_EQ(mr_k_sub_date(100, 3 * kDay, &out), kMrOk);
  EXPECT_EQ(out, 97);
  EXPECT_EQ(mr_k_add_date(100, kDay / 2, &out), kMrUnknown);
  EXPECT_EQ(mr_k_sub_dates(103, 100, &out), kMrOk);
  EXPECT_EQ(out, 3 * kDay);
  EXPECT_EQ(mr_k_sub_dates(kMax, 0, &out), kMrOverflow);
  EXPECT_EQ(mr_k_add_date(kMax, kDay, &out), kMrOverflow);
}

}  // namespace
TEST(Arithmetic, RootsAreThoseOfTheLibraryToTheLastBitButOne) {
  Random random;
  double out = -1;
  for (double square : {1.0, 4.0, 100.0, 1e12, 6.25, 1e-6}) {
    ASSERT_EQ(mr_k_root_f64(square, &out), kMrOk);
    EXPECT_EQ(out, std::sqrt(square)) << square;
  }
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::ldexp(1.0 + static_cast<double>(random.Below(1u << 30)) / (1u << 30), static_cast<int>(random.Below(600)) - 300);
    ASSERT_EQ(mr_k_root_f64(value, &out), kMrOk);
    ASSERT_LE(std::abs(out - std::sqrt(value)), std::nextafter(out, kInfinity) - out) << value;
  }
  for (double nothing : {0.0, -0.0}) {
    ASSERT_EQ(mr_k_root_f64(nothing, &out), kMrOk);
    EXPECT_EQ(out, 0.0);
  }
  EXPECT_EQ(mr_k_root_f64(-4.0, &out), kMrUnknown);
}

}  // namespace mrule::test
