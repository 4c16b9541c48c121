// SPDX-License-Identifier: Apache-2.0
// What all runs that learn the policy itself, by Adam, from whole compositions have in common.
#pragma once

#include <memory>

#include "rltuner/core/reward.h"
#include "rltuner/nn/optimizer.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

class PolicyLearning : public Tuning {
 public:
  PolicyNetworks Networks() const override {
    return {.network = &network_,
            .note_rnn = &note_rnn_,
            .form = PolicyForm::kOutputs,
            .inputs = rows_.get()};
  }
  void SetNetwork(const Network& network) override;

 protected:
  // The policy starts as the Note RNN. `inputs` is cloned; null: the last event alone.
  PolicyLearning(const Network& note_rnn, const TuningOptions& options, const InputRows* inputs);

  // Clips gradient_ and changes the policy by it. If it is not finite, the run fails instead.
  void TakeStep(double learning_rate, double loss);

  // All of this class but the counters, which a method saves with its own.
  void VisitLearning(StateArchive* archive);

  const TuningOptions options_;
  const Network note_rnn_;
  const std::unique_ptr<InputRows> rows_;  // or null
  Network network_, gradient_;

 private:
  Optimizer optimizer_;
};

}  // namespace rltuner
