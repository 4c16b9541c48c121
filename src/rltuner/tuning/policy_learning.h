// SPDX-License-Identifier: Apache-2.0
// The common part of runs that learn the policy itself from whole compositions, with Adam.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "rltuner/core/parallel.h"
#include "rltuner/core/reward.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/optimizer.h"
#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

// A batch of compositions is cut into slices. Threads divide the slices among them, and then the
// columns of the gradient. Each column is summed over steps and compositions in a fixed order, so
// neither the number of threads nor the size of a slice changes a bit.
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
  // Compositions first .. first + count - 1 of a batch, which step together.
  struct Slice {
    Slice(const NetworkShape& shape, const InputRows* rows, int first_composition, int compositions,
          int length);

    int first, count;
    SequenceInputs inputs;
    Tape tape;
    BatchStepper note_rnn;
    std::vector<int> heard;  // [count], the events that the networks hear next
  };

  // `batch` compositions in slices of `slice`; the last may have fewer.
  struct Cut {
    int batch, slice, threads;
  };

  // The policy starts as the Note RNN. `inputs` is cloned; null: the last event alone.
  PolicyLearning(const Network& note_rnn, const TuningOptions& options, const Cut& cut,
                 const InputRows* inputs);

  // Calls work for every slice, on all threads.
  void ForSlices(const std::function<void(Slice*)>& work);

  // Sets gradient_ after Tape::BackwardStates of every slice.
  void SumGradients();

  // Clips gradient_ and changes the policy by it. If it is not finite, the run fails instead.
  void TakeStep(double learning_rate, double loss);

  // The state of this class except the counters, which a method saves with its own.
  void VisitLearning(StateArchive* archive);

  const TuningOptions options_;
  const Network note_rnn_;
  const std::unique_ptr<InputRows> rows_;  // or null
  Network network_, gradient_;

 private:
  Team team_;
  std::vector<Slice> slices_;
  Optimizer optimizer_;
};

}  // namespace rltuner
