// SPDX-License-Identifier: Apache-2.0
// Each method must reach the solution that enumeration gives for a problem small enough to
// enumerate.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

using History = ExactProblem::History;
using Values = ExactProblem::Values;

constexpr int kActions = ExactProblem::kActions;

std::unique_ptr<Tuning> Tuned(const Network& note_rnn, const TuningOptions& options) {
  std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, SmallReward(), options);
  tuning->Advance(options.iterations);
  EXPECT_EQ(tuning->Failure(), "");
  return tuning;
}

// All that an action can follow: 3 priming events, 9 and 27 longer ones.
std::vector<History> Histories() {
  std::vector<History> all = {{0}, {1}, {2}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].size() == ExactProblem::kLength) continue;
    for (int a = 0; a < kActions; ++a) {
      History longer = all[i];
      longer.push_back(a);
      all.push_back(std::move(longer));
    }
  }
  return all;
}

void ExpectKlControlOptimum(const Tuning& tuning, const ExactProblem& problem, double tolerance) {
  for (const History& history : Histories()) {
    const Values expected = problem.OptimalLogPolicy(history);
    const Values learnt = problem.LogPolicyOf(tuning.Networks(), history);
    for (int a = 0; a < kActions; ++a) {
      EXPECT_NEAR(std::exp(learnt[a]), std::exp(expected[a]), tolerance)
          << "history of " << history.size() << " ending in " << history.back() << ", action " << a;
    }
  }
}

class KlControlTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Methods, KlControlTest, testing::Values("psi", "g"),
                         [](const auto& test) { return test.param; });

TEST_P(KlControlTest, ReachesTheKlControlOptimum) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const TuningOptions options = ExactProblem::Recipe(MethodNamed(GetParam()));
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  ExpectKlControlOptimum(*tuning, problem, 0.02);
}

// With gamma = 1 the policy gradient climbs the same objective that Psi and G solve.
void ExpectPolicyGradientAtTheOptimum(double gae_lambda) {
  const Network note_rnn = ExactProblem::NoteRnn();
  TuningOptions options = ExactProblem::Recipe(MethodNamed("pg"));
  options.gae_lambda = gae_lambda;
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  ExpectKlControlOptimum(*tuning, problem, 0.05);
}

TEST(PolicyGradient, ReachesTheKlControlOptimum) { ExpectPolicyGradientAtTheOptimum(1); }

TEST(PolicyGradient, ReachesTheKlControlOptimumWithACritic) {
  ExpectPolicyGradientAtTheOptimum(0.9);
}

// Q*(s, a) = log p(a|s) + r/c + gamma max Q*(s', .).
Values ActionValues(const ExactProblem& problem, double gamma, const History& history) {
  Values values = problem.LogPrior(history);
  const Values rewards = problem.Rewards(history);
  for (int a = 0; a < kActions; ++a) {
    values[a] += rewards[a];
    if (static_cast<int>(history.size()) == ExactProblem::kLength) continue;
    History next = history;
    next.push_back(a);
    values[a] += gamma * std::ranges::max(ActionValues(problem, gamma, next));
  }
  return values;
}

class ActionValueTest : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(DoubleQ, ActionValueTest, testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "Double" : "Single");
});

TEST_P(ActionValueTest, QReachesTheOptimalActionValues) {
  const Network note_rnn = ExactProblem::NoteRnn();
  TuningOptions options = ExactProblem::Recipe(MethodNamed("q"));
  options.double_q = GetParam();
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  for (const History& history : Histories()) {
    const Values expected = ActionValues(problem, options.gamma, history);
    const Values learnt = ExactProblem::Outputs(*tuning->Networks().network, history);
    for (int a = 0; a < kActions; ++a) {
      EXPECT_NEAR(learnt[a], expected[a], 0.1)
          << "history of " << history.size() << " ending in " << history.back() << ", action " << a;
    }
  }
}

TEST(RlOnly, LearnsTheValuesOfTheRewardAlone) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const TuningOptions options = ExactProblem::Recipe(MethodNamed("rl-only"));
  const std::unique_ptr<Tuning> tuning = Tuned(note_rnn, options);
  const ExactProblem problem(note_rnn, options.c, options.gamma);
  // The last action's value is its reward: no future, no likelihood.
  for (const History& history : Histories()) {
    if (static_cast<int>(history.size()) < ExactProblem::kLength) continue;
    const Values rewards = problem.Rewards(history);
    const Values learnt = ExactProblem::Outputs(*tuning->Networks().network, history);
    for (int a = 0; a < kActions; ++a) EXPECT_NEAR(learnt[a], rewards[a], 0.1);
  }
}

TEST(ExactProblem, TheOptimumHasTheValueLogZ) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const ExactProblem problem(note_rnn, 0.8, 1);
  const ExactProblem::Expectation optimum =
      problem.Expect([&](const History& history) { return problem.OptimalLogPolicy(history); });
  EXPECT_NEAR(optimum.value(), problem.LogZ(), 1e-12);
  EXPECT_GT(optimum.kl, 0.1);
}

TEST(ExactProblem, NoPolicyHasAValueAboveLogZ) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const ExactProblem problem(note_rnn, 0.8, 1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const Network network = Network::Random(note_rnn.shape(), random);
    const PolicyNetworks networks{&network, &note_rnn, PolicyForm::kPriorTimesOutputs};
    const ExactProblem::Expectation played = problem.Expect(
        [&](const History& history) { return problem.LogPolicyOf(networks, history); });
    EXPECT_LT(played.value(), problem.LogZ()) << seed;
    EXPECT_GT(played.kl, 0) << seed;
  }
}

TEST(ExactProblem, TheNoteRnnItselfHasNoKl) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const ExactProblem problem(note_rnn, 0.8, 1);
  EXPECT_EQ(problem.Expect([&](const History& history) { return problem.LogPrior(history); }).kl,
            0);
}

}  // namespace
}  // namespace rltuner
