// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/conclusions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/results.h"

namespace rltuner::experiment {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Condition WithMotif(const std::string& method, Estimate motif) {
  return Summarise(ConditionOf(method, {0}), std::vector{ResultWith("notes_in_motif", motif)});
}

TEST(CompareChanges, AChangeIsFoundOnlyWhereTheIntervalsAreApart) {
  const Condition before = WithMotif("note-rnn", {.10, .09, .11});
  EXPECT_THAT(CompareChanges(before, WithMotif("q", {.30, .29, .31})).same_way,
              Contains("Notes in motif"));
  EXPECT_THAT(CompareChanges(before, WithMotif("q", {.12, .105, .14})).not_told_apart,
              Contains("Notes in motif"));
  EXPECT_THAT(CompareChanges(before, WithMotif("q", {.05, .04, .06})).other_way,
              Contains("Notes in motif"));
}

TEST(CompareChanges, AModelThatThePaperDoesNotHaveChangesNothing) {
  const Condition before = WithMotif("note-rnn", {.10, .09, .11});
  EXPECT_TRUE(CompareChanges(before, WithMotif("pg", {.3, .29, .31})).same_way.empty());
}

TEST(OutsideInterval, IsNeverSaidWithoutAnInterval) {
  EXPECT_TRUE(OutsideInterval({.5, .4, .6}, .7));
  EXPECT_FALSE(OutsideInterval({.5, .4, .6}, .6));
  EXPECT_FALSE(OutsideInterval({.5, std::nan(""), std::nan("")}, .7));
}

// The Note RNN, and Q with these notes in motif, by seed.
Conditions WithQ(const std::vector<double>& values) {
  std::vector<RunResult> runs;
  for (const double value : values) {
    runs.push_back(ResultWith("notes_in_motif", {value, value, value}));
  }
  std::vector<int> indices;
  for (int i = 0; i < static_cast<int>(runs.size()); ++i) indices.push_back(i);
  Conditions summary;
  summary.note_rnn = WithMotif("note-rnn", {.06, .05, .07});
  summary.table = {Summarise(ConditionOf("q", indices), runs)};
  return summary;
}

std::string ValuesText(const Conditions& summary) { return PaperConclusions(summary)[1].text; }

TEST(PaperConclusions, TwoSeedsConfirmNothing) {
  const Conditions summary = WithQ({.2, .9});
  EXPECT_THAT(PaperConclusions(summary)[0].text, HasSubstr("2 seeds, too few for an interval"));
  EXPECT_THAT(ValuesText(summary), AllOf(HasSubstr("cannot be decided"), HasSubstr("More seeds")));
}

// Of the paper's notes in motif, Q has .757 and the Note RNN .059. The other figures are 0 here.
TEST(PaperConclusions, AnIntervalWiderThanThePapersColumnsDifferConfirmsNothing) {
  EXPECT_THAT(ValuesText(WithQ({.75, .757, .76})), Not(HasSubstr("cannot be decided")));
  EXPECT_THAT(ValuesText(WithQ({.5, .757, .9})), HasSubstr("1 cannot be decided"));
}

Conditions WithBaseline(double reward, double kl) {
  Conditions summary;
  summary.note_rnn = SpendingKl("note-rnn", "Note RNN", -1, 0);
  summary.table = {SpendingKl("q", "Q", 2, .4), SpendingKl("pg", "PG", 3.3, .5)};
  summary.baselines = {SpendingKl("decoding", "best of 1024", reward, kl)};
  return summary;
}

TEST(BaselineConclusions, NameTheBestPolicyThatABaselineBeats) {
  EXPECT_THAT(
      BaselineConclusions(WithBaseline(3.13, .19)),
      ElementsAre(AllOf(HasSubstr("best of 1024: r_MT 3.130"), HasSubstr("a KL of at most 0.190"),
                        HasSubstr("1 of 2 tuned policies"), HasSubstr("Q, c 0.5, r_MT 2"),
                        Not(HasSubstr("PG")))));
}

TEST(BaselineConclusions, NameTheBestPolicyThatStaysAsNear) {
  EXPECT_THAT(BaselineConclusions(WithBaseline(3.13, .45)),
              ElementsAre(HasSubstr("with as little KL: Q, c 0.5, r_MT 2")));
}

TEST(BaselineConclusions, SayThatNoneBeatsTuning) {
  EXPECT_THAT(BaselineConclusions(WithBaseline(1.9, .1)), ElementsAre(HasSubstr("No baseline")));
}

TEST(BeatsAtNoMoreKl, NeedsMoreRewardThanTheIntervalsAllow) {
  const Condition policy = SpendingKl("q", "Q", 2, .4);
  EXPECT_TRUE(BeatsAtNoMoreKl(SpendingKl("decoding", "SMC", 2.1, .4), policy));
  EXPECT_FALSE(BeatsAtNoMoreKl(SpendingKl("decoding", "SMC", 2.01, .4), policy));
  EXPECT_FALSE(BeatsAtNoMoreKl(SpendingKl("decoding", "SMC", 2.1, .41), policy));
}

TEST(TurningPoint, IsWhereFewAreDistinctAlthoughRewardRose) {
  const Condition varied = SummaryWith("pg", {2, 1.9, 2.1}, {1, .99, 1});
  const Condition hacked = SummaryWith("pg", {5, 4.9, 5.1}, {.1, .09, .11});
  EXPECT_EQ(TurningPoint(std::vector{varied, varied, hacked}), 2U);
}

TEST(TurningPoint, NeedsMoreRewardThanBefore) {
  const Condition varied = SummaryWith("pg", {5, 4.9, 5.1}, {1, .99, 1});
  const Condition poorer = SummaryWith("pg", {4.95, 4.8, 5.1}, {.1, .09, .11});
  EXPECT_EQ(TurningPoint(std::vector{varied, poorer}), std::nullopt);
}

TEST(TurningPoint, NeedsClearlyFewerDistinctCompositions) {
  const Condition varied = SummaryWith("pg", {2, 1.9, 2.1}, {1, .99, 1});
  const Condition nearly = SummaryWith("pg", {5, 4.9, 5.1}, {.94, .93, .96});
  EXPECT_EQ(TurningPoint(std::vector{varied, nearly}), std::nullopt);
}

}  // namespace
}  // namespace rltuner::experiment
