// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/kl_budget.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rltuner {
namespace {

// A policy that goes a tenth of the way, with each update, to the KL that c asks for.
double KlHeld(double budget, double c, double strength, int updates = 600) {
  KlBudget dial(budget, c);
  double kl = 0;
  for (int update = 0; update < updates; ++update) {
    kl += 0.1 * (strength / dial.c() - kl);
    dial.Observe(kl);
  }
  return kl;
}

TEST(KlBudget, IsHeldFromAnyCAndWithRulesOfAnyStrength) {
  for (const double budget : {0.05, 0.2, 0.5}) {
    for (const double c : {0.5, 1.32, 5.0}) {
      for (const double strength : {0.2, 1.0, 4.0}) {
        EXPECT_NEAR(KlHeld(budget, c, strength), budget, 0.01 * budget)
            << "budget " << budget << ", c " << c << ", strength " << strength;
      }
    }
  }
}

// 1,250,000 events are 152 updates of the default recipe.
TEST(KlBudget, IsHeldByARunOfFewUpdates) {
  for (const double strength : {0.01, 0.2, 1.0, 4.0}) {
    EXPECT_NEAR(KlHeld(0.05, 1.32, strength, 150), 0.05, 0.02 * 0.05) << strength;
  }
}

TEST(KlBudget, WithoutOneCStays) {
  KlBudget dial(0, 1.5);
  dial.Observe(3);
  EXPECT_EQ(dial.c(), 1.5);
  EXPECT_FALSE(dial.active());
}

TEST(KlBudget, RulesThatMoveNothingLeaveCFinite) {
  KlBudget dial(0.5, 1);
  for (int update = 0; update < 10'000; ++update) dial.Observe(0);
  EXPECT_GT(dial.c(), 1e-4);
}

TEST(KlBudget, AnotherOneCountsFromThenOn) {
  KlBudget dial(0.5, 1);
  dial.Set(0.1);
  dial.Observe(0.3);
  EXPECT_GT(dial.c(), 1);
}

}  // namespace
}  // namespace rltuner
