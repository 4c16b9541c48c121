// SPDX-License-Identifier: Apache-2.0
// Runs the LSTM: one event at a time, a batch of events at a time, and forward with a tape for the
// gradients. B = batch, V = vocabulary, S = state_size, K = inputs of each event.
//
// Everything here reads an immutable Network and writes memory that the caller or the object owns.
// Threads can therefore share a Network; each needs a stepper or a tape of its own. Nothing
// allocates after construction.
//
// Inputs are [B, K] numbers of rows of the first layer's input weights, each 0 .. V + X - 1. The K
// rows of a sequence are summed. With K = 1, the default, the input of a sequence is one event.
#pragma once

#include <span>

#include "rltuner/nn/model.h"

namespace rltuner {

// Feeds events to B sequences at once, each with a state of its own that starts at zero.
class BatchStepper {
 public:
  BatchStepper(const NetworkShape& shape, int batch, int inputs = 1);

  // The state of one sequence, [S].
  std::span<const float> state(int row) const {
    return {states_.data() + static_cast<std::ptrdiff_t>(row) * state_size_,
            static_cast<std::size_t>(state_size_)};
  }
  void SetState(int row, std::span<const float> state);
  // Sets all states to zero; the next step then skips the matrix product with them.
  void ResetStates();

  // Feeds inputs[b, 0 .. K-1] to sequence b. With inputs for fewer than B sequences, only the first
  // sequences advance. The network's shape must be the constructor's.
  void Step(const Network& network, std::span<const int> inputs);

  // The two parts of Step. StepStates leaves outputs() unchanged; ComputeOutputs computes the
  // outputs of the first `rows` states.
  void StepStates(const Network& network, std::span<const int> inputs);
  void ComputeOutputs(const Network& network, int rows);

  // Like Step, but computes only one output of each sequence: values[b] equals
  // outputs(b)[actions[b]] after Step, bit for bit. Leaves outputs() unchanged.
  void StepOneOutput(const Network& network, std::span<const int> inputs,
                     std::span<const int> actions, std::span<float> values);

  // The network's outputs for the next event of sequence b after the last Step: V logits or action
  // values.
  std::span<const float> outputs(int row) const {
    return {outputs_.data() + static_cast<std::ptrdiff_t>(row) * output_stride_,
            static_cast<std::size_t>(vocabulary_)};
  }

 private:
  int state_size_, output_stride_, vocabulary_, inputs_;
  bool all_zero_ = true;  // states_
  FloatBuffer states_;    // [B, S]
  FloatBuffer gates_;     // [rows that are summed together, gate_stride]
  FloatBuffer tanh_c_;    // [H]
  FloatBuffer outputs_;   // [B, output_stride]
};

// Forward over up to T steps of B sequences, keeping what the backward pass needs.
//
//   tape.SetState(b, ...);                   // states before the first step (zero by default)
//   for t: tape.Forward(network, t, inputs_t);
//   ... fill tape.output_gradients(t, b) ...
//   tape.Backward(network, steps, &gradient);   // adds to the gradient
class Tape {
 public:
  Tape(const NetworkShape& shape, int batch, int steps, int inputs = 1);

  int batch() const { return batch_; }
  int steps() const { return steps_; }

  // The state before step 0 of sequence b, [S]. ResetStates zeroes all: the first step then skips
  // the matrix products with them, forward and backward.
  void SetState(int row, std::span<const float> state);
  void ResetStates();
  // The state after step t.
  std::span<const float> state_after(int t, int row) const;

  // Step t: inputs[b, 0 .. K-1] are fed to sequence b. Every step of a pass must feed the same
  // number of sequences: all B, or only the first of them.
  void Forward(const Network& network, int t, std::span<const int> inputs);

  // Step 0 of a pass that ends in BackwardOneOutput. Like Forward, but computes only the outputs
  // values[b] = outputs(0, b)[actions[b]].
  void ForwardOneOutput(const Network& network, std::span<const int> inputs,
                        std::span<const int> actions, std::span<float> values);

  // The V outputs of step t for sequence b.
  std::span<const float> outputs(int t, int row) const;

  // The gradient of the loss with respect to those outputs. The caller fills all V entries of every
  // step and active sequence before each Backward, which uses them up.
  std::span<float> output_gradients(int t, int row);

  // Back-propagation through steps steps-1 .. 0; adds to `gradient` (same shape as the network).
  // Gradients stop at the states before step 0.
  void Backward(const Network& network, int steps, Network* gradient);

  // Backward in two parts, which threads can share. First every tape back-propagates through its
  // own sequences. Then the gradient is summed step by step, from the last to the first, over the
  // tapes in order. The result equals that of one tape with all sequences, bit for bit. Each thread
  // sums one part of the gradient's columns.
  struct Part {
    int index = 0, count = 1;
  };
  void BackwardStates(const Network& network, int steps);
  void AddGradients(int t, Part part, Network* gradient) const;

  // Backward for a single step (steps = 1) if each sequence's loss depends on only one output:
  // gradients[b] = d loss / d outputs(0, b)[actions[b]]. Touches only those rows of the output
  // layer.
  void BackwardOneOutput(const Network& network, std::span<const int> actions,
                         std::span<const float> gradients, Network* gradient);

 private:
  void ForwardStates(const Network& network, int t, std::span<const int> inputs);
  bool IsZero(int t) const { return t == 0 && starts_at_zero_; }  // all states before step t
  float* states(int t) { return states_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * s_; }
  const float* states(int t) const {
    return states_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * s_;
  }
  std::ptrdiff_t GatesAt(int t, int layer) const;
  float* gates(int t, int layer) { return gates_.data() + GatesAt(t, layer); }
  float* tanh_c(int t, int layer);
  float* state_gradient(int layer, int part);
  void BeginBackward(const Network& network);
  void BackwardStep(int t);
  void BackwardLayer(int t, int layer);
  void AddLayerGradients(int t, int layer, Part part, Network* gradient) const;
  // All, or only the input weights of the layers above the first.
  void TransposeWeights(const Network& network, bool only_inputs);

  NetworkShape shape_;
  int batch_, steps_, count_, s_, padded_hidden_, active_ = 0;
  bool starts_at_zero_ = true;    // all states before step 0
  std::vector<int> inputs_;       // [T, B, K]
  FloatBuffer states_;            // [T + 1, B, S]
  FloatBuffer gates_;             // [T, L, B, gate_stride]
  FloatBuffer tanh_c_;            // [T, L, B, H]
  FloatBuffer outputs_;           // [T, B, output_stride]
  FloatBuffer output_gradients_;  // [T, B, output_stride]
  FloatBuffer state_gradients_;   // [L, 2, B, padded H]
  FloatBuffer recurrent_t_;       // [L, 4H, padded H], transposed for the backward pass
  FloatBuffer input_t_;           // [L - 1, 4H, padded H]
  FloatBuffer output_t_;          // [V, padded H]
};

}  // namespace rltuner
