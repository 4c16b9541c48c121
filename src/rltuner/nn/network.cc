// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cassert>
#include <cmath>

#include "rltuner/core/random.h"
#include "rltuner/nn/model.h"

namespace rltuner {

std::size_t NetworkShape::arena_size() const {
  const std::size_t gates = gate_stride();
  std::size_t size = static_cast<std::size_t>(hidden + 1) * output_stride();
  for (int layer = 0; layer < layers; ++layer) size += (inputs(layer) + hidden + 1) * gates;
  return size;
}

Network::Network(const NetworkShape& shape) : shape_(shape) {
  assert(shape.vocabulary > 0 && shape.hidden > 0 && shape.layers > 0);
  arena_.assign(shape.arena_size(), 0.0F);
}

Network Network::Random(const NetworkShape& shape, rltuner::Random& random) {
  Network network(shape);
  const float scale = 1.0F / std::sqrt(static_cast<float>(shape.hidden));
  for (const TensorView& tensor : network.tensors()) {
    if (tensor.is_bias) continue;
    for (int row = 0; row < tensor.rows; ++row) {
      float* values = network.arena_.data() + tensor.offset + row * tensor.stride;
      for (int i = 0; i < tensor.columns; ++i) values[i] = (2 * random.Uniform() - 1) * scale;
    }
  }
  for (int layer = 0; layer < shape.layers; ++layer) {
    std::fill_n(network.bias(layer) + shape.hidden, shape.hidden, 1.0F);
  }
  return network;
}

Network Network::EquallyLikely(const NetworkShape& shape, std::uint64_t seed) {
  rltuner::Random random(seed, 0);
  Network network = Random(shape, random);
  std::fill(network.output(), network.arena_.data() + network.arena_.size(), 0.0F);
  return network;
}

Network Network::WithContext(int context) const {
  assert(context >= shape_.context);
  NetworkShape shape = shape_;
  shape.context = context;
  Network network(shape);
  const auto rest = static_cast<std::ptrdiff_t>(InputOffset(0)) +
                    std::ptrdiff_t{shape_.inputs(0)} * shape_.gate_stride();
  std::copy_n(arena_.begin(), rest, network.arena_.begin());
  std::copy(arena_.begin() + rest, arena_.end(),
            network.arena_.end() - (arena_.end() - (arena_.begin() + rest)));
  return network;
}

std::vector<TensorView> Network::tensors() const {
  const int gates = 4 * shape_.hidden;
  const int stride = shape_.gate_stride();
  std::vector<TensorView> tensors;
  for (int layer = 0; layer < shape_.layers; ++layer) {
    const std::string suffix = "_l" + std::to_string(layer);
    tensors.push_back(
        {"input" + suffix, InputOffset(layer), shape_.inputs(layer), gates, stride, false});
    tensors.push_back(
        {"recurrent" + suffix, RecurrentOffset(layer), shape_.hidden, gates, stride, false});
    tensors.push_back({"bias" + suffix, BiasOffset(layer), 1, gates, stride, true});
  }
  tensors.push_back(
      {"output", OutputOffset(), shape_.hidden, shape_.vocabulary, shape_.output_stride(), false});
  tensors.push_back(
      {"output_bias", OutputBiasOffset(), 1, shape_.vocabulary, shape_.output_stride(), true});
  return tensors;
}

std::string Network::FirstNonFinite() const {
  for (const TensorView& tensor : tensors()) {
    const std::span<const float> values =
        arena().subspan(tensor.offset, static_cast<std::size_t>(tensor.rows) * tensor.stride);
    if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); })) {
      return tensor.name;
    }
  }
  return "";
}

std::size_t Network::InputOffset(int layer) const {
  std::size_t rows = 0;
  for (int below = 0; below < layer; ++below) rows += shape_.inputs(below) + shape_.hidden + 1;
  return rows * shape_.gate_stride();
}

std::size_t Network::RecurrentOffset(int layer) const {
  return InputOffset(layer) + static_cast<std::size_t>(shape_.inputs(layer)) * shape_.gate_stride();
}

std::size_t Network::BiasOffset(int layer) const {
  return RecurrentOffset(layer) + static_cast<std::size_t>(shape_.hidden) * shape_.gate_stride();
}

std::size_t Network::OutputOffset() const { return InputOffset(shape_.layers); }

std::size_t Network::OutputBiasOffset() const {
  return OutputOffset() + static_cast<std::size_t>(shape_.hidden) * shape_.output_stride();
}

}  // namespace rltuner
