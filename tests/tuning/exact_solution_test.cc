// SPDX-License-Identifier: Apache-2.0
// Each method must reach the solution that enumeration gives for a problem small enough to
// enumerate.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "rltuner/core/random.h"
#include "rltuner/tuning/methods.h"
#include "tuning/exact_problem.h"

namespace rltuner {
namespace {

using History = ExactProblem::History;
using Values = ExactProblem::Values;

constexpr int kActions = ExactProblem::kActions;

Network SmallNoteRnn() {
  Random random(42);
  Network network = Network::Random({.vocabulary = kActions, .hidden = 24, .layers = 1}, random);
  // Preferences that differ clearly from uniform.
  for (float& weight : network.arena()) weight *= 2;
  return network;
}

TuningOptions Options(const std::string& method) {
  TuningOptions options;
  options.method = method;
  options.c = 0.8;
  options.gamma = 0.9;
  options.length = ExactProblem::kLength;
  options.iterations = 240'000;
  options.replay_capacity = 5'000;
  options.epsilon_end = 0.5;
  options.learning_rate = 2e-3;
  options.gradient_every = 2;
  return options;
}

std::unique_ptr<Tuning> Tuned(const Network& note_rnn, const TuningOptions& options) {
  std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, SmallReward(), options);
  tuning->Advance(options.iterations);
  EXPECT_EQ(tuning->Failure(), "");
  return tuning;
}

Values PolicyOf(const Tuning& tuning, const ExactProblem& problem, const History& history) {
  Values logits = ExactProblem::Outputs(*tuning.Networks().network, history);
  if (tuning.Networks().form == PolicyForm::kPriorTimesOutputs) {
    const Values log_prior = problem.LogPrior(history);
    for (int a = 0; a < kActions; ++a) logits[a] += log_prior[a];
  }
  const double normalizer = ExactProblem::LogSum(logits);
  for (double& logit : logits) logit = std::exp(logit - normalizer);
  return logits;
}

void ExpectKlControlOptimum(const Tuning& tuning, const ExactProblem& problem, double tolerance) {
  for (const History& history : ExactProblem::Histories()) {
    const Values psi = problem.Psi(history);
    const double normalizer = ExactProblem::LogSum(psi);
    const Values policy = PolicyOf(tuning, problem, history);
    for (int a = 0; a < kActions; ++a) {
      EXPECT_NEAR(policy[a], std::exp(psi[a] - normalizer), tolerance)
          << "history of " << history.size() << " ending in " << history.back() << ", action " << a;
    }
  }
}

class KlControlTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Methods, KlControlTest, testing::Values("psi", "g"),
                         [](const auto& test) { return test.param; });

TEST_P(KlControlTest, ReachesTheKlControlOptimum) {
  const Network note_rnn = SmallNoteRnn();
  const TuningOptions options = Options(GetParam());
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  ExpectKlControlOptimum(*tuning, problem, 0.02);
}

// With gamma = 1 the policy gradient climbs the same objective that Psi and G solve.
TEST(PolicyGradient, ReachesTheKlControlOptimum) {
  const Network note_rnn = SmallNoteRnn();
  TuningOptions options = Options("pg");
  options.gamma = 1;
  options.iterations = 1'500'000;
  options.compositions = 512;
  options.learning_rate = 3e-3;
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  ExpectKlControlOptimum(*tuning, problem, 0.05);
}

class ActionValueTest : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(DoubleQ, ActionValueTest, testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "Double" : "Single");
});

TEST_P(ActionValueTest, QReachesTheOptimalActionValues) {
  const Network note_rnn = SmallNoteRnn();
  TuningOptions options = Options("q");
  options.double_q = GetParam();
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  for (const History& history : ExactProblem::Histories()) {
    const Values expected = problem.Q(history);
    const Values learnt = ExactProblem::Outputs(*tuning->Networks().network, history);
    for (int a = 0; a < kActions; ++a) {
      EXPECT_NEAR(learnt[a], expected[a], 0.1)
          << "history of " << history.size() << " ending in " << history.back() << ", action " << a;
    }
  }
}

TEST(RlOnly, LearnsTheValuesOfTheRewardAlone) {
  const Network note_rnn = SmallNoteRnn();
  const TuningOptions options = Options("rl-only");
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  // The last action's value is its reward: no future, no likelihood.
  for (const History& history : ExactProblem::Histories()) {
    if (static_cast<int>(history.size()) < ExactProblem::kLength) continue;
    const Values rewards = problem.Rewards(history);
    const Values learnt = ExactProblem::Outputs(*tuning->Networks().network, history);
    for (int a = 0; a < kActions; ++a) EXPECT_NEAR(learnt[a], rewards[a], 0.1);
  }
}

}  // namespace
}  // namespace rltuner
