// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/exact_comparison.h"

#include <gtest/gtest.h>

#include <map>

#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

// A few seconds of training are enough for what is asked here.
const ExactComparison& Compared() {
  static const ExactComparison comparison =
      CompareOnExactProblem({.share_of_iterations = 0.25, .smc_runs_per_primer = 40});
  return comparison;
}

std::map<std::string, ExactComparison::Row> ByMethod() {
  std::map<std::string, ExactComparison::Row> rows;
  for (const ExactComparison::Row& row : Compared().rows) rows[row.method] = row;
  return rows;
}

TEST(ExactComparison, HasTheNoteRnnAndEveryMethod) {
  EXPECT_EQ(Compared().rows.size(), 1 + MethodNames().size());
  EXPECT_EQ(Compared().rows.front().method, "note-rnn");
}

TEST(ExactComparison, NoMethodIsAboveTheOptimum) {
  for (const ExactComparison::Row& row : Compared().rows) {
    EXPECT_GT(row.gap, 0) << row.method;
    EXPECT_DOUBLE_EQ(row.gap, Compared().log_z - row.value) << row.method;
    EXPECT_DOUBLE_EQ(row.value, row.reward - row.kl) << row.method;
  }
}

TEST(ExactComparison, MethodsOfKlControlComeNearTheOptimum) {
  for (const char* method : {"psi", "g", "pg"}) EXPECT_LT(ByMethod()[method].gap, 0.02) << method;
}

TEST(ExactComparison, ForgettingTheNoteRnnCostsMost) {
  EXPECT_GT(ByMethod()["rl-only"].gap, 5 * ByMethod()["psi"].gap);
  EXPECT_GT(ByMethod()["note-rnn"].gap, 5 * ByMethod()["psi"].gap);
}

TEST(ExactComparison, TheEstimateBySmcCoversLogZ) {
  EXPECT_LT(Compared().smc_log_z.low, Compared().log_z);
  EXPECT_GT(Compared().smc_log_z.high, Compared().log_z);
}

}  // namespace
}  // namespace rltuner
