// SPDX-License-Identifier: Apache-2.0
// A random network as Magenta stores it, and what it says by TensorFlow's rules, computed in double
// precision one number at a time.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "interchange/tensorflow_writer.h"

namespace rltuner {

class MagentaNetwork {
 public:
  MagentaNetwork(int classes, int hidden, int layers, std::uint32_t seed)
      : classes_(classes), hidden_(hidden) {
    std::mt19937 random(seed);
    const auto tensor = [&](std::vector<std::int64_t> shape) {
      TestTensor made{std::move(shape), {}};
      std::int64_t count = 1;
      for (std::int64_t size : made.shape) count *= size;
      for (std::int64_t i = 0; i < count; ++i) {
        made.values.push_back(static_cast<float>(random() % 2001) / 2000.0F - 0.5F);
      }
      return made;
    };
    for (int layer = 0; layer < layers; ++layer) {
      kernels.push_back(tensor({(layer == 0 ? classes : hidden) + hidden, 4 * hidden}));
      biases.push_back(tensor({4 * hidden}));
    }
    output = tensor({hidden, classes});
    output_bias = tensor({classes});
  }

  // The tensors under the names of a checkpoint: `kernel` and `bias` hold {} for the layer.
  TestTensors Named(const std::string& kernel, const std::string& bias, const std::string& weights,
                    const std::string& weights_bias) const {
    TestTensors named;
    for (std::size_t layer = 0; layer < kernels.size(); ++layer) {
      named[fmt::format(fmt::runtime(kernel), layer)] = kernels[layer];
      named[fmt::format(fmt::runtime(bias), layer)] = biases[layer];
    }
    named[weights] = output;
    named[weights_bias] = output_bias;
    return named;
  }

  // The authors' checkpoint, with the slots and counters that stand beside the network.
  TestTensors NamedAsPublished() const {
    TestTensors named =
        Named("rnn_model/RNN/MultiRNNCell/Cell{}/LSTMCell/W_0",
              "rnn_model/RNN/MultiRNNCell/Cell{}/LSTMCell/B", "rnn_model/fully_connected/weights",
              "rnn_model/fully_connected/bias");
    for (const auto& [name, tensor] : TestTensors(named)) named[name + "/Adagrad"] = tensor;
    named["global_step"] = {{}, {7}};
    return named;
  }

  // The logits after each event, in the checkpoint's classes. Gates i, j, f, o.
  std::vector<std::vector<double>> Logits(const std::vector<int>& events,
                                          double forget_bias = 1) const {
    std::vector<std::vector<double>> h(kernels.size(), std::vector<double>(hidden_));
    std::vector<std::vector<double>> c = h;
    std::vector<std::vector<double>> logits;
    for (int event : events) {
      std::vector<double> below(classes_);
      below[event] = 1;
      for (std::size_t layer = 0; layer < kernels.size(); ++layer) {
        std::vector<double> in = below;
        in.insert(in.end(), h[layer].begin(), h[layer].end());
        std::vector<double> z(biases[layer].values.begin(), biases[layer].values.end());
        for (std::size_t row = 0; row < in.size(); ++row) {
          for (int n = 0; n < 4 * hidden_; ++n) {
            z[n] += in[row] * kernels[layer].values[row * 4 * hidden_ + n];
          }
        }
        for (int n = 0; n < hidden_; ++n) {
          const double i = Sigmoid(z[n]);
          const double j = std::tanh(z[hidden_ + n]);
          const double f = Sigmoid(z[2 * hidden_ + n] + forget_bias);
          c[layer][n] = f * c[layer][n] + i * j;
          h[layer][n] = Sigmoid(z[3 * hidden_ + n]) * std::tanh(c[layer][n]);
        }
        below = h[layer];
      }
      std::vector<double> out(output_bias.values.begin(), output_bias.values.end());
      for (int n = 0; n < hidden_; ++n) {
        for (int v = 0; v < classes_; ++v) out[v] += below[n] * output.values[n * classes_ + v];
      }
      logits.push_back(std::move(out));
    }
    return logits;
  }

  std::vector<TestTensor> kernels, biases;
  TestTensor output, output_bias;

 private:
  static double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

  int classes_, hidden_;
};

}  // namespace rltuner
