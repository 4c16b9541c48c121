// SPDX-License-Identifier: Apache-2.0
// A tuning problem small enough to solve by enumeration, so that the result of a method can be
// compared with the exact optimum.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/nn/model.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/policy.h"

namespace rltuner {

// +1 for an action that differs from the one before, -0.5 for a 2 at the start, +0.8 for ending on
// 0.
class SmallReward final : public Reward {
 public:
  void Start(int length) override;
  float Place(int action) override;
  std::unique_ptr<Reward> Clone() const override;

 private:
  int length_ = 0;
  std::vector<int> placed_;
};

// Sequences of three actions after a priming event, from a vocabulary of three, with SmallReward.
// Everything is computed from its definition, without regard for speed.
class ExactProblem {
 public:
  static constexpr int kActions = 3;
  static constexpr int kLength = 3;
  using History = std::vector<int>;  // the priming event, then the actions so far
  using Values = std::array<double, kActions>;
  using LogPolicy = std::function<Values(const History&)>;  // log pi(.|history)

  // A random network with clear preferences, always the same.
  static Network NoteRnn();

  // Options with which each method comes near its optimum here within seconds; pg at gamma = 1.
  static TuningOptions Recipe(const MethodInfo& method);

  // The Note RNN must outlive the problem.
  ExactProblem(const Network& note_rnn, double c, double gamma);

  // A network's outputs after the history, by stepping it from a zero state.
  static Values Outputs(const Network& network, const History& history);

  static double LogSum(const Values& values);

  Values LogPrior(const History& history) const;

  // log pi(.|history) of a trained policy, at temperature 1.
  Values LogPolicyOf(const PolicyNetworks& networks, const History& history) const;

  // Reward / c for each action after the history.
  Values Rewards(const History& history) const;

  // The KL-control optimum, Psi*(s, a) = log p(a|s) + r/c + gamma log sum exp Psi*(s', .), and its
  // policy, softmax(Psi*).
  Values Psi(const History& history) const;
  Values OptimalLogPolicy(const History& history) const;

  // log E_p[exp(sum of r / c)] after each priming event, and the mean over them: the most that
  // Expectation::value() can be.
  double LogZ(int primer) const;
  double LogZ() const;

  // Over all sequences of a policy, in nats per sequence, mean over the priming events.
  struct Expectation {
    double reward = 0;  // E_pi[sum of r / c]
    double kl = 0;      // KL(pi || p)
    double value() const { return reward - kl; }
  };
  Expectation Expect(const LogPolicy& log_policy) const;

 private:
  Expectation ExpectAfter(const History& history, const LogPolicy& log_policy) const;

  const Network& note_rnn_;
  double c_, gamma_;
};

}  // namespace rltuner
