// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "normal.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

constexpr NetworkShape kPolicyShape{.vocabulary = 5, .hidden = 7, .layers = 1};
constexpr NetworkShape kPriorShape{.vocabulary = 5, .hidden = 4, .layers = 2};

Network Tiny(const NetworkShape& shape, std::uint64_t seed) {
  Random random(seed);
  Network network = Network::Random(shape, random);
  for (float& weight : network.arena()) weight *= 3;  // so that the distributions are not flat
  return network;
}

std::vector<float> OutputsAfter(const Network& network, std::span<const int> events) {
  BatchStepper stepper(network.shape(), 1);
  for (const int event : events) stepper.Step(network, std::span(&event, 1));
  return {stepper.outputs(0).begin(), stepper.outputs(0).end()};
}

std::vector<float> LogPolicyOf(std::vector<float> logits, float temperature) {
  LogPolicy(logits, temperature, logits);
  return logits;
}

void FeedAll(Policy& policy, std::span<const int> events) {
  for (const int event : events) policy.Step(std::span(&event, 1));
}

constexpr std::array<int, 3> kEvents = {3, 0, 4};

TEST(Policy, OfOutputsIsTheirSoftmax) {
  const Network network = Tiny(kPolicyShape, 1);
  const Network prior = Tiny(kPriorShape, 2);
  Policy policy({&network, &prior, PolicyForm::kOutputs}, 1);
  FeedAll(policy, kEvents);
  std::vector<float> log_policy(5);
  LogPolicy(policy.logits(0), 1, log_policy);
  std::vector<float> expected(5);
  LogSoftmax(OutputsAfter(network, kEvents), expected);
  EXPECT_THAT(log_policy, testing::Pointwise(testing::FloatNear(1e-6F), expected));
}

TEST(Policy, OfGIsThePriorTimesExpOfTheOutputsNormalised) {
  const Network network = Tiny(kPolicyShape, 1);
  const Network prior = Tiny(kPriorShape, 2);
  Policy policy({&network, &prior, PolicyForm::kPriorTimesOutputs}, 1);
  FeedAll(policy, kEvents);
  std::vector<float> log_policy(5);
  LogPolicy(policy.logits(0), 1, log_policy);

  const std::vector<float> g = OutputsAfter(network, kEvents);
  std::vector<float> p(5);
  Softmax(OutputsAfter(prior, kEvents), p);
  double total = 0;
  for (int a = 0; a < 5; ++a) total += p[a] * std::exp(g[a]);
  for (int a = 0; a < 5; ++a) {
    EXPECT_NEAR(std::exp(log_policy[a]), p[a] * std::exp(g[a]) / total, 1e-6) << a;
  }
}

TEST(Policy, LogPriorIsTheNoteRnnsLogSoftmax) {
  const Network network = Tiny(kPolicyShape, 1);
  const Network prior = Tiny(kPriorShape, 2);
  Policy policy({&network, &prior, PolicyForm::kOutputs}, 1);
  FeedAll(policy, kEvents);
  std::vector<float> expected(5);
  LogSoftmax(OutputsAfter(prior, kEvents), expected);
  EXPECT_THAT(policy.log_prior(0), testing::Pointwise(testing::FloatEq(), expected));
}

TEST(Policy, OfANoteRnnHasItsOwnPrior) {
  Model model{.network = Tiny(kPolicyShape, 1), .prior = {}, .recipe = {}};
  Policy policy(NetworksOf(model), 1);
  FeedAll(policy, kEvents);
  std::vector<float> log_policy(5);
  LogPolicy(policy.logits(0), 1, log_policy);
  EXPECT_THAT(policy.log_prior(0), testing::Pointwise(testing::FloatNear(1e-6F), log_policy));
}

TEST(Policy, ResetForgetsBothNetworksStates) {
  const Network network = Tiny(kPolicyShape, 1);
  const Network prior = Tiny(kPriorShape, 2);
  Policy policy({&network, &prior, PolicyForm::kPriorTimesOutputs}, 1);
  FeedAll(policy, kEvents);
  const std::vector<float> first(policy.logits(0).begin(), policy.logits(0).end());
  FeedAll(policy, kEvents);
  EXPECT_THAT(policy.logits(0), testing::Not(testing::ElementsAreArray(first)));
  policy.Reset();
  FeedAll(policy, kEvents);
  EXPECT_THAT(policy.logits(0), testing::ElementsAreArray(first));
}

TEST(Policy, ACopiedStateGoesOnAsTheOriginal) {
  const Network network = Tiny(kPolicyShape, 1);
  const Network prior = Tiny(kPriorShape, 2);
  Policy policy({&network, &prior, PolicyForm::kPriorTimesOutputs}, 2);
  policy.Step(std::array<int, 2>{3, 1});
  policy.CopyState(0, 1);
  policy.Step(std::array<int, 2>{4, 4});
  EXPECT_TRUE(std::ranges::equal(policy.logits(0), policy.logits(1)));
  EXPECT_TRUE(std::ranges::equal(policy.log_prior(0), policy.log_prior(1)));
}

TEST(Policy, ATunedModelPlaysAsItsNetworksDid) {
  const Network network = Tiny(kPolicyShape, 1);
  const Network prior = Tiny(kPriorShape, 2);
  const Model model = ModelOf({&network, &prior, PolicyForm::kPriorTimesOutputs}, "g", "recipe");
  EXPECT_EQ(model.method, "g");
  EXPECT_EQ(model.recipe, "recipe");
  const PolicyNetworks networks = NetworksOf(model);
  EXPECT_EQ(networks.form, PolicyForm::kPriorTimesOutputs);
  EXPECT_TRUE(std::ranges::equal(networks.network->arena(), network.arena()));
  EXPECT_TRUE(std::ranges::equal(networks.note_rnn->arena(), prior.arena()));
}

TEST(LogPolicy, DividesLogitsByTheTemperature) {
  const std::vector<float> log_policy = LogPolicyOf({0, 2}, 2);
  EXPECT_NEAR(log_policy[1] - log_policy[0], 1, 1e-6);
  EXPECT_NEAR(std::exp(log_policy[0]) + std::exp(log_policy[1]), 1, 1e-6);
}

TEST(LogPolicy, AtTemperatureZeroPlaysTheFirstArgMaxOnly) {
  const float never = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(LogPolicyOf({1, 4, 4, 2}, 0), testing::ElementsAre(never, 0, never, never));
}

TEST(LogPolicy, AtATinyTemperatureStaysFinite) {
  const std::vector<float> log_policy = LogPolicyOf({1, 4, 2}, 1e-38F);
  EXPECT_NEAR(log_policy[1], 0, 1e-6);
}

TEST(LogPolicy, KeepsRuledOutActionsImpossible) {
  const float never = -std::numeric_limits<float>::infinity();
  const std::vector<float> log_policy = LogPolicyOf({1, never, 1}, 1);
  EXPECT_EQ(log_policy[1], never);
  EXPECT_NEAR(log_policy[0], std::log(0.5), 1e-6);
}

TEST(PolicyDistribution, IsLogPolicyAndItsExponential) {
  const float never = -std::numeric_limits<float>::infinity();
  Random random(5);
  for (const float temperature : {0.0F, 0.5F, 1.0F, 3.0F}) {
    std::vector<float> logits(38);
    for (float& logit : logits) logit = static_cast<float>(3 * Normal(random));
    logits[7] = never;
    std::vector<float> log_policy(38);
    std::vector<float> probabilities(38);
    PolicyDistribution(logits, temperature, log_policy, probabilities);
    const std::vector<float> expected = LogPolicyOf(logits, temperature);
    for (int a = 0; a < 38; ++a) {
      EXPECT_NEAR(probabilities[a], std::exp(expected[a]), 1e-6) << a;
      if (expected[a] != never) {
        EXPECT_NEAR(log_policy[a], expected[a], 1e-5) << a;
      }
    }
    EXPECT_EQ(probabilities[7], 0);
    EXPECT_EQ(log_policy[7], never);
  }
}

TEST(DrawActions, TogetherHaveSharesNearTheProbabilities) {
  const std::array<float, 4> probabilities = {0.3F, 0, 0.55F, 0.15F};
  Random random(6);
  std::array<int, 4> drawn = {};
  std::array<int, 7> actions = {};
  for (int round = 0; round < 4000; ++round) {
    DrawActions(probabilities, random, actions);
    for (std::size_t a = 0; a < 4; ++a) {
      const auto times = static_cast<int>(std::ranges::count(actions, static_cast<int>(a)));
      EXPECT_NEAR(times, 7 * probabilities[a], 1);
      drawn[a] += times;
    }
  }
  for (std::size_t a = 0; a < 4; ++a) EXPECT_NEAR(drawn[a] / 28000.0, probabilities[a], 0.005) << a;
}

TEST(DrawActions, DrawsOneWhenRoundingLeavesACrumb) {
  const std::array<float, 3> probabilities = {0, 1e-6F, 0};
  Random random(6);
  std::array<int, 2> actions = {};
  DrawActions(probabilities, random, actions);
  EXPECT_THAT(actions, testing::Each(1));
}

}  // namespace
}  // namespace rltuner
