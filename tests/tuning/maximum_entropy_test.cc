// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/maximum_entropy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "normal.h"
#include "rltuner/core/random.h"

namespace rltuner {
namespace {

// Every sequence of three coins, each once: the distribution with means m has independent coins,
// and their weights are log(m / (1 - m)).
FeatureSamples Coins() {
  FeatureSamples samples{.features = 3};
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < 3; ++k) samples.values.push_back(i >> k & 1);
    samples.log_weights.push_back(0);
  }
  return samples;
}

const std::vector<int> kNoTables = {-1, -1, -1};

TEST(MaximumEntropy, FindsTheWeightsOfIndependentCoins) {
  const std::vector<double> targets = {0.5, 0.8, 0.1};
  const std::vector<double> weights =
      MatchMeans(Coins(), targets, kNoTables, std::vector<double>(3));
  for (int k = 0; k < 3; ++k) {
    EXPECT_NEAR(weights[k], std::log(targets[k] / (1 - targets[k])), 0.15) << k;
  }
}

TEST(MaximumEntropy, ReweighedSamplesHaveTheMeans) {
  FeatureSamples samples = Coins();
  Random random(3);
  for (double& weight : samples.log_weights) weight = Normal(random);
  const std::vector<double> targets = {0.3, 0.6, 0.7};
  const std::vector<double> weights =
      MatchMeans(samples, targets, kNoTables, std::vector<double>(3));
  const Reweighted reweighted = Reweigh(samples, weights);
  for (int k = 0; k < 3; ++k) {
    double mean = 0;
    for (int i = 0; i < 8; ++i) mean += reweighted.shares[i] * samples.row(i)[k];
    EXPECT_NEAR(mean, targets[k], 0.02) << k;
  }
}

TEST(MaximumEntropy, ATablesWeightsAreTheLogarithmsOfTheShares) {
  FeatureSamples samples{.features = 3};
  const int counts[] = {600, 300, 100};
  for (int k = 0; k < 3; ++k) {
    for (int i = 0; i < counts[k]; ++i) {
      for (int other = 0; other < 3; ++other) samples.values.push_back(other == k ? 1 : 0);
      samples.log_weights.push_back(0);
    }
  }
  const std::vector<double> weights =
      MatchMeans(samples, std::vector{0.2, 0.3, 0.5}, std::vector{0, 0, 0}, std::vector(3, 0.0));
  EXPECT_NEAR(weights[1] - weights[0], std::log(0.3 / 0.3) - std::log(0.2 / 0.6), 0.15);
  EXPECT_NEAR(weights[2] - weights[0], std::log(0.5 / 0.1) - std::log(0.2 / 0.6), 0.15);
}

TEST(MaximumEntropy, AnEntryNeverSeenHasAFiniteWeight) {
  FeatureSamples samples{.features = 2};
  for (int i = 0; i < 1000; ++i) {
    samples.values.insert(samples.values.end(), {1, 0});
    samples.log_weights.push_back(0);
  }
  const std::vector<double> weights =
      MatchMeans(samples, std::vector{0.5, 0.5}, std::vector{0, 0}, std::vector(2, 0.0));
  EXPECT_NEAR(weights[1] - weights[0], std::log(1000 / 0.5), 1);
}

TEST(MaximumEntropy, EffectiveSizeIsOneForEqualWeightsAndSmallForOneThatDwarfsAll) {
  FeatureSamples samples = Coins();
  EXPECT_NEAR(Reweigh(samples, std::vector(3, 0.0)).effective, 1, 1e-12);
  samples.log_weights[2] = 50;
  EXPECT_NEAR(Reweigh(samples, std::vector(3, 0.0)).effective, 1 / 8.0, 1e-9);
}

}  // namespace
}  // namespace rltuner
