// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/methods/value_methods.h"

namespace rltuner {
namespace {

// G-learning (Fox et al., 2016; Jaques et al., 2017, equation 9): the likelihood stands outside of
// what is learnt, so r = reward / c and
//   y = r + gamma log sum_a' p(a'|s') exp G(s', a'; target)
// Psi = log p + G: the same optimum as Psi-learning, played as p(a|s) exp G(s, a).
class GLearning : public ValueMethod {
 public:
  bool RewardsLikelihood() const override { return false; }
  PolicyForm Form() const override { return PolicyForm::kPriorTimesOutputs; }
  bool UsesLogPrior() const override { return true; }

  float NextValue(std::span<const float> target, std::span<const float> log_prior) const override {
    // log sum exp in pieces on the stack: nothing allocates in a training step.
    constexpr std::size_t kPiece = 64;
    float sums[kPiece];
    float total = -std::numeric_limits<float>::infinity();
    for (std::size_t begin = 0; begin < target.size(); begin += kPiece) {
      const std::size_t count = std::min(kPiece, target.size() - begin);
      for (std::size_t i = 0; i < count; ++i) sums[i] = target[begin + i] + log_prior[begin + i];
      const float pair[] = {total, LogSumExp({sums, count})};
      total = LogSumExp(pair);
    }
    return total;
  }
};

}  // namespace

std::unique_ptr<ValueMethod> MakeGLearning(const TuningOptions& /*options*/) {
  return std::make_unique<GLearning>();
}

}  // namespace rltuner
