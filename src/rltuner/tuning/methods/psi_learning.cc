// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/value_tuning.h"

namespace rltuner {

// Psi-learning (Rawlik et al., 2012; Jaques et al., 2017, equation 7) on r = log p(a|s) + reward/c:
//   y = r + gamma log sum_a' exp Psi(s', a'; target)
// Its optimum is the KL-control policy: softmax(Psi) maximises reward / c - KL(policy || Note RNN).
extern constinit const MethodInfo kPsiLearning = {
    .name = "psi",
    .label = "Psi",
    .title = "Psi-learning",
    .summary = "Weighs the rules against the tunes it knows at every event.",
    .next_value = [](std::span<const float> target,
                     std::span<const float> /*log_prior*/) { return LogSumExp(target); },
    .options = kValueTuningOptions,
    .make = MakeValueTuning};

}  // namespace rltuner
