// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

using Composition = std::vector<int>;

// What the collector makes of compositions of equal length, all measures of the policy being 0.5.
Metrics MetricsOf(const std::vector<Composition>& compositions,
                  const CopiedRuns* training = nullptr) {
  RuleSet rules = RuleSet::Named("paper");
  const std::size_t length = compositions.front().size();
  const std::vector<float> halves(length, 0.5F);
  MetricCollector collector(static_cast<int>(compositions.size()), static_cast<int>(length), rules,
                            training);
  int index = 0;
  for (const Composition& events : compositions) {
    collector.Add({.index = index++,
                   .phase = 0,
                   .primer = {},
                   .actions = events,
                   .log_prior = halves,
                   .log_policy = halves,
                   .entropy = halves,
                   .kl = halves,
                   .rewards = {},
                   .policy_probabilities = {},
                   .kl_bound = 0.5 * static_cast<double>(length)},
                  rules);
  }
  return collector.Finish();
}

double ValueOf(const Metrics& metrics, std::string_view key) { return metrics.Of(key).value; }

TEST(Metrics, CountRepeatedNotesPerEvent) {
  // The sixth and later strikes of one note in a row are too many.
  const Metrics metrics = MetricsOf({{20, 20, 20, 20, 20, 20, 20, 20}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "notes_excessively_repeated"), 3.0 / 8);
}

TEST(Metrics, CountNotesOutOfKeyPerEvent) {
  const Metrics metrics = MetricsOf({{14, 15, 1, 0}, {14, 16, 17, 15}});  // C# D#, C#
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "notes_not_in_key"), 3.0 / 8);
}

TEST(Metrics, CountTonicStartsPerComposition) {
  const Metrics metrics = MetricsOf({{14, 1, 1, 1, 1}, {16, 1, 1, 1, 1}, {1, 14, 1, 1, 1}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "starting_with_tonic"), 1.0 / 3);
}

TEST(Metrics, LeaveCompositionsWithoutVarianceOutOfTheAutocorrelation) {
  const Metrics metrics = MetricsOf({{14, 16, 14, 16}, {9, 9, 9, 9}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "autocorrelation_1"), -3.0 / 4);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "autocorrelation_2"), 2.0 / 4);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "autocorrelation_3"), -1.0 / 4);
}

TEST(Metrics, HaveNoAutocorrelationWithoutAnyVariance) {
  EXPECT_TRUE(std::isnan(ValueOf(MetricsOf({{9, 9, 9, 9}}), "autocorrelation_1")));
}

TEST(Metrics, LeapsResolvedIsResolvedOverResolvedAndRepeated) {
  // Up a fifth and back by steps: resolved. Up a fifth twice: a second leap the same way.
  const Metrics metrics = MetricsOf({{14, 21, 19, 16, 14}, {14, 21, 28, 1, 1}, {14, 16, 18, 1, 1}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "leaps_resolved"), 0.5);
}

TEST(Metrics, HaveNoLeapsResolvedWithoutLeaps) {
  EXPECT_TRUE(std::isnan(ValueOf(MetricsOf({{14, 16, 18}}), "leaps_resolved")));
}

TEST(Metrics, CountUniqueExtremesPerComposition) {
  const Metrics metrics = MetricsOf({{14, 16, 18, 16, 14}, {14, 16, 18, 18, 16}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "unique_max_note"), 0.5);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "unique_min_note"), 0.5);
}

TEST(Metrics, CountMotifsPerEvent) {
  Composition events;
  for (int repeat = 0; repeat < 2; ++repeat) {
    events.insert(events.end(), {14, 1, 16, 1, 18, 1, 19, 1});
  }
  const Metrics metrics = MetricsOf({events});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "notes_in_motif"), 9.0 / 16);           // from the 8th on
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "notes_in_repeated_motif"), 1.0 / 16);  // the last
}

TEST(Metrics, ShareEventsAmongStrikesHoldsAndRests) {
  const Metrics metrics = MetricsOf({{14, 1, 1, 0, 1, 16, 0, 14, 1, 1}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "note_ons"), 0.3);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "holds"), 0.4);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "rests"), 0.3);
}

TEST(Metrics, LongestSeriesLooksThroughHoldsAndRests) {
  EXPECT_DOUBLE_EQ(ValueOf(MetricsOf({{14, 1, 14, 0, 14, 16, 16}}), "longest_series"), 3);
}

TEST(Metrics, AverageWhatThePolicySays) {
  const Metrics metrics = MetricsOf({{14, 1}, {16, 0}});
  for (const char* key : {"mean_log_prob", "entropy", "kl_to_prior"}) {
    EXPECT_DOUBLE_EQ(ValueOf(metrics, key), 0.5) << key;
  }
}

TEST(Metrics, RewardsByRuleAddUpToTheReward) {
  const Metrics metrics = MetricsOf({{14, 21, 15, 15, 15, 15, 15, 15}, {1, 2, 3, 4, 5, 6, 7, 8}});
  double sum = 0;
  for (const Metrics::RuleReward& rule : metrics.reward_by_rule) sum += rule.reward.value;
  EXPECT_NEAR(sum, ValueOf(metrics, "mean_theory_reward"), 1e-5);
  EXPECT_NE(sum, 0);
}

TEST(Metrics, CountDistinctCompositions) {
  const Metrics metrics = MetricsOf({{14, 1}, {14, 0}, {14, 1}, {14, 1}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "distinct_compositions"), 0.5);
}

TEST(Metrics, ShareOfTheMostFrequentComposition) {
  const Metrics metrics = MetricsOf({{14, 1}, {14, 0}, {14, 1}, {16, 1}});
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "most_frequent_composition"), 0.5);
}

TEST(Metrics, CountNoteOffsPerEvent) {
  EXPECT_DOUBLE_EQ(ValueOf(MetricsOf({{14, 0, 1, 0, 16}}), "note_offs"), 0.4);
}

TEST(Metrics, MeanAndLongestOfTheRunsCopied) {
  const std::vector<std::uint8_t> melody = {14, 16, 18, 19, 21};
  const std::vector<Dataset::Events> melodies = {melody};
  const CopiedRuns training(melodies, 4);
  const Metrics metrics = MetricsOf({{16, 18, 19, 16}, {14, 14, 14, 14}}, &training);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "longest_copied_run"), 2);
  EXPECT_EQ(metrics.longest_copied_run_of_all, 3);
}

TEST(Metrics, HaveNoCopiedRunWithoutTrainingMelodies) {
  EXPECT_FALSE(MetricsOf({{14, 1}}).Of("longest_copied_run").exists());
}

TEST(Metrics, GramEntropyIsOfFourEventsInARow) {
  const Metrics metrics = MetricsOf({{2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 6}, {37, 37, 37, 37}});
  EXPECT_NEAR(ValueOf(metrics, "four_gram_entropy"), 0.5 * std::log(2) + 0.5 * std::log(4), 1e-12);
  EXPECT_FALSE(MetricsOf({{2, 3, 4}}).Of("four_gram_entropy").exists());
}

}  // namespace
}  // namespace rltuner
