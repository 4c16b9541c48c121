// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "rltuner/theory/rule_set.h"

namespace rltuner {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(StatisticsTest, RuleOfWeightZeroIsCounted) {
  RuleSet rules = RuleSet::FromToml("[rules.key]\nweight = 0", "test");
  const Score score = ScoreComposition(rules, Bytes{15, 14, 17});
  EXPECT_EQ(score.counts.notes_not_in_key, 2);
  EXPECT_EQ(score.rewards[0], (std::vector<float>{0, 0, 0}));
}

TEST(StatisticsTest, RuleOfRewardZeroIsCounted) {
  RuleSet rules = RuleSet::FromToml("[rules.leap]\nresolved = 0", "test");
  EXPECT_EQ(ScoreComposition(rules, Bytes{14, 23, 14}).counts.num_resolved_leaps, 0);
  EXPECT_EQ(ScoreComposition(rules, Bytes{14, 23, 18, 14}).counts.num_resolved_leaps, 1);
}

TEST(StatisticsTest, EveryCountHasItsRule) {
  for (const TheoryCountInfo& count : TheoryCountInfos()) {
    bool found = false;
    for (const RuleInfo& info : Rules()) found |= info.name == count.rule;
    EXPECT_TRUE(found) << count.name;
  }
}

TEST(StatisticsTest, CountsFollowTheRuleSet) {
  const Bytes held = {14, 1, 1, 1, 1, 1, 1, 1};
  RuleSet paper = RuleSet::Named("paper");
  RuleSet theory = RuleSet::Named("theory");
  EXPECT_EQ(ScoreComposition(paper, held).counts.num_repeated_notes, 2);
  EXPECT_EQ(ScoreComposition(theory, held).counts.num_repeated_notes, 0);
}

TEST(StatisticsTest, MeanRewardIsPerEvent) {
  RuleSet rules = RuleSet::Named("paper");
  const Score score = ScoreComposition(rules, Bytes{14, 16, 18, 0, 1, 21});
  EXPECT_NEAR(score.mean_reward, std::accumulate(score.total.begin(), score.total.end(), 0.0) / 6,
              1e-6);
}

TEST(StatisticsTest, NoEventsGiveNothing) {
  RuleSet rules = RuleSet::Named("paper");
  const Score score = ScoreComposition(rules, {});
  EXPECT_EQ(score.mean_reward, 0);
  EXPECT_TRUE(std::isnan(score.autocorrelation[0]));
}

TEST(StatisticsTest, AutocorrelationNeedsVariance) {
  RuleSet rules = RuleSet::Named("paper");
  const Score score = ScoreComposition(rules, Bytes{14, 14, 14, 14, 14});
  EXPECT_TRUE(std::isnan(score.autocorrelation[0]));
}

TEST(StatisticsTest, AutocorrelationNeedsMoreEventsThanTheLag) {
  RuleSet rules = RuleSet::Named("paper");
  const auto coefficients = ScoreComposition(rules, Bytes{14, 16}).autocorrelation;
  EXPECT_DOUBLE_EQ(coefficients[0], -0.5);
  EXPECT_TRUE(std::isnan(coefficients[1]));
}

TEST(StatisticsTest, SharesAddUpToOne) {
  const EventShares shares = SharesOf(Bytes{1, 14, 1, 1, 0, 1, 16, 0});
  EXPECT_DOUBLE_EQ(shares.note_ons, 2.0 / 8);
  EXPECT_DOUBLE_EQ(shares.holds, 2.0 / 8);
  EXPECT_DOUBLE_EQ(shares.rests, 4.0 / 8);
}

TEST(StatisticsTest, SharesOfNothingAreZero) { EXPECT_EQ(SharesOf({}).rests, 0); }

}  // namespace
}  // namespace rltuner
