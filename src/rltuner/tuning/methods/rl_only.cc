// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/methods/q_learning.h"
#include "rltuner/tuning/methods/value_methods.h"

namespace rltuner {
namespace {

// The paper's control: Q-learning from random weights on the rules alone. What it forgets is what
// the Note RNN is for.
class RlOnly final : public QLearning {
 public:
  using QLearning::QLearning;

  bool RewardsLikelihood() const override { return false; }
  bool StartsFromNoteRnn() const override { return false; }
};

}  // namespace

std::unique_ptr<ValueMethod> MakeRlOnly(const TuningOptions& options) {
  return std::make_unique<RlOnly>(options.double_q);
}

}  // namespace rltuner
