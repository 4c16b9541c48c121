// SPDX-License-Identifier: Apache-2.0
// A tuning problem small enough to solve by enumeration: sequences of 3 actions out of 3 after a
// priming event, a random Note RNN, a reward that looks back.
#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

// +1 for an action that differs from the one before, -0.5 for a 2 at the start, +0.8 for ending on
// 0.
class SmallReward final : public Reward {
 public:
  void Start(int length) override {
    length_ = length;
    placed_.clear();
  }
  float Place(int action) override {
    float reward = 0;
    if (!placed_.empty() && placed_.back() != action) reward += 1.0F;
    if (placed_.empty() && action == 2) reward -= 0.5F;
    placed_.push_back(action);
    if (static_cast<int>(placed_.size()) == length_ && action == 0) reward += 0.8F;
    return reward;
  }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<SmallReward>(*this); }

 private:
  int length_ = 0;
  std::vector<int> placed_;
};

class ExactProblem {
 public:
  static constexpr int kActions = 3;
  static constexpr int kLength = 3;
  using History = std::vector<int>;  // the priming event, then the actions so far
  using Values = std::array<double, kActions>;

  ExactProblem(const Network& note_rnn, double c, double gamma)
      : note_rnn_(note_rnn), c_(c), gamma_(gamma) {}

  static std::vector<History> Histories() {
    std::vector<History> all;
    const std::function<void(History)> grow = [&](const History& history) {
      all.push_back(history);
      if (static_cast<int>(history.size()) == kLength) return;
      for (int a = 0; a < kActions; ++a) {
        History longer = history;
        longer.push_back(a);
        grow(longer);
      }
    };
    for (int prime = 0; prime < kActions; ++prime) grow({prime});
    return all;
  }

  // log p(.|history) of a network, by stepping it from a zero state.
  static Values Outputs(const Network& network, const History& history) {
    BatchStepper stepper(network.shape(), 1);
    for (const int event : history) stepper.Step(network, {&event, 1});
    Values values;
    std::copy_n(stepper.outputs(0).begin(), kActions, values.begin());
    return values;
  }

  Values LogPrior(const History& history) const {
    Values values = Outputs(note_rnn_, history);
    const double normalizer = LogSum(values);
    for (double& value : values) value -= normalizer;
    return values;
  }

  // r_MT / c for each action after the history.
  Values Rewards(const History& history) const {
    Values rewards;
    for (int a = 0; a < kActions; ++a) {
      SmallReward reward;
      reward.Start(kLength);
      for (std::size_t i = 1; i < history.size(); ++i) reward.Place(history[i]);
      rewards[a] = reward.Place(a) / c_;
    }
    return rewards;
  }

  // The KL-control optimum, Psi*(s, a) = log p(a|s) + r/c + gamma log sum exp Psi*(s', .).
  Values Psi(const History& history) const {
    return Solve(history, [](const Values& next) { return LogSum(next); });
  }

  // Q*(s, a) = log p(a|s) + r/c + gamma max Q*(s', .).
  Values Q(const History& history) const {
    return Solve(history,
                 [](const Values& next) { return *std::max_element(next.begin(), next.end()); });
  }

  static double LogSum(const Values& values) {
    double total = 0;
    for (const double value : values) total += std::exp(value);
    return std::log(total);
  }

 private:
  Values Solve(const History& history,
               const std::function<double(const Values&)>& next_value) const {
    Values values = LogPrior(history);
    const Values rewards = Rewards(history);
    for (int a = 0; a < kActions; ++a) {
      values[a] += rewards[a];
      if (static_cast<int>(history.size()) == kLength) continue;
      History next = history;
      next.push_back(a);
      values[a] += gamma_ * next_value(Solve(next, next_value));
    }
    return values;
  }

  const Network& note_rnn_;
  double c_, gamma_;
};

}  // namespace rltuner
