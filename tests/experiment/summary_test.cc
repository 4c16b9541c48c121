// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "experiment/results.h"
#include "test_support.h"

namespace rltuner::experiment {
namespace {

TEST(MetricInfos, HaveUniqueKeysAndTheElevenRowsOfThePaper) {
  std::set<std::string_view> keys;
  int paper = 0;
  for (const MetricInfo& metric : MetricInfos()) {
    EXPECT_TRUE(keys.insert(metric.key).second) << metric.key;
    paper += metric.paper ? 1 : 0;
  }
  EXPECT_EQ(paper, 11);
}

// By key, so that a new metric before them moves nothing.
TEST(MetricInfos, HaveThePapersValueBesideTheirOwn) {
  const auto q = [](std::string_view key) { return MetricInfos()[MetricIndex(key)].paper->at(1); };
  EXPECT_EQ(q("autocorrelation_2"), .03);
  EXPECT_EQ(q("notes_not_in_key"), .0100);
  EXPECT_EQ(q("notes_in_repeated_motif"), .0011);
}

TEST(Summarise, OfSeveralSeedsHasStudentsIntervalOverSeeds) {
  const std::vector<RunResult> runs = {ResultWith("mean_log_prob", {-1, -1.1, -0.9}),
                                       ResultWith("mean_log_prob", {-2, -2.1, -1.9}),
                                       ResultWith("mean_log_prob", {-3, -3.1, -2.9})};
  const Estimate mean = Summarise(ConditionOf("q", {0, 1, 2}), runs).Of("mean_log_prob");
  EXPECT_DOUBLE_EQ(mean.value, -2);
  EXPECT_NEAR(mean.high, -2 + 4.3027 / std::sqrt(3.0), 1e-3);
}

TEST(Summarise, OfOneSeedHasTheIntervalOverItsCompositions) {
  const std::vector<RunResult> runs = {ResultWith("mean_log_prob", {-1, -1.1, -0.9})};
  EXPECT_EQ(Summarise(ConditionOf("q", {0}), runs).Of("mean_log_prob").low, -1.1);
}

TEST(Summarise, SeedsThatAgreeToTheLastDigitAreNotCertain) {
  const std::vector<RunResult> runs = {ResultWith("notes_not_in_key", {0, 0, .001}),
                                       ResultWith("notes_not_in_key", {0, 0, .002})};
  EXPECT_EQ(Summarise(ConditionOf("q", {0, 1}), runs).Of("notes_not_in_key").high, .002);
}

TEST(Summarise, SharesStayBetweenZeroAndOne) {
  const std::vector<RunResult> runs = {ResultWith("notes_not_in_key", {.001, 0, .002}),
                                       ResultWith("notes_not_in_key", {.001, 0, .002}),
                                       ResultWith("notes_not_in_key", {.003, .002, .004})};
  EXPECT_EQ(Summarise(ConditionOf("q", {0, 1, 2}), runs).Of("notes_not_in_key").low, 0);
}

TEST(Summarise, OfTwoSeedsThatDifferHasAMeanAndNoInterval) {
  const std::vector<RunResult> runs = {ResultWith("unique_max_note", {.4, .39, .41}),
                                       ResultWith("unique_max_note", {.6, .59, .61})};
  const Estimate mean = Summarise(ConditionOf("q", {0, 1}), runs).Of("unique_max_note");
  EXPECT_DOUBLE_EQ(mean.value, .5);
  EXPECT_FALSE(mean.has_interval());
}

TEST(Summarise, AShareOfWhichNothingIsKnownHasNoInterval) {
  const std::vector<RunResult> runs = {ResultWith("unique_max_note", {.1, .09, .11}),
                                       ResultWith("unique_max_note", {.5, .49, .51}),
                                       ResultWith("unique_max_note", {.9, .89, .91})};
  EXPECT_FALSE(Summarise(ConditionOf("q", {0, 1, 2}), runs).Of("unique_max_note").has_interval());
}

TEST(Summarise, DivergencesStayAboveZero) {
  for (const std::string key : {"kl_to_prior", "entropy"}) {
    SCOPED_TRACE(key);
    const std::vector<RunResult> runs = {ResultWith(key, {.1, .09, .11}),
                                         ResultWith(key, {.1, .09, .11}),
                                         ResultWith(key, {.9, .89, .91})};
    const Estimate mean = Summarise(ConditionOf("q", {0, 1, 2}), runs).Of(key);
    EXPECT_EQ(mean.low, 0);
    EXPECT_GT(mean.high, 1);
  }
  const std::vector<RunResult> runs = {ResultWith("mean_theory_reward", {.1, .09, .11}),
                                       ResultWith("mean_theory_reward", {.1, .09, .11}),
                                       ResultWith("mean_theory_reward", {.9, .89, .91})};
  EXPECT_LT(Summarise(ConditionOf("q", {0, 1, 2}), runs).Of("mean_theory_reward").low, 0);
}

TEST(Summarise, ACurveIsTheMeanOverSeedsOfEachIteration) {
  RunResult first = ResultWith("mean_log_prob", {});
  RunResult second = first;
  first.rows = {{.iteration = 0, .mean_log_prob = -1}, {.iteration = 10, .mean_log_prob = -2}};
  second.rows = {{.iteration = 0, .mean_log_prob = -1}, {.iteration = 10, .mean_log_prob = -4}};
  const std::vector<CurvePoint> curve =
      Summarise(ConditionOf("q", {0, 1}), std::vector{first, second}).curve;
  ASSERT_EQ(curve.size(), 2U);
  EXPECT_EQ(curve[0].iteration, 0);
  EXPECT_EQ(curve[1].iteration, 10);
  EXPECT_EQ(curve[1].log_prob.value, -3);
  EXPECT_FALSE(curve[1].log_prob.has_interval());
}

TEST(ReadProgressCsv, ReadsWhatProgressCsvWrites) {
  const std::vector<ProgressRow> rows = {
      {.iteration = 0, .mean_log_prob = -1.25, .loss = std::nan(""), .gradient_norm = std::nan("")},
      {.iteration = 20000, .mean_log_prob = -2.5, .distinct = 1, .loss = .125}};
  EXPECT_EQ(ProgressCsv(ReadProgressCsv(ProgressCsv(rows), "test")), ProgressCsv(rows));
}

TEST(ReadProgressCsv, RefusesDamageWithItsLine) {
  EXPECT_THAT(ErrorOf([] { ReadProgressCsv(ProgressCsv({}) + "1,2\n", "p.csv"); }),
              testing::HasSubstr("p.csv:2"));
  EXPECT_THAT(ErrorOf([] { ReadProgressCsv(ProgressCsv({}), "p.csv"); }),
              testing::HasSubstr("no rows"));
}

}  // namespace
}  // namespace rltuner::experiment
