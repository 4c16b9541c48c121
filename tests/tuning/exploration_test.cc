// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/exploration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

namespace rltuner {
namespace {

int Choose(const TuningOptions& options, std::span<const float> logits, std::int64_t iteration,
           Random& random) {
  return Exploration(options).Choose(
      static_cast<int>(logits.size()), [logits] { return logits; }, iteration, random);
}

TEST(Exploration, EpsilonFallsInAStraightLineOverTheFirstHalf) {
  TuningOptions options;
  options.iterations = 1000;
  const Exploration exploration(options);
  EXPECT_DOUBLE_EQ(exploration.Epsilon(0), 1.0);
  EXPECT_DOUBLE_EQ(exploration.Epsilon(250), 0.55);
  EXPECT_DOUBLE_EQ(exploration.Epsilon(500), 0.1);
  EXPECT_DOUBLE_EQ(exploration.Epsilon(900), 0.1);
}

TEST(Exploration, GreedyTakesTheLikeliest) {
  TuningOptions options;
  options.epsilon_start = 0;
  options.epsilon_end = 0;
  Random random(1);
  const std::vector<float> logits = {0, 2, 1};
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Choose(options, logits, i, random), 1);
  }
}

TEST(Exploration, EpsilonOneIsUniform) {
  constexpr std::uint64_t kSeed = 3;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const std::vector<float> logits = {0, 50, 0, 0};
  std::vector<int> counts(4);
  for (int i = 0; i < 20000; ++i) ++counts[Choose({}, logits, 0, random)];
  for (const int count : counts) EXPECT_NEAR(count, 5000, 5 * std::sqrt(20000 * 0.25 * 0.75));
}

TEST(Exploration, ARandomActionNeedsNoPolicy) {
  Random random(1);
  const std::vector<float> logits = {0, 0, 0};
  int asked = 0;
  TuningOptions options;
  const auto policy = [&] {
    ++asked;
    return std::span<const float>(logits);
  };
  for (int i = 0; i < 50; ++i) Exploration(options).Choose(3, policy, 0, random);
  EXPECT_EQ(asked, 0);
  options.epsilon_start = 0;
  options.epsilon_end = 0;
  for (int i = 0; i < 50; ++i) Exploration(options).Choose(3, policy, 0, random);
  EXPECT_EQ(asked, 50);
}

TEST(Exploration, BoltzmannDrawsFromThePolicy) {
  constexpr std::uint64_t kSeed = 4;
  SCOPED_TRACE(kSeed);
  TuningOptions options;
  options.exploration = "boltzmann";
  Random random(kSeed);
  const std::vector<float> logits = {0, std::log(3.0F)};
  int ones = 0;
  for (int i = 0; i < 20000; ++i) ones += Choose(options, logits, 0, random);
  EXPECT_NEAR(ones, 15000, 5 * std::sqrt(20000 * 0.25 * 0.75));
}

}  // namespace
}  // namespace rltuner
