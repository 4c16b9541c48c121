// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/gap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "experiment/results.h"

namespace rltuner::experiment {
namespace {

const std::vector<LogZAt> kKnown = {{.c = 0.5, .log_z = {.value = 10, .mean_log = 9.95}}};

Conditions Played() {
  return {.note_rnn = SpendingKl("note-rnn", "Note RNN", 1, 0),
          .table = {SpendingKl("q", "Q", 2, .5)},
          .baselines = {SpendingKl("note-rnn", "best of 1024", 2.2, .1)}};
}

TEST(Gaps, AreWhatIsMissingOfLogZTheNearestFirst) {
  const std::vector<Gap> gaps = Gaps(Played(), kKnown, 2);
  ASSERT_EQ(gaps.size(), 3);
  EXPECT_EQ(gaps[0].title, "best of 1024");
  EXPECT_NEAR(gaps[0].nats(), 1.4, 1e-9);
  EXPECT_EQ(gaps[0].steps, 1024);
  EXPECT_EQ(gaps[1].title, "Q");
  EXPECT_NEAR(gaps[1].nats(), 3, 1e-9);
  EXPECT_EQ(gaps[1].steps, 1);
  EXPECT_NEAR(gaps[2].nats(), 6, 1e-9);
}

TEST(Gaps, LeaveOutPoliciesOfAnotherC) {
  const std::vector<LogZAt> log_z = {{.c = 5, .log_z = kKnown[0].log_z}};
  EXPECT_EQ(Gaps(Played(), log_z, 2).size(), 2);
}

TEST(Gaps, AreToALowerBoundWhereRunsDisagree) {
  std::vector<LogZAt> log_z = kKnown;
  log_z[0].log_z.mean_log = 9;
  log_z[0].log_z.at_least = 9.8;
  const std::vector<Gap> gaps = Gaps(Played(), log_z, 2);
  ASSERT_EQ(gaps.size(), 3);
  EXPECT_EQ(GapText(gaps[0]), "at least 1.20");
  EXPECT_THAT(GapFindings(gaps)[0],
              testing::StartsWith("At c = 0.5, nearest to log Z, at least 9.80, is best of 1024 "
                                  "(at least 1.20 nats)"));
}

TEST(Gaps, LeaveOutSmcThatAimsAtAnotherC) {
  Conditions summary = Played();
  summary.baselines[0].c = 2;
  EXPECT_EQ(Gaps(summary, kKnown, 2).size(), 2);
}

TEST(Gaps, AreToTheHighestValueWhereTheLowerBoundIsBelowIt) {
  const std::vector<LogZAt> log_z = {
      {.c = 0.5, .log_z = {.value = 8, .mean_log = 5, .at_least = 7}}};
  const std::vector<Gap> gaps = Gaps(Played(), log_z, 2);
  EXPECT_EQ(GapText(gaps[0]), "at least 0.00");
  EXPECT_EQ(GapText(gaps[1]), "at least 1.60");
}

TEST(GapFindings, SayWhatIsNearestAtWhichCost) {
  EXPECT_THAT(GapFindings(Gaps(Played(), kKnown, 2)),
              testing::ElementsAre(
                  "At c = 0.5, nearest to log Z, 10.00, is best of 1024 (1.40 nats), at 1024 "
                  "network steps an event; with at most 64, Q (3.00 nats); with one, Q (3.00 "
                  "nats)."));
}

TEST(GapCsv, HasALineForEach) {
  EXPECT_THAT(GapCsv(Gaps(Played(), kKnown, 2)), testing::HasSubstr("\n0.5,\"Q\",1,7,10,3,no\n"));
}

}  // namespace
}  // namespace rltuner::experiment
