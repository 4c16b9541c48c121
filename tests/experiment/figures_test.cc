// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "experiment/results.h"

namespace rltuner::experiment {
namespace {

using testing::HasSubstr;

Conditions SmallSummary() {
  Conditions summary{.note_rnn = SummaryWith("note-rnn", {-1, -1.1, -.9}, {1, 1, 1}),
                     .table = {SummaryWith("q", {2, 1.9, 2.1}, {1, .99, 1})}};
  summary.table[0].title = "Q, best";
  return summary;
}

TEST(Table1Csv, HasThePapersValueAndWhetherItLiesOutside) {
  const std::string csv = Table1Csv(SmallSummary());
  EXPECT_THAT(csv, HasSubstr("\nmean_theory_reward,\"Q, best\",1,100,2,1.9,2.1,,\n"));
  EXPECT_THAT(csv, HasSubstr("\nnotes_in_motif,\"Q, best\",1,100,0,0,0,0.757,yes\n"));
}

TEST(ConditionsCsv, EveryLineHasAsManyCellsAsTheHeader) {
  Conditions summary = SmallSummary();
  summary.table[0].title = "Q";
  const std::string csv = ConditionsCsv(FrontierConditions(summary));
  std::istringstream lines(csv);
  std::string header;
  std::getline(lines, header);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','),
              std::count(header.begin(), header.end(), ','));
  }
  EXPECT_EQ(count, 2);
}

TEST(LogZCsv, SaysWhichEstimatesHaveConverged) {
  const std::vector<LogZAt> estimates = {
      {.c = 0.5,
       .log_z =
           {.value = 250, .standard_error = .15, .mean_log = 223, .runs = 152, .at_least = 249}},
      {.c = 5,
       .log_z = {
           .value = 14, .standard_error = .01, .mean_log = 13.95, .runs = 152, .at_least = 13.9}}};
  const std::string csv = LogZCsv(estimates);
  EXPECT_THAT(csv, HasSubstr("\n0.5,250,0.15,223,152,no,249\n"));
  EXPECT_THAT(csv, HasSubstr("\n5,14,0.01,13.95,152,yes,13.9\n"));
  EXPECT_TRUE(AnyConverged(estimates));
  EXPECT_FALSE(AnyConverged(std::span(estimates).first(1)));
}

TEST(Figure2Csv, IsEmptyWhereThereIsNoInterval) {
  Conditions summary = SmallSummary();
  summary.table[0].curve = {{.iteration = 1000,
                             .log_prob = {-1.5, std::nan(""), std::nan("")},
                             .reward = {2, 1, 3},
                             .distinct = {1, 1, 1}}};
  EXPECT_THAT(Figure2Csv(summary), HasSubstr("\nq,1,1000,-1.5,,,2,1,3,1,1,1\n"));
}

}  // namespace
}  // namespace rltuner::experiment
