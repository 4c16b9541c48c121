// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/value_tuning.h"

namespace rltuner {

// The paper's control: Q-learning from random weights on the rules alone, without the Note RNN.
extern constinit const MethodInfo kRlOnly = {
    .name = "rl-only",
    .label = "RL only",
    .title = "rules alone",
    .summary = "Forgets the tunes and learns from nothing but the rules.",
    .rewards_likelihood = false,
    .starts_from_note_rnn = false,
    .next_value = [](std::span<const float> target,
                     std::span<const float> /*log_prior*/) { return Maximum(target); },
    .can_be_double = true,
    .options = kQLearningOptions,
    .make = MakeValueTuning};

}  // namespace rltuner
