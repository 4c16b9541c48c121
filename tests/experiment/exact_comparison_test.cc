// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/exact_comparison.h"

#include <gtest/gtest.h>

#include <map>

#include "rltuner/tuning/methods.h"

namespace rltuner::experiment {
namespace {

TEST(ExactComparison, HasTheNoteRnnAndEveryMethod) {
  const ExactComparison compared = CompareOnExactProblem(0.002, 2);
  EXPECT_EQ(compared.rows.size(), 1 + RewardMethods().size());
  EXPECT_EQ(compared.rows.front().method, "note-rnn");
}

TEST(ExactComparison, NoMethodIsAboveTheOptimum) {
  const ExactComparison compared = CompareOnExactProblem(0.002, 2);
  for (const ExactComparison::Row& row : compared.rows) {
    EXPECT_GT(row.gap, 0) << row.method;
    EXPECT_DOUBLE_EQ(row.gap, compared.log_z - row.of_policy.value()) << row.method;
  }
}

TEST(ExactComparison, MethodsOfKlControlComeNearestToTheOptimum) {
  std::map<std::string, double> gaps;
  for (const ExactComparison::Row& row : CompareOnExactProblem(0.25, 2).rows)
    gaps[std::string(row.method)] = row.gap;
  for (const char* method : {"psi", "g", "pg"}) {
    EXPECT_LT(gaps[method], 0.02) << method;
    for (const char* worse : {"rl-only", "note-rnn"}) {
      EXPECT_GT(gaps[worse], 5 * gaps[method]) << method << " and " << worse;
    }
  }
}

TEST(ExactComparison, TheEstimateBySmcCoversLogZ) {
  const ExactComparison compared = CompareOnExactProblem(0.002, 40);
  EXPECT_LT(compared.smc_log_z.low, compared.log_z);
  EXPECT_GT(compared.smc_log_z.high, compared.log_z);
}

}  // namespace
}  // namespace rltuner::experiment
