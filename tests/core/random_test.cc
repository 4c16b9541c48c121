// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "normal.h"

namespace rltuner {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint64_t> Draw(Random random, int count) {
  std::vector<std::uint64_t> drawn;
  for (int i = 0; i < count; ++i) drawn.push_back(random.Next());
  return drawn;
}

TEST(Random, EqualsThePublishedVectorOfXoshiro256PlusPlus) {
  EXPECT_THAT(Draw(Random(Random::State{1, 2, 3, 4}), 10),
              ElementsAre(41943041U, 58720359U, 3588806011781223U, 3591011842654386U,
                          9228616714210784205U, 9973669472204895162U, 14011001112246962877U,
                          12406186145184390807U, 15849039046786891736U, 10450023813501588000U));
}

TEST(Random, SeedsAsAnIndependentProgramDoes) {
  EXPECT_THAT(Draw(Random(0), 4), ElementsAre(0x84f09bf307c1073aU, 0xc82ffb597ceee51bU,
                                              0xadf96905c5df4417U, 0xe9d9a8489d042c93U));
  EXPECT_THAT(Draw(Random(42, 7), 4), ElementsAre(0x0d9893fc677d6169U, 0x8c202a1a1dd3b94dU,
                                                  0xb20f071eca7887c8U, 0x092b21a6dc9a40cbU));
}

TEST(Random, GoesOnFromASavedState) {
  Random first(3);
  first.Next();
  Random second(first.state());
  EXPECT_EQ(first.Next(), second.Next());
}

TEST(Random, StreamsOfOneSeedDiffer) {
  EXPECT_NE(Random(5, 0).Next(), Random(5, 1).Next());
  EXPECT_NE(Random(5, 1).Next(), Random(6, 1).Next());
}

TEST(Random, UniformStaysBelowOneAndHasMeanAHalf) {
  Random random(11);
  constexpr int kDraws = 200'000;
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const float value = random.Uniform();
    ASSERT_GE(value, 0.0F);
    ASSERT_LT(value, 1.0F);
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
}

// Chi-square of counts that should be equal: mean n-1, variance 2(n-1). Five deviations is a chance
// of about one in a million, and the seed is fixed.
TEST(Random, BelowIsUniform) {
  for (const std::uint32_t n : {2U, 3U, 38U, 1000U}) {
    SCOPED_TRACE(n);
    Random random(17, n);
    const double draws = 200.0 * n;
    std::vector<int> counts(n);
    for (int i = 0; i < static_cast<int>(draws); ++i) ++counts.at(random.Below(n));
    double chi_square = 0;
    for (const int count : counts) chi_square += (count - 200.0) * (count - 200.0) / 200.0;
    EXPECT_NEAR(chi_square, n - 1.0, 5 * std::sqrt(2.0 * (n - 1)) + 5);
  }
}

// 3 * 2^30 numbers: a plain modulo would give the lower half of them twice as often as the rest.
TEST(Random, BelowIsUnbiasedForLargeRanges) {
  Random random(23);
  constexpr std::uint32_t kRange = 3U << 30;
  std::array<int, 3> thirds{};
  for (int i = 0; i < 60'000; ++i) ++thirds.at(random.Below(kRange) >> 30);
  for (const int count : thirds) EXPECT_NEAR(count, 20'000, 5 * std::sqrt(60'000 * 2.0 / 9));
}

TEST(Random, BelowOneIsZero) { EXPECT_EQ(Random(1).Below(1), 0U); }

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Random random(29);
  constexpr int kDraws = 200'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = Normal(random);
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 5 * std::sqrt(2.0 / kDraws));
}

}  // namespace
}  // namespace rltuner
