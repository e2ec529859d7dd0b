// SPDX-License-Identifier: Apache-2.0
// Arithmetic kernels against an oracle that is slow and plain: whole numbers of any size. State kernels
// against lists that are searched from the start, and against the golden table of `C for 6h`. Random cases
// have one fixed seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "stdlib/builtins.h"
#include "stdlib/kernels/kernel.h"
#include "stdlib/kernels/state.h"

using namespace mrule::stdlib::signature;
using mrule::stdlib::BuiltinId;
using mrule::stdlib::BuiltinRow;
using mrule::stdlib::Builtins;
using mrule::stdlib::SigType;

namespace {

constexpr int64_t kMin = INT64_MIN, kMax = INT64_MAX;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// --- the oracle: whole numbers of any size, as base 2^32 digits, the lowest first ---

using Big = std::vector<uint32_t>;

void Trim(Big& a) {
  while (!a.empty() && a.back() == 0) a.pop_back();
}
Big FromU64(uint64_t v) {
  Big a{static_cast<uint32_t>(v), static_cast<uint32_t>(v >> 32)};
  Trim(a);
  return a;
}
int Order(const Big& a, const Big& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}
Big Times(const Big& a, const Big& b) {
  Big out(a.size() + b.size(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.size() || carry != 0; ++j) {
      carry += out[i + j] + (j < b.size() ? uint64_t{a[i]} * b[j] : 0);
      out[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  Trim(out);
  return out;
}
Big Shifted(const Big& a, int bits) {
  Big out(bits / 32, 0);
  uint64_t carry = 0;
  for (uint32_t digit : a) {
    carry |= uint64_t{digit} << (bits % 32);
    out.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  out.push_back(static_cast<uint32_t>(carry));
  Trim(out);
  return out;
}
Big Less(const Big& a, const Big& b) {  // a - b, a >= b
  Big out = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    int64_t digit = int64_t{out[i]} - (i < b.size() ? b[i] : 0) - borrow;
    borrow = digit < 0;
    out[i] = static_cast<uint32_t>(digit + (borrow << 32));
  }
  Trim(out);
  return out;
}

/// numerator / denominator to the nearest whole number, halves to even; nothing beyond 2^70.
std::optional<unsigned __int128> Rounded(const Big& numerator, const Big& denominator) {
  unsigned __int128 quotient = 0;
  Big rest = numerator;
  if (Order(rest, Shifted(denominator, 70)) >= 0) return std::nullopt;
  for (int bit = 69; bit >= 0; --bit) {
    const Big part = Shifted(denominator, bit);
    if (Order(rest, part) < 0) continue;
    rest = Less(rest, part);
    quotient |= static_cast<unsigned __int128>(1) << bit;
  }
  const int half = Order(Shifted(rest, 1), denominator);
  if (half > 0 || (half == 0 && (quotient & 1) != 0)) ++quotient;
  return quotient;
}

struct Answer {
  MrStatus status;
  int64_t value;
};

Answer Signed(const std::optional<unsigned __int128>& magnitude, bool negative) {
  const unsigned __int128 limit = (static_cast<unsigned __int128>(1) << 63) - (negative ? 0 : 1);
  if (!magnitude || *magnitude > limit) return {kMrOverflow, 0};
  const uint64_t low = static_cast<uint64_t>(*magnitude);
  return {kMrOk, static_cast<int64_t>(negative ? 0 - low : low)};
}

uint64_t Magnitude(int64_t v) { return v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v); }

/// |d| as numerator / denominator.
std::pair<Big, Big> Fraction(double d) {
  int exponent;
  const double half = std::frexp(std::fabs(d), &exponent);
  const uint64_t mantissa = static_cast<uint64_t>(std::ldexp(half, 53));
  exponent -= 53;
  return {Shifted(FromU64(mantissa), std::max(exponent, 0)), Shifted(FromU64(1), std::max(-exponent, 0))};
}

Answer OracleScale(int64_t v, double d) {
  auto [numerator, denominator] = Fraction(d);
  return Signed(Rounded(Times(FromU64(Magnitude(v)), numerator), denominator), (v < 0) != std::signbit(d));
}
Answer OracleUnscale(int64_t v, double d) {
  auto [numerator, denominator] = Fraction(d);
  return Signed(Rounded(Times(FromU64(Magnitude(v)), denominator), numerator), (v < 0) != std::signbit(d));
}

/// Is `ratio` the double nearest to a / b? Compared with its two neighbours, exactly: |a/b - ratio| <= |a/b -
/// neighbour|.
bool IsNearest(double ratio, int64_t a, int64_t b) {
  if (a == 0) return ratio == 0;
  if ((ratio < 0) != ((a < 0) != (b < 0))) return false;
  const double size = std::fabs(ratio);
  for (const double other : {std::nextafter(size, 0.0), std::nextafter(size, kInfinity)}) {
    // Twice the midpoint is size + other; a/b must lie on our side of it, or on it with our mantissa even.
    auto [n1, d1] = Fraction(size);
    auto [n2, d2] = Fraction(other);
    Big sum = Times(n1, d2);
    const Big more = Times(n2, d1);
    Big total(std::max(sum.size(), more.size()) + 1, 0);
    uint64_t carry = 0;
    for (size_t i = 0; i < total.size(); ++i) {
      carry += (i < sum.size() ? sum[i] : 0) + uint64_t{i < more.size() ? more[i] : 0};
      total[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    Trim(total);
    const Big left = Times(Shifted(FromU64(Magnitude(a)), 1), Times(d1, d2));
    const Big right = Times(total, FromU64(Magnitude(b)));
    const int order = Order(left, right);  // a/b against the midpoint
    uint64_t bits;
    std::memcpy(&bits, &size, sizeof bits);
    if (order == 0 && (bits & 1) != 0) return false;
    if (other < size ? order < 0 : order > 0) return false;
  }
  return true;
}

// --- random values that look for trouble ---

class Random {
 public:
  uint64_t Bits() { return engine_(); }
  uint64_t Below(uint64_t n) { return engine_() % n; }
  int64_t I64() {
    switch (Below(6)) {
      case 0:
        return static_cast<int64_t>(Bits());
      case 1:
        return static_cast<int64_t>(Below(2000)) - 1000;
      case 2:
        return static_cast<int64_t>(Bits() >> Below(64)) * (Below(2) ? 1 : -1);
      case 3:
        return static_cast<int64_t>((uint64_t{1} << Below(64)) + Below(3) - 1);
      case 4:
        return static_cast<int64_t>(Below(100'000)) * 10'000;  // money in cents
      default:
        return std::vector<int64_t>{0, 1, -1, kMin, kMin + 1, kMax, kMax - 1, 1'000'000}[Below(8)];
    }
  }
  double F64() {
    switch (Below(6)) {
      case 0: {
        const uint64_t bits = Bits();
        double d;
        std::memcpy(&d, &bits, sizeof d);
        return std::isfinite(d) ? d : 1.5;
      }
      case 1:
        return static_cast<double>(Below(2001)) / 100 - 10;
      case 2:
        return std::ldexp(static_cast<double>(Bits() >> 11), static_cast<int>(Below(140)) - 100) *
               (Below(2) ? 1 : -1);
      case 3:
        return std::ldexp(1.0, static_cast<int>(Below(140)) - 70);
      case 4:
        return static_cast<double>(Below(1000)) + 0.5;
      default:
        return std::vector<double>{0, -0.0, 0.2, 0.1, 1, -1, 0.5, 5e-324, 1.7e308, 1e-6}[Below(10)];
    }
  }

 private:
  std::mt19937_64 engine_{20261121};
};

/// What the oracle says is what the kernel said and, if it gave a value, wrote.
::testing::AssertionResult Same(const Answer& expected, MrStatus status, int64_t value) {
  if (expected.status == status && (status != kMrOk || expected.value == value))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "expected " << expected.status << ": " << expected.value << ", got "
                                       << status << ": " << value << " for ";
}

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

// --- state ---

struct Host {
  std::vector<std::vector<MrWindowEntry>> rings;
  std::vector<uint64_t> scratch;
  std::map<MrDistinct*, std::set<int64_t>> sets;
  uint64_t log_capacity_max = 1u << 20;
  bool scratch_ends = false;
  std::vector<std::array<int64_t, 3>> windows;  // what mr_rt_window says
} host;

class State : public ::testing::Test {
 protected:
  State() {
    host = Host();
    record_.assign(64, 0);
    frame_ = {};
    frame_.record = reinterpret_cast<char*>(record_.data());
  }
  template <typename Slot>
  Slot* At(uint32_t off) {
    return reinterpret_cast<Slot*>(frame_.record + off);
  }
  MrFrame* At(int64_t now) {
    frame_.now = now;
    return &frame_;
  }
  MrStatus TakeTrap() { return std::exchange(frame_.trap, kMrOk); }

  std::vector<int64_t> record_;
  MrFrame frame_;
};

int64_t BitsOf(double d) {
  int64_t bits;
  std::memcpy(&bits, &d, sizeof bits);
  return bits;
}
double DoubleOf(int64_t bits) {
  double d;
  std::memcpy(&d, &bits, sizeof d);
  return d;
}

}  // namespace

extern "C" {
MrWindowEntry* mr_rt_log_grow(MrFrame*, MrLog* log) {
  const uint64_t old = log->entries == nullptr ? 0 : log->mask + 1, capacity = old == 0 ? 2 : old * 2;
  if (capacity > host.log_capacity_max) return nullptr;
  host.rings.emplace_back(capacity);
  MrWindowEntry* entries = host.rings.back().data();
  for (uint64_t p = log->base; p != log->tail; ++p) entries[p & (capacity - 1)] = log->entries[p & log->mask];
  log->entries = entries;
  log->mask = capacity - 1;
  return entries;
}
MrStatus mr_rt_distinct_add(MrFrame*, MrDistinct* distinct, int64_t bits) {
  if (host.sets[distinct].size() == 4 && !host.sets[distinct].contains(bits)) return kMrWindowFull;
  distinct->count += host.sets[distinct].insert(bits).second;
  return kMrOk;
}
void mr_rt_window(MrFrame*, uint32_t window, int64_t* bounds) {
  std::copy(host.windows[window].begin(), host.windows[window].end(), bounds);
}
void* mr_rt_scratch(MrFrame*, uint64_t bytes) {
  if (host.scratch_ends) return nullptr;
  host.scratch.assign((bytes + 7) / 8, 0);
  return host.scratch.data();
}
// Says what it was asked: which test, and whether the subject has a zone of its own.
int64_t mr_rt_in_clock(MrFrame*, int64_t clock_test, const MrText* zone) { return clock_test * 2 + (zone != nullptr ? 1 : 0); }
int64_t mr_rt_today(MrFrame* frame, int64_t clock_test, const MrText* zone) {
  return frame->now + mr_rt_in_clock(frame, clock_test, zone);
}
}

namespace {

TEST_F(State, TotalsRefuseOverflow) {
  mr_s_total_add(At(1), 16, kMax - 1);
  mr_s_total_add(At(1), 16, 2);
  EXPECT_EQ(TakeTrap(), kMrOverflow);
  EXPECT_EQ(mr_s_total_read(&frame_, 16), kMax - 1);
  mr_s_total_add(At(1), 16, 1);
  EXPECT_EQ(TakeTrap(), kMrOk);
  EXPECT_EQ(mr_s_total_read(&frame_, 16), kMax);
}

TEST_F(State, KeptValues) {
  int64_t out;
  EXPECT_EQ(mr_s_kept_read(&frame_, 0, &out), kMrUnknown);
  for (int64_t v : {5, -3, 9}) {
    mr_s_kept_first(&frame_, 0, v);
    mr_s_kept_min_i64(&frame_, 16, v);
    mr_s_kept_max_i64(&frame_, 32, v);
    mr_s_kept_min_f64(&frame_, 48, BitsOf(static_cast<double>(v)));
    mr_s_kept_max_f64(&frame_, 64, BitsOf(static_cast<double>(v)));
  }
  auto read = [&](uint32_t off) { return mr_s_kept_read(&frame_, off, &out), out; };
  EXPECT_EQ(read(0), 5);
  EXPECT_EQ(read(16), -3);
  EXPECT_EQ(read(32), 9);
  EXPECT_EQ(DoubleOf(read(48)), -3);
  EXPECT_EQ(DoubleOf(read(64)), 9);
  mr_s_kept_set(&frame_, 0, 8);
  EXPECT_EQ(read(0), 8);
  mr_s_kept_unset(&frame_, 0);
  EXPECT_EQ(mr_s_kept_read(&frame_, 0, &out), kMrUnknown);
}

TEST_F(State, AllTimeDistinct) {
  for (int64_t v : {1, 2, 1, 3, 4, 4}) mr_s_distinct_add(&frame_, 16, v);
  EXPECT_EQ(mr_s_distinct_count(&frame_, 16), 4);
  EXPECT_EQ(TakeTrap(), kMrOk);
  mr_s_distinct_add(&frame_, 16, 5);
  EXPECT_EQ(TakeTrap(), kMrWindowFull);
  EXPECT_EQ(mr_s_distinct_count(&frame_, 16), 4);
}

TEST_F(State, NoneInAWindowNeedsTheSubjectToBeOldEnough) {
  *At<int64_t>(kMrFirstSeenOffset) = 100;
  At<MrLastAt>(16)->at = kMin;
  int64_t out;
  EXPECT_EQ(mr_s_none_in(At(109), 16, 10, 0, &out), kMrUnknown);
  EXPECT_EQ(mr_s_none_in(At(109), 16, 10, 1, &out), kMrOk);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_none_in(At(110), 16, 10, 0, &out), kMrOk);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_none_in(At(110), 16, 0, 0, &out), kMrOk);
  EXPECT_EQ(out, 1);
  mr_s_last_at_set(At(115), 16);
  EXPECT_EQ(mr_s_last_at_read(&frame_, 16), 115);
  EXPECT_EQ(mr_s_none_in(At(124), 16, 10, 0, &out), kMrOk);
  EXPECT_EQ(out, 0);
  EXPECT_EQ(mr_s_none_in(At(125), 16, 10, 0, &out), kMrOk);  // (115, 125]
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_none_in(At(125), 16, 0, 0, &out), kMrOk);
  EXPECT_EQ(out, 0);
}

TEST_F(State, RecentInstants) {
  Random random;
  for (uint32_t capacity : {1u, 2u, 3u, 7u, 8u}) {
    for (bool ring : {true, false}) {
      auto* add = ring ? &mr_s_recents_add : &mr_s_latest_add;
      auto* count = ring ? &mr_s_recents_count : &mr_s_latest_count;
      auto* leave_at = ring ? &mr_s_recents_leave_at : &mr_s_latest_leave_at;
      std::fill(record_.begin(), record_.end(), 0);
      std::vector<int64_t> all;
      int64_t now = -1000;
      for (int i = 0; i < 3000; ++i) {
        now += static_cast<int64_t>(random.Below(4));
        if (random.Below(2)) {
          add(At(now), 16, capacity);
          all.push_back(now);
        }
        const int64_t window = 1 + static_cast<int64_t>(random.Below(12));
        std::vector<int64_t> inside;
        for (int64_t at : all) {
          if (at > now - window) inside.push_back(at);
        }
        if (inside.size() > capacity) inside.erase(inside.begin(), inside.end() - capacity);
        ASSERT_EQ(count(At(now), 16, capacity, window), static_cast<int64_t>(inside.size()));
        ASSERT_EQ(leave_at(At(now), 16, capacity, window), inside.empty() ? kMax : inside.front() + window);
      }
    }
  }
}

constexpr uint32_t kLog = 16, kShort = 64, kLong = 80;

TEST_F(State, WindowsShareALog) {
  Random random;
  constexpr int64_t kShortWindow = 10, kLongWindow = 40;
  std::vector<MrWindowEntry> all;
  int64_t now = -50;
  for (int i = 0; i < 20'000; ++i) {
    now += random.Below(10) == 0 ? static_cast<int64_t>(random.Below(60))
                                 : static_cast<int64_t>(random.Below(2));
    At(now);
    mr_s_cursor_advance(&frame_, kLog, kShort, kShortWindow);
    mr_s_cursor_advance(&frame_, kLog, kLong, kLongWindow);
    mr_s_log_trim(&frame_, kLog, kLong);
    if (random.Below(3) != 0) {
      const int64_t value = static_cast<int64_t>(random.Below(50)) - 20;
      ASSERT_EQ(mr_s_log_add(&frame_, kLog, value), 1);
      mr_s_cursor_add(&frame_, kShort, value);
      mr_s_cursor_add(&frame_, kLong, value);
      all.push_back({now, value});
    }
    for (auto [cursor, window] : {std::pair{kShort, kShortWindow}, std::pair{kLong, kLongWindow}}) {
      std::vector<int64_t> values;
      int64_t oldest = kMax, sum = 0;
      for (size_t e = all.size(); e-- > 0 && all[e].at > now - window;) {
        values.insert(values.begin(), all[e].value);
        sum += all[e].value;
        oldest = all[e].at;
      }
      ASSERT_EQ(mr_s_cursor_sum(&frame_, cursor), sum);
      ASSERT_EQ(mr_s_cursor_count(&frame_, kLog, cursor), static_cast<int64_t>(values.size()));
      ASSERT_EQ(mr_s_cursor_leave_at(&frame_, kLog, cursor, window), values.empty() ? kMax : oldest + window);
      int64_t out = 0;
      ASSERT_EQ(mr_s_cursor_distinct(&frame_, kLog, cursor, &out), kMrOk);
      ASSERT_EQ(out, static_cast<int64_t>(std::set<int64_t>(values.begin(), values.end()).size()));
      const MrStatus expected = values.empty() ? kMrUnknown : kMrOk;
      ASSERT_EQ(mr_s_cursor_first(&frame_, kLog, cursor, &out), expected);
      if (values.empty()) {
        ASSERT_EQ(mr_s_cursor_last(&frame_, kLog, cursor, &out), kMrUnknown);
        ASSERT_EQ(mr_s_cursor_min_i64(&frame_, kLog, cursor, &out), kMrUnknown);
        ASSERT_EQ(mr_s_cursor_max_f64(&frame_, kLog, cursor, &out), kMrUnknown);
        continue;
      }
      ASSERT_EQ(out, values.front());
      mr_s_cursor_last(&frame_, kLog, cursor, &out);
      ASSERT_EQ(out, values.back());
      mr_s_cursor_min_i64(&frame_, kLog, cursor, &out);
      ASSERT_EQ(out, *std::min_element(values.begin(), values.end()));
      mr_s_cursor_max_i64(&frame_, kLog, cursor, &out);
      ASSERT_EQ(out, *std::max_element(values.begin(), values.end()));
    }
    ASSERT_EQ(frame_.trap, kMrOk);
  }
  EXPECT_LE(At<MrLog>(kLog)->mask, 127u);  // what is trimmed is used again
}

TEST_F(State, WindowsOfDoublesAreOrderedAsDoubles) {
  for (double value : {2.5, -7.0, 3.0}) mr_s_log_add(At(1), kLog, BitsOf(value));
  int64_t out;
  mr_s_cursor_min_f64(&frame_, kLog, kShort, &out);
  EXPECT_EQ(DoubleOf(out), -7.0);
  mr_s_cursor_max_f64(&frame_, kLog, kShort, &out);
  EXPECT_EQ(DoubleOf(out), 3.0);
}

TEST_F(State, LargeDistinctTakesScratchMemory) {
  Random random;
  std::set<int64_t> seen;
  for (int i = 0; i < 5000; ++i) {
    const int64_t value =
        static_cast<int64_t>(random.Below(1000)) * 4096;  // alike in their low bits, as pointers are
    mr_s_log_add(At(i), kLog, value);
    seen.insert(value);
  }
  int64_t out;
  EXPECT_EQ(mr_s_cursor_distinct(&frame_, kLog, kShort, &out), kMrOk);
  EXPECT_EQ(out, static_cast<int64_t>(seen.size()));
  host.scratch_ends = true;
  EXPECT_EQ(mr_s_cursor_distinct(&frame_, kLog, kShort, &out), kMrWindowFull);
}

TEST_F(State, AFullLogLosesTheEntryAndTraps) {
  host.log_capacity_max = 4;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(mr_s_log_add(At(i), kLog, i), 1);
  EXPECT_EQ(mr_s_log_add(At(4), kLog, 4), 0);
  EXPECT_EQ(TakeTrap(), kMrWindowFull);
  EXPECT_EQ(mr_s_cursor_count(&frame_, kLog, kShort), 4);
  mr_s_cursor_advance(At(12), kLog, kShort, 10);  // 0, 1 and 2 leave
  mr_s_log_trim(&frame_, kLog, kShort);
  EXPECT_EQ(mr_s_log_add(At(12), kLog, 4), 1);
  EXPECT_EQ(TakeTrap(), kMrOk);
}

TEST_F(State, ASumThatOverflowsIsRightAgainLater) {
  for (int64_t value : {kMax, int64_t{5}}) {
    mr_s_log_add(At(value == 5 ? 2 : 1), kLog, value);
    mr_s_cursor_add(&frame_, kShort, value);
  }
  EXPECT_EQ(TakeTrap(), kMrOverflow);
  mr_s_cursor_advance(At(11), kLog, kShort, 10);
  EXPECT_EQ(TakeTrap(), kMrOverflow);
  EXPECT_EQ(mr_s_cursor_sum(&frame_, kShort), 5);
}

TEST_F(State, FixedPoint) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const double d = random.F64();
    int64_t out = 0;
    const MrStatus status = mr_s_to_fixed(d, &out);
    ASSERT_TRUE(Same(OracleScale(1'000'000, d), status, out)) << d;
    const int64_t micro = random.I64();
    ASSERT_TRUE(IsNearest(mr_s_from_fixed(micro), micro, 1'000'000)) << micro;
  }
  int64_t out;
  EXPECT_EQ(mr_s_to_fixed(kNan, &out), kMrOverflow);
  EXPECT_EQ(mr_s_to_fixed(-kInfinity, &out), kMrOverflow);
  EXPECT_EQ(mr_s_to_fixed(0.1, &out), kMrOk);
  EXPECT_EQ(out, 100'000);
  EXPECT_EQ(mr_s_from_fixed(300'000), 0.3);
}

TEST_F(State, AnObservationHoldsUntilItIsStale) {
  At<MrObserved>(16)->at = kMin;
  EXPECT_EQ(mr_s_is_fresh(At(0), 16, 90), 0);
  EXPECT_EQ(mr_s_is_fresh(At(0), 16, 0), 0);
  EXPECT_EQ(mr_s_stale_at(&frame_, 16, 90), kMax);
  mr_s_observe(At(120), 16);
  EXPECT_EQ(At<MrObserved>(16)->sequence, 1);
  EXPECT_EQ(mr_s_is_fresh(At(209), 16, 90), 1);
  EXPECT_EQ(mr_s_is_fresh(At(210), 16, 90), 0);
  EXPECT_EQ(mr_s_stale_at(&frame_, 16, 90), 210);
  EXPECT_EQ(mr_s_is_fresh(At(kMax), 16, 0), 1);
  EXPECT_EQ(mr_s_stale_at(&frame_, 16, 0), kMax);
}

TEST_F(State, SegmentsTurn) {
  reinterpret_cast<uint8_t*>(frame_.record)[16] = 2;
  reinterpret_cast<uint8_t*>(frame_.record)[17] = 1;
  EXPECT_EQ(mr_s_segment_turned(&frame_, 16, 1), 1);
  EXPECT_EQ(mr_s_segment_turned(&frame_, 16, 2), 0);
}

TEST_F(State, ClocksReadTheSubjectsZoneWhereItIsKnown) {
  MrText berlin{};
  EXPECT_EQ(mr_s_in_clock(At(1000), 0, 7), 14);
  EXPECT_EQ(mr_s_in_clock(&frame_, 16, 7), 14);
  mr_s_kept_set(&frame_, 16, reinterpret_cast<int64_t>(&berlin));
  EXPECT_EQ(mr_s_in_clock(&frame_, 16, 7), 15);
  EXPECT_EQ(mr_s_today(&frame_, 16, 7), 1015);
  EXPECT_EQ(mr_s_today(&frame_, 0, 7), 1014);
}

// --- `C for 6h`: the golden table ---

constexpr int64_t kMinute = 60'000'000, kHour = 60 * kMinute, kSixHours = 6 * kHour;
constexpr uint32_t kHold = 16, kObserved = 64;

class Hold : public State {
 protected:
  Hold() { At<MrObserved>(kObserved)->at = kMin; }

  /// Plays hourly observations from 00:00 (T, F, or _ for none) and steps whenever a timer would: when the
  /// observation goes stale and at the hold's deadline. Returns the instants at which the hold became true.
  std::vector<int64_t> Play(const std::string& observations, int64_t fresh, int64_t until,
                            int64_t restart_at = -1) {
    std::vector<int64_t> fired;
    bool was_true = false;
    int64_t now = 0;
    while (now <= until) {
      const size_t hour = static_cast<size_t>(now / kHour);
      if (now % kHour == 0 && hour < observations.size() && observations[hour] != '_') {
        mr_s_observe(At(now), kObserved);
        last_ = observations[hour];
      }
      if (now == restart_at) {  // the record is all there is
        const std::vector<int64_t> saved = record_;
        record_.assign(saved.size(), -1);
        record_ = saved;
        frame_.record = reinterpret_cast<char*>(record_.data());
      }
      Step(now, fresh);
      int64_t held = 0;
      const bool is_true = mr_s_hold_read(&frame_, kHold, kSixHours, 2, &held) == kMrOk && held != 0;
      if (is_true && !was_true) fired.push_back(now);
      was_true = is_true;
      now = Next(now, fresh, observations.size());
    }
    return fired;
  }

  void Step(int64_t now, int64_t fresh) {
    At(now);
    const int64_t truth = mr_s_is_fresh(&frame_, kObserved, fresh) == 0 ? kMrHoldUnknown : last_ == 'T';
    mr_s_hold_step(&frame_, kHold, truth, At<MrObserved>(kObserved)->sequence, fresh);
    mr_s_hold_step(&frame_, kHold, truth, At<MrObserved>(kObserved)->sequence,
                   fresh);  // twice is as good as once
  }

  int64_t Next(int64_t now, int64_t fresh, size_t hours) {
    int64_t next = (now / kHour + 1) * kHour;
    if (next > static_cast<int64_t>(hours - 1) * kHour) next = kMax;
    for (int64_t timer :
         {mr_s_stale_at(&frame_, kObserved, fresh), mr_s_hold_deadline(&frame_, kHold, kSixHours, 2)}) {
      if (timer > now) next = std::min(next, timer);
    }
    return next;
  }

  char last_ = '_';
};

using Instants = std::vector<int64_t>;

TEST_F(Hold, SixHoursOfTruth) { EXPECT_EQ(Play("TTTTTTT", 90 * kMinute, 6 * kHour), Instants{6 * kHour}); }
TEST_F(Hold, FiresByTimerAlone) { EXPECT_EQ(Play("TTTTTT", 90 * kMinute, 6 * kHour), Instants{6 * kHour}); }
TEST_F(Hold, FalseStartsAgain) {
  EXPECT_EQ(Play("TTFTTTTTTT", 90 * kMinute, 9 * kHour), Instants{9 * kHour});
}
TEST_F(Hold, AShortUnknownSuspends) {
  EXPECT_EQ(Play("TTT__TTTT", 90 * kMinute, 9 * kHour), Instants{7 * kHour + 30 * kMinute});
}
TEST_F(Hold, ALongUnknownResets) {
  EXPECT_EQ(Play("TTT___TTTTTTT", 90 * kMinute, 13 * kHour), Instants{12 * kHour});
}
TEST_F(Hold, OneObservationIsNoEvidence) { EXPECT_EQ(Play("T", 12 * kHour, 24 * kHour), Instants{}); }
TEST_F(Hold, TheSecondObservationIsEnoughHoweverLate) {
  EXPECT_EQ(Play("T_______T", 12 * kHour, 9 * kHour), Instants{8 * kHour});
}
TEST_F(Hold, ARestartChangesNothing) {
  EXPECT_EQ(Play("TTTTTTT", 90 * kMinute, 6 * kHour, 4 * kHour), Instants{6 * kHour});
}
TEST_F(Hold, FalseAtFourInTimeForbids) { EXPECT_EQ(Play("TTTTFTT", 90 * kMinute, 6 * kHour), Instants{}); }
TEST_F(Hold, UnknownAfterFiringReadsUnknownAndFalseReadsFalse) {
  Play("TTTTTTT", 90 * kMinute, 8 * kHour);
  int64_t out = 7;
  Step(9 * kHour, 90 * kMinute);
  EXPECT_EQ(mr_s_hold_read(&frame_, kHold, kSixHours, 2, &out), kMrUnknown);
  EXPECT_EQ(mr_s_hold_deadline(&frame_, kHold, kSixHours, 2), kMax);
  last_ = 'F';
  mr_s_observe(At(10 * kHour), kObserved);
  Step(10 * kHour, 90 * kMinute);
  EXPECT_EQ(mr_s_hold_read(&frame_, kHold, kSixHours, 2, &out), kMrOk);
  EXPECT_EQ(out, 0);
}
TEST_F(Hold, ConditionsThatAreNotPolledNeedNoObservation) {
  mr_s_hold_step(At(100), kHold, kMrHoldTrue, 0, 0);
  EXPECT_EQ(mr_s_hold_deadline(&frame_, kHold, 50, 0), 150);
  int64_t out;
  mr_s_hold_read(At(149), kHold, 50, 0, &out);
  EXPECT_EQ(out, 0);
  mr_s_hold_read(At(150), kHold, 50, 0, &out);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_hold_deadline(&frame_, kHold, 50, 0), kMax);
  mr_s_hold_step(At(160), kHold, kMrHoldUnknown, 0, 0);  // suspended for however long
  mr_s_hold_step(At(9000), kHold, kMrHoldTrue, 0, 0);
  mr_s_hold_read(&frame_, kHold, 60, 0, &out);
  EXPECT_EQ(out, 1);
}

// --- reports in a row, peaks and lows ---

TEST_F(State, ARowCountsReportsAndNothingElse) {
  const auto step = [&](int64_t truth, int64_t sequence) {
    mr_s_row_step(&frame_, 16, truth, sequence, 3);
    return mr_s_row_read(&frame_, 16, 3) != 0;
  };
  EXPECT_FALSE(step(kMrHoldTrue, 1));
  EXPECT_FALSE(step(kMrHoldTrue, 1));  // nothing was reported since
  EXPECT_FALSE(step(kMrHoldTrue, 2));
  EXPECT_FALSE(step(kMrHoldUnknown, 3));
  EXPECT_TRUE(step(kMrHoldTrue, 4));
  EXPECT_TRUE(step(kMrHoldUnknown, 5));
  EXPECT_TRUE(step(kMrHoldFalse, 5));
  EXPECT_FALSE(step(kMrHoldFalse, 6));
  EXPECT_EQ(At<MrRow>(16)->count, 0);
}

TEST_F(State, APeakIsTheBestOfWhatIsAndWasAndLeavesAWindowAfterItsEnd) {
  const auto step = [&](int64_t now, int64_t known, int64_t bits) {
    mr_s_extreme_step(At(now), 16, 64, known, bits, 100, kMrPeakI64);
  };
  const auto peak = [&](int64_t now) {
    int64_t out = -1;
    return mr_s_extreme_read(At(now), 16, 64, 100, kMrPeakI64, &out) == kMrOk ? out : -1;
  };
  EXPECT_EQ(peak(0), -1);
  step(0, 1, 50);
  EXPECT_EQ(peak(0), 50);
  EXPECT_EQ(mr_s_extreme_leave_at(&frame_, 16, 64, 100), kMax);
  step(10, 1, 90);  // the 50 is forgotten when the 90 ends
  step(20, 1, 30);
  EXPECT_EQ(At<MrLog>(64)->tail - At<MrLog>(64)->base, 1u);
  step(30, 1, 200);
  step(30, 1, 40);  // the 200 lasted no time
  step(40, 0, 0);
  EXPECT_EQ(peak(40), 90);
  EXPECT_EQ(mr_s_extreme_leave_at(&frame_, 16, 64, 100), 120);
  EXPECT_EQ(peak(119), 90);
  EXPECT_EQ(peak(120), 40);
  EXPECT_EQ(mr_s_extreme_leave_at(&frame_, 16, 64, 100), 140);
  EXPECT_EQ(peak(140), -1);
}

}  // namespace
