// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/training_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rltuner {
namespace {

TEST(TrainingOptions, TheRateFallsInSteps) {
  TrainingOptions options;
  options.learning_rate = 0.5;
  options.decay = 0.85;
  options.decay_steps = 1000;
  EXPECT_DOUBLE_EQ(LearningRate(options, 0), 0.5);
  EXPECT_DOUBLE_EQ(LearningRate(options, 999), 0.5);
  EXPECT_DOUBLE_EQ(LearningRate(options, 1000), 0.5 * 0.85);
  EXPECT_NEAR(LearningRate(options, 29999), 0.5 * std::pow(0.85, 29), 1e-12);
}

TEST(TrainingOptions, IdentityLeavesOutTheLength) {
  TrainingOptions longer;
  longer.iterations *= 2;
  longer.patience = 9;
  longer.checkpoint_interval = 1;
  EXPECT_EQ(TrainingIdentity({}, longer), TrainingIdentity({}, {}));
}

TEST(TrainingOptions, IdentityHoldsWhatChangesTheWeights) {
  TrainingOptions other;
  other.l2 = 1e-4;
  EXPECT_NE(TrainingIdentity({}, other), TrainingIdentity({}, {}));
}

}  // namespace
}  // namespace rltuner
