// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/methods/value_methods.h"

namespace rltuner {
namespace {

// Psi-learning (Rawlik et al., 2012; Jaques et al., 2017, equation 7) on r = log p(a|s) + reward/c:
//   y = r + gamma log sum_a' exp Psi(s', a'; target)
// Its optimum is the KL-control policy: softmax(Psi) maximises reward / c - KL(policy || Note RNN).
class PsiLearning : public ValueMethod {
 public:
  bool RewardsLikelihood() const override { return true; }
  PolicyForm Form() const override { return PolicyForm::kOutputs; }
  float NextValue(std::span<const float> target,
                  std::span<const float> /*log_prior*/) const override {
    return LogSumExp(target);
  }
};

}  // namespace

std::unique_ptr<ValueMethod> MakePsiLearning(const TuningOptions& /*options*/) {
  return std::make_unique<PsiLearning>();
}

}  // namespace rltuner
