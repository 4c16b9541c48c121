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

// The sums of one layer's gates for all rows: from the states before the step and those after it
// (read for the layer below only). The one-hot input is a row of weights, never a product, and
// states of zero add nothing.
void SumGates(const Network& network, int layer, std::span<const int> events, StatesIn before,
              const float* states_out, float* gates) {
  const NetworkShape& shape = network.shape();
  const int rows = static_cast<int>(events.size());
  const int stride = shape.gate_stride();
  const int s = shape.state_size();
  const float* bias = network.bias(layer);
  const kernels::Operand h{before.values + shape.h_offset(layer), s, 1};
  const int h_depth = before.all_zero ? 0 : shape.hidden;
  if (layer == 0) {
    assert(std::ranges::all_of(events,
                               [&](int event) { return event >= 0 && event < shape.vocabulary; }));
    kernels::Multiply(rows, stride, h_depth, {bias, network.input(0), stride, events.data()}, h,
                      network.recurrent(0), stride, gates, stride);
  } else {
    const kernels::Operand below{states_out + shape.h_offset(layer - 1), s, 1};
    kernels::Multiply(rows, stride, shape.hidden, {.every_row = bias}, below, network.input(layer),
                      stride, gates, stride);
    kernels::MultiplyAdd(rows, stride, h_depth, h, network.recurrent(layer), stride, gates, stride);
  }
}

void ComputeAllOutputs(const Network& network, int rows, const float* states, float* outputs) {
  const NetworkShape& shape = network.shape();
  const int stride = shape.output_stride();
  kernels::Multiply(rows, stride, shape.hidden, {.every_row = network.output_bias()},
                    {states + shape.h_offset(shape.layers - 1), shape.state_size(), 1},
                    network.output(), stride, outputs, stride);
}

void ComputeOneOutput(const Network& network, const float* states, std::span<const int> wanted,
                      std::span<float> values) {
  const NetworkShape& shape = network.shape();
  assert(wanted.size() == values.size());
  kernels::MultiplyOneColumn(static_cast<int>(wanted.size()), shape.hidden, network.output_bias(),
                             {states + shape.h_offset(shape.layers - 1), shape.state_size(), 1},
                             network.output(), shape.output_stride(), wanted.data(), values.data());
}

// sum[n] += every row's [n]: a product with ones, whose sums stay in registers.
void AddRows(int rows, const float* values, int stride, float* sum) {
  constexpr float kOne = 1;
  kernels::MultiplyAdd(1, stride, rows, {&kOne, 0, 0}, values, stride, sum, stride);
}

// Sequences whose gates are summed together: more would push each other out of the cache.
constexpr int kTogether = 64;

}  // namespace

BatchStepper::BatchStepper(const NetworkShape& shape, int batch)
    : state_size_(shape.state_size()),
      output_stride_(shape.output_stride()),
      vocabulary_(shape.vocabulary),
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
  std::fill(states_.begin(), states_.end(), 0.0F);
  all_zero_ = true;
}

void BatchStepper::Step(const Network& network, std::span<const int> events) {
  StepStates(network, events);
  ComputeOutputs(network, static_cast<int>(events.size()));
}

void BatchStepper::ComputeOutputs(const Network& network, int rows) {
  ComputeAllOutputs(network, rows, states_.data(), outputs_.data());
}

void BatchStepper::StepOneOutput(const Network& network, std::span<const int> events,
                                 std::span<const int> wanted, std::span<float> values) {
  assert(wanted.size() == events.size());
  StepStates(network, events);
  ComputeOneOutput(network, states_.data(), wanted, values);
}

void BatchStepper::StepStates(const Network& network, std::span<const int> events) {
  assert(network.shape().state_size() == state_size_ && network.shape().vocabulary == vocabulary_);
  assert(events.size() * state_size_ <= states_.size());
  const int rows = static_cast<int>(events.size());
  for (int first = 0; first < rows; first += kTogether) {
    StepStatesOf(network, first, events.subspan(first, std::min(kTogether, rows - first)));
  }
  all_zero_ = false;
}

void BatchStepper::StepStatesOf(const Network& network, int first, std::span<const int> events) {
  const NetworkShape& shape = network.shape();
  const int rows = static_cast<int>(events.size());
  float* states = states_.data() + static_cast<std::ptrdiff_t>(first) * state_size_;
  for (int layer = 0; layer < shape.layers; ++layer) {
    SumGates(network, layer, events, {states, all_zero_}, states, gates_.data());
    for (int b = 0; b < rows; ++b) {
      float* state_of_row = states + static_cast<std::ptrdiff_t>(b) * state_size_;
      float* c = state_of_row + shape.c_offset(layer);
      kernels::CellForward(shape.hidden,
                           gates_.data() + static_cast<std::ptrdiff_t>(b) * shape.gate_stride(), c,
                           c, state_of_row + shape.h_offset(layer), tanh_c_.data());
    }
  }
}

Tape::Tape(const NetworkShape& shape, int batch, int steps)
    : shape_(shape),
      batch_(batch),
      steps_(steps),
      s_(shape.state_size()),
      padded_hidden_(NetworkShape::Padded(shape.hidden)) {
  const std::size_t rows = static_cast<std::size_t>(batch) * steps;
  const std::size_t gate_rows = 4 * static_cast<std::size_t>(shape.hidden);
  events_.resize(rows);
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

float* Tape::gates(int t, int layer) {
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(t) * shape_.layers + layer;
  return gates_.data() + block * batch_ * shape_.gate_stride();
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

void Tape::Forward(const Network& network, int t, std::span<const int> events) {
  ForwardStates(network, t, events);
  ComputeAllOutputs(
      network, active_, states(t + 1),
      outputs_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * shape_.output_stride());
}

void Tape::ForwardOneOutput(const Network& network, std::span<const int> events,
                            std::span<const int> wanted, std::span<float> values) {
  assert(wanted.size() == events.size());
  ForwardStates(network, 0, events);
  ComputeOneOutput(network, states(1), wanted, values);
}

void Tape::ForwardStates(const Network& network, int t, std::span<const int> events) {
  assert(network.shape() == shape_ && t < steps_ && static_cast<int>(events.size()) <= batch_);
  active_ = static_cast<int>(events.size());
  std::copy(events.begin(), events.end(),
            events_.begin() + static_cast<std::ptrdiff_t>(t) * batch_);
  const float* before = states(t);
  float* after = states(t + 1);
  for (int layer = 0; layer < shape_.layers; ++layer) {
    SumGates(network, layer, events, {before, IsZero(t)}, after, gates(t, layer));
    for (int b = 0; b < active_; ++b) {
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(b) * s_;
      kernels::CellForward(
          shape_.hidden, gates(t, layer) + static_cast<std::ptrdiff_t>(b) * shape_.gate_stride(),
          before + row + shape_.c_offset(layer), after + row + shape_.c_offset(layer),
          after + row + shape_.h_offset(layer),
          tanh_c(t, layer) + static_cast<std::ptrdiff_t>(b) * shape_.hidden);
    }
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

void Tape::TransposeInputs(const Network& network) {
  const int gate_rows = 4 * shape_.hidden;
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(gate_rows) * padded_hidden_;
  for (int layer = 1; layer < shape_.layers; ++layer) {
    kernels::Transpose(shape_.hidden, gate_rows, network.input(layer), shape_.gate_stride(),
                       input_t_.data() + (layer - 1) * block, padded_hidden_);
  }
}

void Tape::TransposeWeights(const Network& network) {
  const int gate_rows = 4 * shape_.hidden;
  const std::ptrdiff_t block = static_cast<std::ptrdiff_t>(gate_rows) * padded_hidden_;
  TransposeInputs(network);
  for (int layer = 0; layer < shape_.layers; ++layer) {
    kernels::Transpose(shape_.hidden, gate_rows, network.recurrent(layer), shape_.gate_stride(),
                       recurrent_t_.data() + layer * block, padded_hidden_);
  }
  kernels::Transpose(shape_.hidden, shape_.vocabulary, network.output(), shape_.output_stride(),
                     output_t_.data(), padded_hidden_);
}

// From the gradients of this layer's h and c after step t to those of its weights, of the layer
// below and, where there is a step before, of its own h and c before the step.
void Tape::BackwardLayer(int t, int layer, Network* gradient) {
  const int hidden = shape_.hidden;
  const int stride = shape_.gate_stride();
  const std::ptrdiff_t transposed = static_cast<std::ptrdiff_t>(4 * hidden) * padded_hidden_;
  const float* before = states(t);
  float* dz = gates(t, layer);
  float* dh = state_gradient(layer, 0);
  float* dc = state_gradient(layer, 1);
  for (int b = 0; b < active_; ++b) {
    const std::ptrdiff_t row = b;
    kernels::CellBackward(hidden, dz + row * stride, before + row * s_ + shape_.c_offset(layer),
                          tanh_c(t, layer) + row * hidden, dh + row * padded_hidden_,
                          dc + row * padded_hidden_);
  }
  AddRows(active_, dz, stride, gradient->bias(layer));
  if (!IsZero(t)) {
    kernels::MultiplyAdd(hidden, stride, active_, {before + shape_.h_offset(layer), 1, s_}, dz,
                         stride, gradient->recurrent(layer), stride);
  }
  if (layer == 0) {
    const int* events = events_.data() + static_cast<std::ptrdiff_t>(t) * batch_;
    for (int b = 0; b < active_; ++b) {
      kernels::Add(stride, dz + static_cast<std::ptrdiff_t>(b) * stride,
                   gradient->input(0) + static_cast<std::ptrdiff_t>(events[b]) * stride);
    }
  } else {
    kernels::MultiplyAdd(hidden, stride, active_,
                         {states(t + 1) + shape_.h_offset(layer - 1), 1, s_}, dz, stride,
                         gradient->input(layer), stride);
    kernels::MultiplyAdd(active_, padded_hidden_, 4 * hidden, {dz, stride, 1},
                         input_t_.data() + (layer - 1) * transposed, padded_hidden_,
                         state_gradient(layer - 1, 0), padded_hidden_);
  }
  if (t > 0) {
    std::fill_n(dh, static_cast<std::ptrdiff_t>(active_) * padded_hidden_, 0.0F);
    kernels::MultiplyAdd(active_, padded_hidden_, 4 * hidden, {dz, stride, 1},
                         recurrent_t_.data() + layer * transposed, padded_hidden_, dh,
                         padded_hidden_);
  }
}

void Tape::Backward(const Network& network, int steps, Network* gradient) {
  assert(network.shape() == shape_ && gradient->shape() == shape_ && steps <= steps_);
  TransposeWeights(network);
  std::fill(state_gradients_.begin(), state_gradients_.end(), 0.0F);
  const int hidden = shape_.hidden;
  const int stride = shape_.output_stride();
  const int top = shape_.layers - 1;
  for (int t = steps - 1; t >= 0; --t) {
    const float* d_outputs =
        output_gradients_.data() + static_cast<std::ptrdiff_t>(t) * batch_ * stride;
    AddRows(active_, d_outputs, stride, gradient->output_bias());
    kernels::MultiplyAdd(hidden, stride, active_, {states(t + 1) + shape_.h_offset(top), 1, s_},
                         d_outputs, stride, gradient->output(), stride);
    kernels::MultiplyAdd(active_, padded_hidden_, shape_.vocabulary, {d_outputs, stride, 1},
                         output_t_.data(), padded_hidden_, state_gradient(top, 0), padded_hidden_);
    for (int layer = top; layer >= 0; --layer) BackwardLayer(t, layer, gradient);
  }
}

void Tape::BackwardOneOutput(const Network& network, std::span<const int> actions,
                             std::span<const float> gradients, Network* gradient) {
  assert(network.shape() == shape_ && gradient->shape() == shape_);
  assert(static_cast<int>(actions.size()) == active_ && gradients.size() == actions.size());
  TransposeInputs(network);  // a single step goes back through no recurrent weights
  std::fill(state_gradients_.begin(), state_gradients_.end(), 0.0F);
  const int stride = shape_.output_stride();
  const int top = shape_.layers - 1;
  for (int b = 0; b < active_; ++b) {
    const float d = gradients[b];
    const float* h = states(1) + static_cast<std::ptrdiff_t>(b) * s_ + shape_.h_offset(top);
    float* dh = state_gradient(top, 0) + static_cast<std::ptrdiff_t>(b) * padded_hidden_;
    const float* weights = network.output() + actions[b];
    float* d_weights = gradient->output() + actions[b];
    gradient->output_bias()[actions[b]] += d;
    for (int n = 0; n < shape_.hidden; ++n) {
      dh[n] += d * weights[static_cast<std::ptrdiff_t>(n) * stride];
      d_weights[static_cast<std::ptrdiff_t>(n) * stride] += d * h[n];
    }
  }
  for (int layer = top; layer >= 0; --layer) BackwardLayer(0, layer, gradient);
}

}  // namespace rltuner
