// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/tuning/value_method.h"

namespace rltuner {

// Q-learning (Jaques et al., 2017, equation 3) on r = log p(a|s) + reward / c:
//   y = r + gamma max_a' Q(s', a'; target),
// or, as Double Q-learning (van Hasselt et al., 2015), the target network's value of the action
// that the learning network likes best:
//   y = r + gamma Q(s', argmax_a' Q(s', a'); target)
class QLearning : public ValueMethod {
 public:
  explicit QLearning(bool double_q) : double_q_(double_q) {}

  bool RewardsLikelihood() const override { return true; }
  PolicyForm Form() const override { return PolicyForm::kOutputs; }
  bool IsDouble() const override { return double_q_; }
  float NextValue(std::span<const float> target, std::span<const float> log_prior) const override;

 private:
  bool double_q_;
};

}  // namespace rltuner
