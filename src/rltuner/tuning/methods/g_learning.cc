// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/value_tuning.h"

namespace rltuner {
namespace {

// log sum_a exp(values[a] + log_prior[a]), in pieces on the stack: nothing allocates in a training
// step.
float LogMeanExp(std::span<const float> values, std::span<const float> log_prior) {
  constexpr std::size_t kPiece = 64;
  float sums[kPiece];
  float total = -std::numeric_limits<float>::infinity();
  for (std::size_t begin = 0; begin < values.size(); begin += kPiece) {
    const std::size_t count = std::min(kPiece, values.size() - begin);
    for (std::size_t i = 0; i < count; ++i) sums[i] = values[begin + i] + log_prior[begin + i];
    const float pair[] = {total, LogSumExp({sums, count})};
    total = LogSumExp(pair);
  }
  return total;
}

}  // namespace

// G-learning (Fox et al., 2016; Jaques et al., 2017, equation 9). The network does not learn the
// likelihood, so r = reward / c and
//   y = r + gamma log sum_a' p(a'|s') exp G(s', a'; target)
// Psi = log p + G: the same optimum as Psi-learning, played as p(a|s) exp G(s, a).
extern constinit const MethodInfo kGLearning = {
    .name = "g",
    .label = "G",
    .title = "G-learning",
    .summary = "Keeps the Note RNN and learns a correction to it.",
    .policy = PolicyForm::kPriorTimesOutputs,
    .rewards_likelihood = false,
    .next_value = LogMeanExp,
    .options = kValueTuningOptions,
    .make = MakeValueTuning};

}  // namespace rltuner
