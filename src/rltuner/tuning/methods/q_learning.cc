// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/methods/q_learning.h"

#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/methods/value_methods.h"

namespace rltuner {

float QLearning::NextValue(std::span<const float> target,
                           std::span<const float> /*log_prior*/) const {
  return Maximum(target);
}

std::unique_ptr<ValueMethod> MakeQLearning(const TuningOptions& options) {
  return std::make_unique<QLearning>(options.double_q);
}

}  // namespace rltuner
