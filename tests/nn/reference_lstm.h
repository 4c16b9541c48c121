// SPDX-License-Identifier: Apache-2.0
// The LSTM by its definition, in double precision, one scalar at a time: what the fast code is held
// against and what numeric gradients are taken from.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "rltuner/nn/model.h"

namespace rltuner {

class ReferenceLstm {
 public:
  explicit ReferenceLstm(const Network& network)
      : shape_(network.shape()),
        layout_(network),
        arena_(network.arena().begin(), network.arena().end()) {}

  std::vector<double>& arena() { return arena_; }

  // Feeds the rows of one event; state is [L][h, c] of H each and is replaced. Returns the V
  // outputs.
  std::vector<double> Step(std::span<const int> inputs, std::vector<double>* state) const {
    const int hidden = shape_.hidden;
    std::vector<double> below;
    for (int layer = 0; layer < shape_.layers; ++layer) {
      double* h = state->data() + shape_.h_offset(layer);
      double* c = state->data() + shape_.c_offset(layer);
      std::vector<double> z(4 * hidden);
      for (int n = 0; n < 4 * hidden; ++n) {
        z[n] = At(layout_.bias(layer), 0, n, shape_.gate_stride());
        if (layer == 0) {
          for (const int input : inputs) {
            z[n] += At(layout_.input(0), input, n, shape_.gate_stride());
          }
        } else {
          for (int k = 0; k < hidden; ++k) {
            z[n] += below[k] * At(layout_.input(layer), k, n, shape_.gate_stride());
          }
        }
        for (int k = 0; k < hidden; ++k) {
          z[n] += h[k] * At(layout_.recurrent(layer), k, n, shape_.gate_stride());
        }
      }
      for (int n = 0; n < hidden; ++n) {
        c[n] = Sigmoid(z[hidden + n]) * c[n] + Sigmoid(z[n]) * std::tanh(z[2 * hidden + n]);
        h[n] = Sigmoid(z[3 * hidden + n]) * std::tanh(c[n]);
      }
      below.assign(h, h + hidden);
    }
    std::vector<double> outputs(shape_.vocabulary);
    for (int v = 0; v < shape_.vocabulary; ++v) {
      outputs[v] = At(layout_.output_bias(), 0, v, shape_.output_stride());
      for (int k = 0; k < hidden; ++k) {
        outputs[v] += below[k] * At(layout_.output(), k, v, shape_.output_stride());
      }
    }
    return outputs;
  }

 private:
  static double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

  double At(const float* tensor, int row, int column, int stride) const {
    return arena_[tensor - layout_.arena().data() + row * stride + column];
  }

  NetworkShape shape_;
  const Network& layout_;
  std::vector<double> arena_;
};

}  // namespace rltuner
