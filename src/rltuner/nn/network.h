// SPDX-License-Identifier: Apache-2.0
// The parameters of an LSTM over a vocabulary of events: one-hot inputs, `layers` LSTM layers of
// `hidden` cells, a linear output for every event (Hochreiter and Schmidhuber, 1997; gates i, f, g,
// o; no peepholes). The first input is the last event; the rows of any other inputs follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/nn/aligned.h"

namespace rltuner {

class Random;

// V = vocabulary, H = hidden, L = layers, X = context below. Rows of the arena are padded with
// zeros to a multiple of kRowPadding floats: the padding gets zero gradients and stays zero.
struct NetworkShape {
  static constexpr int kRowPadding = 16;
  static constexpr int Padded(int n) { return (n + kRowPadding - 1) / kRowPadding * kRowPadding; }

  int vocabulary = 0;
  int hidden = 100;
  int layers = 1;
  int context = 0;  // rows of the inputs beside the event

  bool operator==(const NetworkShape&) const = default;

  int gate_stride() const { return Padded(4 * hidden); }
  int output_stride() const { return Padded(vocabulary); }

  // Floats in the LSTM state of one sequence: h and c of every layer, [L][2][H].
  int state_size() const { return 2 * layers * hidden; }
  int h_offset(int layer) const { return 2 * layer * hidden; }
  int c_offset(int layer) const { return (2 * layer + 1) * hidden; }

  // Rows of layer's input weights: V + X for layer 0 (one row an event), else H.
  int inputs(int layer) const { return layer == 0 ? vocabulary + context : hidden; }

  // Floats in the arena, with its padding.
  std::size_t arena_size() const;
};

// A named, padded matrix inside the arena.
struct TensorView {
  std::string name;    // "input_l0", "recurrent_l0", "bias_l0", "output", "output_bias"
  std::size_t offset;  // into the arena, in floats
  int rows, columns, stride;
  bool is_bias;
};

// All parameters in one arena, so that an optimizer step, clipping, a target update and a
// checkpoint are one flat loop each. Weights are stored input-major (one row an input, the outputs
// contiguous): the one-hot input is then one row, and every product streams whole rows. Copying
// copies the arena. Reading is thread-safe; writing is not.
class Network {
 public:
  explicit Network(const NetworkShape& shape);  // all zero

  // Uniform in +-1/sqrt(H); biases are zero, except 1 for the forget gates (Gers et al., 2000).
  static Network Random(const NetworkShape& shape, rltuner::Random& random);

  // The same with an output layer of zeros: all events are equally likely, so a tuning from it
  // learns from rewards alone.
  static Network EquallyLikely(const NetworkShape& shape, std::uint64_t seed);

  // A copy with `context` rows of inputs beside the event, no fewer than now. New rows are zero.
  Network WithContext(int context) const;

  const NetworkShape& shape() const { return shape_; }
  std::span<float> arena() { return arena_; }
  std::span<const float> arena() const { return arena_; }
  std::vector<TensorView> tensors() const;

  // The name of the first tensor that holds an infinity or NaN; "" if none does.
  std::string FirstNonFinite() const;

  float* input(int layer) { return arena_.data() + InputOffset(layer); }  // [inputs, gate_stride]
  float* recurrent(int layer) {
    return arena_.data() + RecurrentOffset(layer);
  }                                                                     // [H, gate_stride]
  float* bias(int layer) { return arena_.data() + BiasOffset(layer); }  // [gate_stride]
  float* output() { return arena_.data() + OutputOffset(); }            // [H, output_stride]
  float* output_bias() { return arena_.data() + OutputBiasOffset(); }   // [output_stride]
  const float* input(int layer) const { return arena_.data() + InputOffset(layer); }
  const float* recurrent(int layer) const { return arena_.data() + RecurrentOffset(layer); }
  const float* bias(int layer) const { return arena_.data() + BiasOffset(layer); }
  const float* output() const { return arena_.data() + OutputOffset(); }
  const float* output_bias() const { return arena_.data() + OutputBiasOffset(); }

 private:
  std::size_t InputOffset(int layer) const;
  std::size_t RecurrentOffset(int layer) const;
  std::size_t BiasOffset(int layer) const;
  std::size_t OutputOffset() const;
  std::size_t OutputBiasOffset() const;

  NetworkShape shape_;
  FloatBuffer arena_;
};

}  // namespace rltuner
