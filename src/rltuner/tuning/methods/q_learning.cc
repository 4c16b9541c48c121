// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/value_tuning.h"

namespace rltuner {

// Q-learning (Jaques et al., 2017, equation 3) on r = log p(a|s) + reward / c:
//   y = r + gamma max_a' Q(s', a'; target),
// or, as Double Q-learning (van Hasselt et al., 2015), the target network's value of the action
// that the learning network values most:
//   y = r + gamma Q(s', argmax_a' Q(s', a'); target)
extern constinit const MethodInfo kQLearning = {
    .name = "q",
    .label = "Q",
    .title = "Q-learning",
    .summary = "Learns what each next event is worth; strict, and may repeat itself.",
    .next_value = [](std::span<const float> target,
                     std::span<const float> /*log_prior*/) { return Maximum(target); },
    .can_be_double = true,
    .options = kQLearningOptions,
    .make = MakeValueTuning};

}  // namespace rltuner
