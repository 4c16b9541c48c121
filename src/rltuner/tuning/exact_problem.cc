// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/exact_problem.h"

#include <algorithm>
#include <cmath>

#include "rltuner/core/random.h"
#include "rltuner/nn/lstm.h"

namespace rltuner {
namespace {

using History = ExactProblem::History;
using Values = ExactProblem::Values;

History With(const History& history, int action) {
  History longer = history;
  longer.push_back(action);
  return longer;
}

bool IsWhole(const History& history) {
  return static_cast<int>(history.size()) > ExactProblem::kLength;
}

Values Normalised(Values values) {
  const double normalizer = ExactProblem::LogSum(values);
  for (double& value : values) value -= normalizer;
  return values;
}

}  // namespace

void SmallReward::Start(int length) {
  length_ = length;
  placed_.clear();
}

float SmallReward::Place(int action) {
  float reward = 0;
  if (!placed_.empty() && placed_.back() != action) reward += 1.0F;
  if (placed_.empty() && action == 2) reward -= 0.5F;
  placed_.push_back(action);
  if (static_cast<int>(placed_.size()) == length_ && action == 0) reward += 0.8F;
  return reward;
}

std::unique_ptr<Reward> SmallReward::Clone() const { return std::make_unique<SmallReward>(*this); }

Network ExactProblem::NoteRnn() {
  Random random(42);
  Network network = Network::Random({.vocabulary = kActions, .hidden = 24, .layers = 1}, random);
  for (float& weight : network.arena()) weight *= 2;
  return network;
}

TuningOptions ExactProblem::Recipe(const MethodInfo& method) {
  TuningOptions options;
  options.method = method.name;
  options.c = 0.8;
  options.gamma = 0.9;
  options.length = kLength;
  options.iterations = 240'000;
  options.replay_capacity = 5'000;
  options.epsilon_end = 0.5;
  options.learning_rate = 2e-3;
  options.gradient_every = 2;
  if (method.on_policy) {
    options.gamma = 1;
    options.iterations = 1'500'000;
    options.compositions = 512;
    options.learning_rate = 3e-3;
  }
  return options;
}

ExactProblem::ExactProblem(const Network& note_rnn, double c, double gamma)
    : note_rnn_(note_rnn), c_(c), gamma_(gamma) {}

Values ExactProblem::Outputs(const Network& network, const History& history) {
  BatchStepper stepper(network.shape(), 1);
  for (const int event : history) stepper.Step(network, {&event, 1});
  Values values;
  std::copy_n(stepper.outputs(0).begin(), kActions, values.begin());
  return values;
}

double ExactProblem::LogSum(const Values& values) {
  double total = 0;
  for (const double value : values) total += std::exp(value);
  return std::log(total);
}

Values ExactProblem::LogPrior(const History& history) const {
  return Normalised(Outputs(note_rnn_, history));
}

Values ExactProblem::LogPolicyOf(const PolicyNetworks& networks, const History& history) const {
  Values logits = Outputs(*networks.network, history);
  if (networks.form == PolicyForm::kPriorTimesOutputs) {
    const Values log_prior = LogPrior(history);
    for (int a = 0; a < kActions; ++a) logits[a] += log_prior[a];
  }
  return Normalised(logits);
}

Values ExactProblem::Rewards(const History& history) const {
  Values rewards;
  for (int a = 0; a < kActions; ++a) {
    SmallReward reward;
    reward.Start(kLength);
    for (std::size_t i = 1; i < history.size(); ++i) reward.Place(history[i]);
    rewards[a] = reward.Place(a) / c_;
  }
  return rewards;
}

Values ExactProblem::Psi(const History& history) const {
  Values values = LogPrior(history);
  const Values rewards = Rewards(history);
  for (int a = 0; a < kActions; ++a) {
    values[a] += rewards[a];
    const History next = With(history, a);
    if (!IsWhole(next)) values[a] += gamma_ * LogSum(Psi(next));
  }
  return values;
}

Values ExactProblem::OptimalLogPolicy(const History& history) const {
  return Normalised(Psi(history));
}

double ExactProblem::LogZ(int primer) const {
  return LogSum(ExactProblem(note_rnn_, c_, /*gamma=*/1).Psi({primer}));
}

double ExactProblem::LogZ() const {
  double mean = 0;
  for (int primer = 0; primer < kActions; ++primer) mean += LogZ(primer) / kActions;
  return mean;
}

ExactProblem::Expectation ExactProblem::Expect(const LogPolicy& log_policy) const {
  Expectation mean;
  for (int primer = 0; primer < kActions; ++primer) {
    const Expectation after = ExpectAfter({primer}, log_policy);
    mean.reward += after.reward / kActions;
    mean.kl += after.kl / kActions;
  }
  return mean;
}

ExactProblem::Expectation ExactProblem::ExpectAfter(const History& history,
                                                    const LogPolicy& log_policy) const {
  if (IsWhole(history)) return {};
  const Values log_pi = log_policy(history);
  const Values log_prior = LogPrior(history);
  const Values rewards = Rewards(history);
  Expectation expectation;
  for (int a = 0; a < kActions; ++a) {
    const Expectation after = ExpectAfter(With(history, a), log_policy);
    expectation.reward += std::exp(log_pi[a]) * (rewards[a] + after.reward);
    expectation.kl += std::exp(log_pi[a]) * (log_pi[a] - log_prior[a] + after.kl);
  }
  return expectation;
}

}  // namespace rltuner
