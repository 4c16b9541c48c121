// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/late_likelihood.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "rltuner/nn/softmax.h"

namespace rltuner {

LateLikelihood::LateLikelihood(const NetworkShape& shape, int inputs, int length)
    : inputs_(inputs),
      rows_(static_cast<std::size_t>(kCompositions) * inputs),
      state_(shape.state_size()),
      stepper_(shape, kCompositions, inputs) {
  const std::size_t events = static_cast<std::size_t>(kCompositions) * length;
  begins_.reserve(kCompositions);
  heard_.reserve(events * inputs);
  actions_.reserve(events);
  log_p_.resize(events);
  order_.reserve(kCompositions);
}

void LateLikelihood::Add(std::span<const int> inputs, int action, bool last) {
  assert(!full() && actions_.size() < log_p_.size());
  if (ended_ || begins_.empty()) begins_.push_back(waiting());
  heard_.insert(heard_.end(), inputs.begin(), inputs.end());
  actions_.push_back(action);
  ended_ = last;
}

std::span<const float> LateLikelihood::Compute(const Network& note_rnn) {
  const auto count = [&](int composition) {
    const bool is_last = composition + 1 == static_cast<int>(begins_.size());
    return (is_last ? waiting() : begins_[composition + 1]) - begins_[composition];
  };
  order_.resize(begins_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::sort(order_, [&](int a, int b) { return count(a) > count(b); });
  stepper_.ResetStates();
  const auto row_of = [&](int composition) {
    return static_cast<int>(std::ranges::find(order_, composition) - order_.begin());
  };
  if (goes_on_ && waiting() > 0) stepper_.SetState(row_of(0), state_);
  int rows = static_cast<int>(order_.size());
  for (int t = 0;; ++t) {
    while (rows > 0 && count(order_[rows - 1]) <= t) --rows;
    if (rows == 0) break;
    for (int row = 0; row < rows; ++row) {
      std::ranges::copy_n(heard_.begin() + std::ptrdiff_t{begins_[order_[row]] + t} * inputs_,
                          inputs_, rows_.begin() + std::ptrdiff_t{row} * inputs_);
    }
    stepper_.Step(note_rnn, std::span(rows_).first(static_cast<std::size_t>(rows) * inputs_));
    for (int row = 0; row < rows; ++row) {
      const int event = begins_[order_[row]] + t;
      const std::span<const float> logits = stepper_.outputs(row);
      log_p_[event] = logits[actions_[event]] - LogSumExp(logits);
    }
  }

  const std::span<const float> computed = std::span(log_p_).first(actions_.size());
  goes_on_ = !ended_;
  if (ended_) {
    std::ranges::fill(state_, 0.0F);
  } else if (waiting() > 0) {
    const int played = row_of(static_cast<int>(begins_.size()) - 1);
    std::ranges::copy(stepper_.state(played), state_.begin());
  }
  begins_.clear();
  heard_.clear();
  actions_.clear();
  return computed;
}

void LateLikelihood::SetState(std::span<const float> state) {
  assert(waiting() == 0 && state.size() == state_.size());
  std::ranges::copy(state, state_.begin());
  ended_ = false;
  goes_on_ = true;
}

}  // namespace rltuner
