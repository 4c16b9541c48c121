// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/held_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "training_fixtures.h"

namespace rltuner {
namespace {

constexpr NetworkShape kShape{.vocabulary = 38, .hidden = 8, .layers = 1};

TEST(HeldOut, AZeroNetworkGuesses) {
  const Melodies melodies = RandomMelodies(5, 3, 20, 1);
  const HeldOutMetrics figures = MeasureHeldOut(Network(kShape), melodies.Spans(), true, 0, 1);
  EXPECT_NEAR(figures.log_perplexity, std::log(38.0), 1e-5);
}

TEST(HeldOut, TheOutputBiasAloneIsTheDistribution) {
  Network network(kShape);
  network.output_bias()[14] = std::log(37.0F);  // half of all probability
  const Melodies melodies{{{14, 14, 14, 20}}};
  const HeldOutMetrics figures = MeasureHeldOut(network, melodies.Spans(), true, 0, 1);
  EXPECT_NEAR(figures.accuracy, 0.75, 1e-12);
  EXPECT_NEAR(figures.log_perplexity, (3 * std::log(2.0) + std::log(74.0)) / 4, 1e-5);
}

TEST(HeldOut, LeftOutStepsAreNotCounted) {
  const Melodies melodies = PatternMelodies(2, 10);
  EXPECT_EQ(MeasureHeldOut(Network(kShape), melodies.Spans(), true, 4, 1).steps, 12);
}

TEST(HeldOut, UnprimedMelodiesHaveAStepLess) {
  const Melodies melodies = PatternMelodies(2, 10);
  EXPECT_EQ(MeasureHeldOut(Network(kShape), melodies.Spans(), false, 0, 1).steps, 18);
}

TEST(HeldOut, NoMelodyGivesNoSteps) {
  EXPECT_EQ(MeasureHeldOut(Network(kShape), {}, true, 0, 2).steps, 0);
}

TEST(HeldOut, ThreadsDoNotChangeTheFigures) {
  Random random(3);
  const Network network = Network::Random(kShape, random);
  const Melodies melodies = RandomMelodies(100, 3, 40, 2);
  const HeldOutMetrics one = MeasureHeldOut(network, melodies.Spans(), true, 0, 1);
  const HeldOutMetrics three = MeasureHeldOut(network, melodies.Spans(), true, 0, 3);
  EXPECT_EQ(one.log_perplexity, three.log_perplexity);
  EXPECT_EQ(one.accuracy, three.accuracy);
}

}  // namespace
}  // namespace rltuner
