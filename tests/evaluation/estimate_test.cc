// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "normal.h"
#include "rltuner/core/random.h"
#include "rltuner/evaluation/metrics.h"

namespace rltuner {
namespace {

TEST(RatioSums, MeanIsTheRatioOfTheTotals) {
  RatioSums sums;
  sums.Add(1, 2);
  sums.Add(5, 4);
  EXPECT_DOUBLE_EQ(sums.Mean().value, 1);
  EXPECT_DOUBLE_EQ(sums.Share().value, 1);
}

TEST(RatioSums, OfEqualDenominatorsHasStudentsInterval) {
  RatioSums sums;
  for (const double x : {3.0, 5.0, 4.0, 8.0, 6.0, 4.0}) sums.Add(x, 1);
  // Mean 5, standard deviation sqrt(3.2), t of .975 at 5 degrees of freedom 2.5706.
  const double half = 2.5706 * std::sqrt(3.2 / 6);
  const Estimate estimate = sums.Mean();
  EXPECT_NEAR(estimate.low, 5 - half, 0.01);
  EXPECT_NEAR(estimate.high, 5 + half, 0.01);
}

TEST(MeanOfDraws, HasStudentsIntervalFromTwoDrawsUp) {
  const Estimate two = MeanOfDraws(std::array{1.0, 3.0});  // standard error 1, t 12.706
  EXPECT_DOUBLE_EQ(two.value, 2);
  EXPECT_NEAR(two.low, 2 - 12.7062, 1e-3);
  const Estimate three = MeanOfDraws(std::array{1.0, 2.0, 3.0});  // 1 / sqrt(3), t 4.3027
  EXPECT_NEAR(three.high, 2 + 4.3027 / std::sqrt(3.0), 1e-3);
}

TEST(MeanOfDraws, OfOneDrawHasNoInterval) {
  EXPECT_EQ(MeanOfDraws(std::array{7.0}).value, 7);
  EXPECT_FALSE(MeanOfDraws(std::array{7.0}).has_interval());
}

TEST(MeanOfDraws, LeavesOutWhatDoesNotExist) {
  EXPECT_EQ(MeanOfDraws(std::array{7.0, std::nan("")}).value, 7);
}

TEST(RatioSums, AddedInPartsIsTheSame) {
  RatioSums whole;
  RatioSums first;
  RatioSums second;
  for (int i = 0; i < 10; ++i) {
    whole.Add(i % 3, 4);
    (i < 5 ? first : second).Add(i % 3, 4);
  }
  first.Add(second);
  EXPECT_EQ(first.Share().low, whole.Share().low);
  EXPECT_EQ(first.Mean().high, whole.Mean().high);
}

TEST(RatioSums, WithoutDenominatorsHasNoFigure) {
  RatioSums sums;
  sums.Add(0, 0);
  EXPECT_FALSE(sums.Mean().exists());
  EXPECT_FALSE(sums.Share().exists());
}

TEST(RatioSums, OneCompositionHasAMeanWithoutInterval) {
  RatioSums sums;
  sums.Add(3, 1);
  EXPECT_EQ(sums.Mean().value, 3);
  EXPECT_TRUE(std::isnan(sums.Mean().low));
}

TEST(RatioSums, ShareOfNothingReachesUpAsWilsonsIntervalOfTheCompositions) {
  RatioSums sums;
  for (int i = 0; i < 100; ++i) sums.Add(0, 32);
  const Estimate estimate = sums.Share();
  EXPECT_EQ(estimate.low, 0);
  EXPECT_NEAR(estimate.high, 3.8415 / 103.8415, 1e-5);
}

TEST(RatioSums, ShareOfEverythingReachesDown) {
  RatioSums sums;
  for (int i = 0; i < 100; ++i) sums.Add(32, 32);
  const Estimate estimate = sums.Share();
  EXPECT_EQ(estimate.high, 1);
  EXPECT_NEAR(estimate.low, 100 / 103.8415, 1e-5);
}

TEST(RatioSums, ShareOfOneEventACompositionIsWilsonsInterval) {
  RatioSums sums;
  for (int i = 0; i < 1000; ++i) sums.Add(i < 100 ? 1 : 0, 1);
  const Estimate estimate = sums.Share();  // the textbook's bounds for 100 of 1,000
  EXPECT_NEAR(estimate.low, 0.08291, 1e-4);
  EXPECT_NEAR(estimate.high, 0.12017, 1e-4);
}

// How many of 2,000 samples have the truth in their interval, in percent.
double Coverage(std::uint64_t seed, double truth,
                const std::function<Estimate(Random& random)>& sample) {
  constexpr int kSamples = 2000;
  int covered = 0;
  for (int i = 0; i < kSamples; ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    const Estimate estimate = sample(random);
    covered += estimate.low <= truth && truth <= estimate.high ? 1 : 0;
  }
  return 100.0 * covered / kSamples;
}

constexpr std::uint64_t kSeed = 20170417;

// A composition is all of one kind in three of four cases: far more variance than 32 free events.
TEST(Coverage, OfClusteredSharesIsNear95Percent) {
  SCOPED_TRACE(kSeed);
  const double coverage = Coverage(kSeed, 0.3, [](Random& random) {
    RatioSums sums;
    for (int i = 0; i < 150; ++i) {
      const bool alike = random.Uniform() < 0.75F;
      const int first = random.Uniform() < 0.3F ? 1 : 0;
      int count = first;
      for (int t = 1; t < 32; ++t) count += alike ? first : random.Uniform() < 0.3F ? 1 : 0;
      sums.Add(count, 32);
    }
    return sums.Share();
  });
  EXPECT_GT(coverage, 93.5);
  EXPECT_LT(coverage, 96.5);
}

// As leaps: a random number of cases a composition, often none.
TEST(Coverage, OfRatiosWithRandomDenominatorsIsNear95Percent) {
  SCOPED_TRACE(kSeed);
  const double coverage = Coverage(kSeed, 0.8, [](Random& random) {
    RatioSums sums;
    for (int i = 0; i < 150; ++i) {
      const int cases = static_cast<int>(random.Below(5));
      int resolved = 0;
      for (int k = 0; k < cases; ++k) resolved += random.Uniform() < 0.8F ? 1 : 0;
      sums.Add(resolved, cases);
    }
    return sums.Share();
  });
  EXPECT_GT(coverage, 93.5);
  EXPECT_LT(coverage, 96.5);
}

TEST(Coverage, OfMeansOfFewCompositionsIsNear95Percent) {
  SCOPED_TRACE(kSeed);
  const double coverage = Coverage(kSeed, -2, [](Random& random) {
    RatioSums sums;
    for (int i = 0; i < 8; ++i) {
      const double level = Normal(random);
      double sum = 0;
      for (int t = 0; t < 4; ++t) sum += -2 + level + 0.5 * Normal(random);
      sums.Add(sum, 4);
    }
    return sums.Mean();
  });
  EXPECT_GT(coverage, 93.5);
  EXPECT_LT(coverage, 96.5);
}

TEST(Coverage, OfRareEventsIsNotBelow95Percent) {
  SCOPED_TRACE(kSeed);
  const double coverage = Coverage(kSeed, 0.0002, [](Random& random) {
    RatioSums sums;
    for (int i = 0; i < 1000; ++i) {
      int count = 0;
      for (int t = 0; t < 4; ++t) count += random.UniformDouble() < 0.0002 ? 1 : 0;
      sums.Add(count, 4);
    }
    return sums.Share();
  });
  EXPECT_GT(coverage, 94);
}

std::vector<int> DrawKinds(Random& random, int draws, int kinds) {
  std::vector<int> counts(static_cast<std::size_t>(kinds));
  for (int i = 0; i < draws; ++i) ++counts[random.Below(static_cast<std::uint32_t>(kinds))];
  std::erase(counts, 0);
  return counts;
}

TEST(Coverage, OfDistinctSharesIsNear95Percent) {
  SCOPED_TRACE(kSeed);
  for (const int kinds : {300, 1000, 5000}) {
    constexpr int kDraws = 1000;
    const double truth = kinds * (1 - std::pow(1 - 1.0 / kinds, kDraws)) / kDraws;
    const double coverage = Coverage(kSeed, truth, [kinds](Random& random) {
      return DistinctShare(DrawKinds(random, kDraws, kinds));
    });
    EXPECT_GT(coverage, 93) << kinds;
    EXPECT_LT(coverage, 97.5) << kinds;
  }
}

// The k-th kind is drawn with probability proportional to 1 / k.
TEST(Coverage, OfDistinctSharesOfUnequalKindsIsNear95Percent) {
  SCOPED_TRACE(kSeed);
  constexpr int kDraws = 1000;
  constexpr int kKinds = 3000;
  std::vector<double> below(kKinds);
  double total = 0;
  for (int k = 0; k < kKinds; ++k) below[k] = total += 1.0 / (k + 1);
  double truth = 0;
  for (int k = 0; k < kKinds; ++k) {
    truth += (1 - std::pow(1 - 1.0 / (k + 1) / total, kDraws)) / kDraws;
  }
  const double coverage = Coverage(kSeed, truth, [&](Random& random) {
    std::vector<int> counts(kKinds);
    for (int i = 0; i < kDraws; ++i) {
      const double x = random.UniformDouble() * total;
      ++counts[std::upper_bound(below.begin(), below.end(), x) - below.begin()];
    }
    std::erase(counts, 0);
    return DistinctShare(counts);
  });
  EXPECT_GT(coverage, 93);
  EXPECT_LT(coverage, 98.5);
}

TEST(DistinctShare, CountsKindsOverDraws) {
  const std::array<int, 3> counts = {1, 2, 1};
  EXPECT_DOUBLE_EQ(DistinctShare(counts).value, 0.75);
}

TEST(DistinctShare, OfAllDifferentReachesDownOnly) {
  const std::vector<int> counts(100, 1);
  const Estimate estimate = DistinctShare(counts);
  EXPECT_EQ(estimate.high, 1);
  EXPECT_NEAR(estimate.low, 0.963, 0.001);
}

TEST(DistinctShare, OfOneMelodyReachesUpOnly) {
  const std::array<int, 1> counts = {100};
  const Estimate estimate = DistinctShare(counts);
  EXPECT_DOUBLE_EQ(estimate.low, 0.01);
  EXPECT_NEAR(estimate.high, 0.047, 0.001);
}

}  // namespace
}  // namespace rltuner
