// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/rank_tests.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "check_script.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "test_support.h"

namespace rltuner::study {
namespace {

TEST(ChiSquareSurvival, IsThatOfTheTables) {
  EXPECT_NEAR(ChiSquareSurvival(3.841458820694124, 1), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquareSurvival(5.991464547107979, 2), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquareSurvival(7.814727903251179, 3), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquareSurvival(18.307038053275146, 10), 0.05, 1e-12);
  EXPECT_EQ(ChiSquareSurvival(0, 4), 1);
}

// Jaques et al. (2017): H(3) = 109.48 of their four models, p < .001.
TEST(ChiSquareSurvival, AgreesWithThePaper) {
  const double p = ChiSquareSurvival(109.48, 3);
  EXPECT_LT(p, 0.001);
  EXPECT_GT(p, 0);
}

TEST(KruskalWallis, IsThatOfAnExampleByHand) {
  // Ranks 1 2 3 | 4 5 6 | 7 8 9: H = 12 / 90 * (36 + 225 + 576) / 3 - 30.
  const std::vector<Ratings> groups = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  const KruskalWallisTest test = KruskalWallis(groups);
  EXPECT_NEAR(test.h, 7.2, 1e-12);
  EXPECT_EQ(test.degrees_of_freedom, 2);
  EXPECT_NEAR(test.p, std::exp(-3.6), 1e-12);
}

TEST(KruskalWallis, LeavesOutEmptyGroups) {
  const std::vector<Ratings> with = {{1, 2, 3}, {}, {4, 5, 6}}, without = {{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(KruskalWallis(with).h, KruskalWallis(without).h);
  EXPECT_EQ(KruskalWallis(with).degrees_of_freedom, 1);
}

TEST(KruskalWallis, HasNothingToSayOfEqualRatings) {
  const std::vector<Ratings> groups = {{1, 1}, {1, 1, 1}};
  EXPECT_TRUE(std::isnan(KruskalWallis(groups).h));
  EXPECT_TRUE(std::isnan(KruskalWallis(groups).p));
}

TEST(KruskalWallis, HasNothingToSayOfOneGroup) {
  EXPECT_TRUE(std::isnan(KruskalWallis(std::vector<Ratings>{{1, 2, 3}}).p));
  EXPECT_TRUE(std::isnan(KruskalWallis(std::vector<Ratings>{}).p));
}

TEST(MannWhitney, CountsPairsWithTiesAsHalves) {
  const Ratings a = {1, 2, 3}, b = {2, 0};
  EXPECT_EQ(MannWhitney(a, b).u, 1 + 1.5 + 2);  // of 1, of 2 and of 3
  EXPECT_EQ(MannWhitney(b, a).u, 6 - 4.5);
}

TEST(MannWhitney, IsTheSameFromBothSides) {
  const Ratings a = {-2, 0, 1, 1, 2, 2}, b = {-1, -1, 0, 0, 1};
  EXPECT_DOUBLE_EQ(MannWhitney(a, b).p, MannWhitney(b, a).p);
}

TEST(MannWhitney, EqualGroupsDoNotDiffer) {
  const Ratings a = {-1, 0, 1};
  EXPECT_EQ(MannWhitney(a, a).p, 1);
}

TEST(MannWhitney, HasNothingToSayOfAnEmptyGroup) {
  EXPECT_TRUE(std::isnan(MannWhitney(Ratings{}, Ratings{1, 2}).p));
}

// Likert ratings: many ties, groups of any size.
TEST(RankTests, AgreeWithScipy) {
  constexpr int kSeed = 11;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  nlohmann::json cases;
  for (int i = 0; i < 50; ++i) {
    std::vector<Ratings> groups(2 + random.Below(4));
    for (std::size_t g = 0; g < groups.size(); ++g) {
      groups[g].resize(5 + random.Below(60));
      for (double& rating : groups[g]) {
        rating = static_cast<double>(random.Below(5)) - 2 + (random.Below(4) < g ? 1 : 0);
      }
    }
    const KruskalWallisTest all = KruskalWallis(groups);
    const MannWhitneyTest two = MannWhitney(groups[0], groups[1]);
    cases.push_back({{"groups", groups}, {"h", all.h}, {"p", all.p}, {"u", two.u}, {"u_p", two.p}});
  }
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "cases.json", cases.dump());
  // The distribution's SciPy belongs to the distribution's Python.
  ExpectCheckScriptPasses(
      fmt::format("PATH=/usr/bin:$PATH python3 '{}/tests/study/check_scipy.py' '{}'",
                  RLTUNER_SOURCE_DIR, (folder / "cases.json").string()));
}

}  // namespace
}  // namespace rltuner::study
