// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/lstm.h"

#include <algorithm>
#include <cassert>

#include "rltuner/nn/kernels.h"

namespace rltuner {
namespace {

// The states before a step.
struct StatesIn {
  const float* values;
  bool all_zero;
};

// The inputs of sequences, [sequences, count].
struct Inputs {
  std::span<const int> rows;
  int count;

  int sequences() const { return static_cast<int>(rows.size()) / count; }
  Inputs Part(int first, int sequences) const {
    return {rows.subspan(static_cast<std::size_t>(first) * count,
                         static_cast<std::size_t>(sequences) * count),
            count};
  }
};

// One layer for all rows, from the states before the step to those after it. Both may be the same
// memory; the states after it hold the layer below already. Leaves the activated gates, and tanh(c)
// in rows tanh_stride apart. One-hot inputs select rows of weights and need no matrix product; zero
// states are skipped.
void LayerForward(const Network& network, int layer, Inputs inputs, StatesIn before, float* after,
                  float* gates, float* tanh_c, std::ptrdiff_t tanh_stride) {
  const NetworkShape& shape = network.shape();
  const int rows = inputs.sequences();
  const int stride = shape.gate_stride();
  const std::ptrdiff_t s = shape.state_size();
  const float* bias = network.bias(layer);
  const kernels::MatrixView h{before.values + shape.h_offset(layer), s, 1};
  const int h_depth = before.all_zero ? 0 : shape.hidden;
  if (layer == 0) {
    assert(std::ranges::all_of(inputs.rows,
                               [&](int row) { return row >= 0 && row < shape.inputs(0); }));
    kernels::MatrixProduct(rows, stride, h_depth,
                           {bias, network.input(0), stride, inputs.rows.data(), inputs.count}, h,
                           network.recurrent(0), stride, gates, stride);
  } else {
    const kernels::MatrixView below{after + shape.h_offset(layer - 1), s, 1};
    kernels::MatrixProduct(rows, stride, shape.hidden, {.values = bias}, below,
                           network.input(layer), stride, gates, stride);
    kernels::AddMatrixProduct(rows, stride, h_depth, h, network.recurrent(layer), stride, gates,
                              stride);
  }
  for (std::ptrdiff_t b = 0; b < rows; ++b) {
    float* state = after + b * s;
    kernels::CellForward(
        shape.hidden, gates + b * stride, before.values + b * s + shape.c_offset(layer),
        state + shape.c_offset(layer), state + shape.h_offset(layer), tanh_c + b * tanh_stride);
  }
}

void ComputeAllOutputs(const Network& network, int rows, const float* states, float* outputs) {
  const NetworkShape& shape = network.shape();
  const int stride = shape.output_stride();
  kernels::MatrixProduct(rows, stride, shape.hidden, {.values = network.output_bias()},
                         {states + shape.h_offset(shape.layers - 1), shape.state_size(), 1},
                         network.output(), stride, outputs, stride);
}

void ComputeOneOutput(const Network& network, const float* states, std::span<const int> actions,
                      std::span<float> values) {
  const NetworkShape& shape = network.shape();
  assert(actions.size() == values.size());
  kernels::MatrixProductOneColumn(
      static_cast<int>(actions.size()), shape.hidden, network.output_bias(),
      {states + shape.h_offset(shape.layers - 1), shape.state_size(), 1}, network.output(),
      shape.output_stride(), actions.data(), values.data());
}

// sum[n] += every row's [n]: a product with ones, whose sums stay in registers.
void AddRows(int rows, int columns, const float* values, int stride, float* sum) {
  constexpr float kOne = 1;
  kernels::AddMatrixProduct(1, columns, rows, {&kOne, 0, 0}, values, stride, sum, stride);
}

struct Columns {
  int first, count;
};

// A part of a row: whole pieces of NetworkShape::kRowPadding columns.
Columns ColumnsOf(Tape::Part part, int stride) {
  const int pieces = stride / NetworkShape::kRowPadding;
  const int first = pieces * part.index / part.count;
  const int end = pieces * (part.index + 1) / part.count;
  return {first * NetworkShape::kRowPadding, (end - first) * NetworkShape::kRowPadding};
}

// Sequences whose gates are summed together: more would push each other out of the cache.
constexpr int kTogether = 64;

}  // namespace

BatchStepper::BatchStepper(const NetworkShape& shape, int batch, int inputs)
    : state_size_(shape.state_size()),
      output_stride_(shape.output_stride()),
      vocabulary_(shape.vocabulary),
      inputs_(inputs),
      states_(static_cast<std::size_t>(batch) * shape.state_size()),
      gates_(static_cast<std::size_t>(std::min(batch, kTogether)) * shape.gate_stride()),
      tanh_c_(shape.hidden),
      outputs_(static_cast<std::size_t>(batch) * shape.output_stride()) {}

void BatchStepper::SetState(int row, std::span<const float> state) {
  assert(static_cast<int>(state.size()) == state_size_);
  std::ranges::copy(state, states_.begin() + static_cast<std::ptrdiff_t>(row) * state_size_);
  all_zero_ = false;
}

void BatchStepper::ResetStates() {
  std::ranges::fill(states_, 0.0F);
  all_zero_ = true;
}

void BatchStepper::Step(const Network& network, std::span<const int> inputs) {
  StepStates(network, inputs);
  ComputeOutputs(network, static_cast<int>(inputs.size()) / inputs_);
}

void BatchStepper::ComputeOutputs(const Network& network, int rows) {
  ComputeAllOutputs(network, rows, states_.data(), outputs_.data());
}

void BatchStepper::StepOneOutput(const Network& network, std::span<const int> inputs,
                                 std::span<const int> actions, std::span<float> values) {
  assert(actions.size() * inputs_ == inputs.size());
  StepStates(network, inputs);
  ComputeOneOutput(network, states_.data(), actions, values);
}

void BatchStepper::StepStates(const Network& network, std::span<const int> inputs) {
  assert(network.shape().state_size() == state_size_ && network.shape().vocabulary == vocabulary_);
  const Inputs all{inputs, inputs_};
  const int rows = all.sequences();
  assert(static_cast<std::size_t>(rows) * state_size_ <= states_.size());
  for (int first = 0; first < rows; first += kTogether) {
    const Inputs together = all.Part(first, std::min(kTogether, rows - first));
    float* states = states_.data() + static_cast<std::ptrdiff_t>(first) * state_size_;
    for (int layer = 0; layer < network.shape().layers; ++layer) {
      LayerForward(network, layer, together, {states, all_zero_}, states, gates_.data(),
                   tanh_c_.data(), 0);
    }
  }
  all_zero_ = false;
}

Tape::Tape(const NetworkShape& shape, int batch, int steps, int inputs)
    : shape_(shape),
      batch_(batch),
      steps_(steps),
      count_(inputs),
      s_(shape.state_size()),
      padded_hidden_(NetworkShape::Padded(shape.hidden)) {
  const std::size_t rows = static_cast<std::size_t>(batch) * steps;
  const std::size_t gate_rows = 4 * static_cast<std::size_t>(shape.hidden);
  inputs_.resize(rows * inputs);
  states_.resize((rows + batch) * s_);
  gates_.resize(rows * shape.layers * shape.gate_stride());
  tanh_c_.resize(rows * shape.layers * shape.hidden);
  outputs_.resize(rows * shape.output_stride());
  output_gradients_.resize(rows * shape.output_stride());
  state_gradients_.resize(static_cast<std::size_t>(shape.layers) * 2 * batch * padded_hidden_);
  recurrent_t_.resize(shape.layers * gate_rows * padded_hidden_);
  input_t_.resize((shape.layers - 1) * gate_rows * padded_hidden_);
  output_t_.resize(static_cast<std::size_t>(shape.vocabulary) * padded_hidden_);
}

void Tape::SetState(int row, std::span<const float> state) {
  assert(static_cast<int>(state.size()) == s_);
  std::ranges::copy(state, states_.begin() + static_cast<std::ptrdiff_t>(row) * s_);
  starts_at_zero_ = false;
}

void Tape::ResetStates() {
  std::fill_n(states_.begin(), static_cast<std::ptrdiff_t>(batch_) * s_, 0.0F);
  starts_at_zero_ = true;
}

std::span<const float> Tape::state_after(int t, int row) const {
  const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(t + 1) * batch_ + row;
  return {states_.data() + index * s_, static_cast<std::size_t>(s_)};
}

std::ptrdiff_t Tape::GatesAt(int t, int layer) const {
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(t) * shape_.layers + layer;
  return block * batch_ * shape_.gate_stride();
}

float* Tape::tanh_c(int t, int layer) {
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(t) * shape_.layers + layer;
  return tanh_c_.data() + block * batch_ * shape_.hidden;
}

// part 0: gradients of h, part 1: of c; [B, padded H].
float* Tape::state_gradient(int layer, int part) {
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(layer) * 2 + part;
  return state_gradients_.data() + block * batch_ * padded_hidden_;
}

void Tape::Forward(const Network& network, int t, std::span<const int> inputs) {
  ForwardStates(network, t, inputs);
  ComputeAllOutputs(
      network, active_, states(t + 1),
      outputs_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * shape_.output_stride());
}

void Tape::ForwardOneOutput(const Network& network, std::span<const int> inputs,
                            std::span<const int> actions, std::span<float> values) {
  assert(actions.size() * count_ == inputs.size());
  ForwardStates(network, 0, inputs);
  ComputeOneOutput(network, states(1), actions, values);
}

void Tape::ForwardStates(const Network& network, int t, std::span<const int> inputs) {
  const Inputs fed{inputs, count_};
  active_ = fed.sequences();
  assert(network.shape() == shape_ && t < steps_ && active_ <= batch_);
  std::ranges::copy(inputs, inputs_.begin() + static_cast<std::ptrdiff_t>(t) * batch_ * count_);
  for (int layer = 0; layer < shape_.layers; ++layer) {
    LayerForward(network, layer, fed, {states(t), IsZero(t)}, states(t + 1), gates(t, layer),
                 tanh_c(t, layer), shape_.hidden);
  }
}

std::span<const float> Tape::outputs(int t, int row) const {
  const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(t) * batch_ + row;
  return {outputs_.data() + index * shape_.output_stride(),
          static_cast<std::size_t>(shape_.vocabulary)};
}

std::span<float> Tape::output_gradients(int t, int row) {
  const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(t) * batch_ + row;
  return {output_gradients_.data() + index * shape_.output_stride(),
          static_cast<std::size_t>(shape_.vocabulary)};
}

void Tape::TransposeWeights(const Network& network, bool only_inputs) {
  const int gate_rows = 4 * shape_.hidden;
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(gate_rows) * padded_hidden_;
  const auto transpose = [&](int columns, const float* from, int stride, float* to) {
    kernels::Transpose(shape_.hidden, columns, from, stride, to, padded_hidden_);
  };
  for (int layer = 0; layer < shape_.layers; ++layer) {
    const int stride = shape_.gate_stride();
    if (layer > 0) {
      transpose(gate_rows, network.input(layer), stride, input_t_.data() + (layer - 1) * block);
    }
    if (only_inputs) continue;
    transpose(gate_rows, network.recurrent(layer), stride, recurrent_t_.data() + layer * block);
  }
  if (only_inputs) return;
  transpose(shape_.vocabulary, network.output(), shape_.output_stride(), output_t_.data());
}

// Starts from the gradients of this layer's h and c after step t. Computes the gradients of its
// gates' sums, of the layer below and, if there is an earlier step, of its own h and c before step
// t.
void Tape::BackwardLayer(int t, int layer) {
  const int hidden = shape_.hidden;
  const int stride = shape_.gate_stride();
  const std::ptrdiff_t transposed = static_cast<std::ptrdiff_t>(4 * hidden) * padded_hidden_;
  const float* before = states(t);
  float* dz = gates(t, layer);
  float* dh = state_gradient(layer, 0);
  float* dc = state_gradient(layer, 1);
  for (std::ptrdiff_t row = 0; row < active_; ++row) {
    kernels::CellBackward(hidden, dz + row * stride, before + row * s_ + shape_.c_offset(layer),
                          tanh_c(t, layer) + row * hidden, dh + row * padded_hidden_,
                          dc + row * padded_hidden_);
  }
  if (layer > 0) {
    kernels::AddMatrixProduct(active_, padded_hidden_, 4 * hidden, {dz, stride, 1},
                              input_t_.data() + (layer - 1) * transposed, padded_hidden_,
                              state_gradient(layer - 1, 0), padded_hidden_);
  }
  if (t > 0) {
    std::fill_n(dh, static_cast<std::ptrdiff_t>(active_) * padded_hidden_, 0.0F);
    kernels::AddMatrixProduct(active_, padded_hidden_, 4 * hidden, {dz, stride, 1},
                              recurrent_t_.data() + layer * transposed, padded_hidden_, dh,
                              padded_hidden_);
  }
}

void Tape::AddLayerGradients(int t, int layer, Part part, Network* gradient) const {
  const int stride = shape_.gate_stride();
  const auto [first, columns] = ColumnsOf(part, stride);
  const float* before = states(t);
  const float* dz = gates_.data() + GatesAt(t, layer) + first;
  AddRows(active_, columns, dz, stride, gradient->bias(layer) + first);
  if (!IsZero(t)) {
    kernels::AddMatrixProduct(shape_.hidden, columns, active_,
                              {before + shape_.h_offset(layer), 1, s_}, dz, stride,
                              gradient->recurrent(layer) + first, stride);
  }
  if (layer == 0) {
    const int* inputs = inputs_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * count_;
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(active_) * count_; ++i) {
      float* row = gradient->input(0) + static_cast<std::ptrdiff_t>(inputs[i]) * stride + first;
      const float* of_sequence = dz + i / count_ * stride;
      for (int n = 0; n < columns; ++n) row[n] += of_sequence[n];
    }
  } else {
    kernels::AddMatrixProduct(shape_.hidden, columns, active_,
                              {states(t + 1) + shape_.h_offset(layer - 1), 1, s_}, dz, stride,
                              gradient->input(layer) + first, stride);
  }
}

void Tape::Backward(const Network& network, int steps, Network* gradient) {
  assert(steps <= steps_);
  BeginBackward(network);
  for (int t = steps - 1; t >= 0; --t) {
    BackwardStep(t);
    AddGradients(t, {}, gradient);
  }
}

void Tape::BackwardStates(const Network& network, int steps) {
  assert(steps <= steps_);
  BeginBackward(network);
  for (int t = steps - 1; t >= 0; --t) BackwardStep(t);
}

void Tape::BeginBackward(const Network& network) {
  assert(network.shape() == shape_);
  TransposeWeights(network, false);
  std::ranges::fill(state_gradients_, 0.0F);
}

void Tape::BackwardStep(int t) {
  const int stride = shape_.output_stride();
  const int top = shape_.layers - 1;
  const float* d_outputs =
      output_gradients_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * stride;
  kernels::AddMatrixProduct(active_, padded_hidden_, shape_.vocabulary, {d_outputs, stride, 1},
                            output_t_.data(), padded_hidden_, state_gradient(top, 0),
                            padded_hidden_);
  for (int layer = top; layer >= 0; --layer) BackwardLayer(t, layer);
}

void Tape::AddGradients(int t, Part part, Network* gradient) const {
  assert(gradient->shape() == shape_ && part.index < part.count);
  const int stride = shape_.output_stride();
  const auto [first, columns] = ColumnsOf(part, stride);
  const float* d_outputs =
      output_gradients_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * stride + first;
  AddRows(active_, columns, d_outputs, stride, gradient->output_bias() + first);
  kernels::AddMatrixProduct(shape_.hidden, columns, active_,
                            {states(t + 1) + shape_.h_offset(shape_.layers - 1), 1, s_}, d_outputs,
                            stride, gradient->output() + first, stride);
  for (int layer = shape_.layers - 1; layer >= 0; --layer) {
    AddLayerGradients(t, layer, part, gradient);
  }
}

void Tape::BackwardOneOutput(const Network& network, std::span<const int> actions,
                             std::span<const float> gradients, Network* gradient) {
  assert(network.shape() == shape_ && gradient->shape() == shape_);
  assert(static_cast<int>(actions.size()) == active_ && gradients.size() == actions.size());
  TransposeWeights(network, true);  // a single step goes back through no recurrent weights
  std::ranges::fill(state_gradients_, 0.0F);
  const int stride = shape_.output_stride();
  const int top = shape_.layers - 1;
  for (std::ptrdiff_t b = 0; b < active_; ++b) {
    const float d = gradients[b];
    const float* h = states(1) + b * s_ + shape_.h_offset(top);
    const float* weights = network.output() + actions[b];
    float* d_weights = gradient->output() + actions[b];
    float* dh = state_gradient(top, 0) + b * padded_hidden_;
    gradient->output_bias()[actions[b]] += d;
    for (std::ptrdiff_t n = 0; n < shape_.hidden; ++n) {
      d_weights[n * stride] += d * h[n];
      dh[n] += d * weights[n * stride];
    }
  }
  for (int layer = top; layer >= 0; --layer) {
    BackwardLayer(0, layer);
    AddLayerGradients(0, layer, {}, gradient);
  }
}

}  // namespace rltuner
