// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/policy_gradient.h"

#include <gtest/gtest.h>

#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

// Nats per action that are learnt when the rules drown the data.
double EntropyLearnt(double entropy_floor) {
  TuningOptions options = ExactProblem::Recipe("pg");
  options.c = 0.2;
  options.entropy_floor = entropy_floor;
  PolicyGradient tuning(ExactProblem::NoteRnn(), SmallReward(), options);
  tuning.Advance(300'000);
  const RolloutOptions sampling{.length = ExactProblem::kLength, .seed = 1};
  return Mean(SampleRollouts(tuning.Networks(), sampling, 1000).entropy);
}

double RewardLearnt(double reward_target) {
  TuningOptions options = ExactProblem::Recipe("pg");
  options.c = 2;
  options.compositions = 32;
  options.c_lowest = 0.05;
  options.reward_target = reward_target;
  PolicyGradient tuning(ExactProblem::NoteRnn(), SmallReward(), options);
  tuning.Advance(600'000);
  const SmallReward reward;
  const RolloutOptions sampling{.length = ExactProblem::kLength, .seed = 1, .reward = &reward};
  return Mean(SampleRollouts(tuning.Networks(), sampling, 1000).rewards);
}

TEST(PolicyGradient, AReachableRewardTargetIsMet) {
  EXPECT_LT(RewardLearnt(0), 0.7);
  EXPECT_NEAR(RewardLearnt(0.8), 0.8, 0.05);
}

TEST(PolicyGradient, StrongRulesLeaveLittleVariety) { EXPECT_LT(EntropyLearnt(0), 0.5); }

TEST(PolicyGradient, TheEntropyFloorKeepsVariety) { EXPECT_GT(EntropyLearnt(0.9), 0.6); }

}  // namespace
}  // namespace rltuner
