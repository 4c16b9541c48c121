// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/deferred_likelihood.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "rltuner/nn/softmax.h"

namespace rltuner {

DeferredLikelihood::DeferredLikelihood(const NetworkShape& shape, int length, int compositions,
                                       int inputs)
    : compositions_(compositions),
      count_(inputs),
      log_p_(static_cast<std::size_t>(compositions) * length),
      inputs_(static_cast<std::size_t>(compositions) * inputs),
      state_(shape.state_size()),
      stepper_(shape, compositions, inputs) {
  pieces_.reserve(compositions);
  actions_.reserve(log_p_.size());
  heard_.reserve(log_p_.size() * inputs);
  rows_.reserve(compositions);
}

bool DeferredLikelihood::full() const {
  return !playing_ && static_cast<int>(pieces_.size()) == compositions_;
}

void DeferredLikelihood::Start() {
  assert(!playing_ && !full());
  pieces_.push_back({.first = pending(), .count = 0, .goes_on = false});
  playing_ = true;
}

void DeferredLikelihood::Add(std::span<const int> inputs, int action, bool last) {
  assert(playing_ && actions_.size() < log_p_.size());
  assert(static_cast<int>(inputs.size()) == count_);
  heard_.insert(heard_.end(), inputs.begin(), inputs.end());
  actions_.push_back(action);
  ++pieces_.back().count;
  playing_ = !last;
}

std::span<const float> DeferredLikelihood::Compute(const Network& note_rnn) {
  rows_.resize(pieces_.size());
  std::iota(rows_.begin(), rows_.end(), 0);
  // Those that end early stand behind the others, and are stepped no further.
  std::ranges::sort(rows_, [&](int a, int b) { return pieces_[a].count > pieces_[b].count; });
  stepper_.ResetStates();
  int active = static_cast<int>(rows_.size());
  for (int row = 0; row < active; ++row) {
    if (pieces_[rows_[row]].goes_on) stepper_.SetState(row, state_);
  }
  for (int t = 0;; ++t) {
    while (active > 0 && pieces_[rows_[active - 1]].count <= t) --active;
    if (active == 0) break;
    for (int row = 0; row < active; ++row) {
      const std::ptrdiff_t action = pieces_[rows_[row]].first + t;
      std::copy_n(heard_.begin() + action * count_, count_,
                  inputs_.begin() + std::ptrdiff_t{row} * count_);
    }
    stepper_.Step(note_rnn, std::span(inputs_).first(static_cast<std::size_t>(active) * count_));
    for (int row = 0; row < active; ++row) {
      const int at = pieces_[rows_[row]].first + t;
      const std::span<const float> logits = stepper_.outputs(row);
      log_p_[at] = logits[actions_[at]] - LogSumExp(logits);
    }
  }

  const std::span<const float> computed = std::span(log_p_).first(actions_.size());
  if (playing_) {
    // Its row was stepped as far as it was played, and no further.
    const auto row = std::ranges::find(rows_, static_cast<int>(pieces_.size()) - 1);
    std::ranges::copy(stepper_.state(static_cast<int>(row - rows_.begin())), state_.begin());
    GoOn();
  } else {
    pieces_.clear();
  }
  actions_.clear();
  heard_.clear();
  return computed;
}

void DeferredLikelihood::GoOn() { pieces_.assign(1, {.first = 0, .count = 0, .goes_on = true}); }

void DeferredLikelihood::Restore(std::span<const float> state) {
  assert(state.size() == state_.size());
  std::ranges::copy(state, state_.begin());
  GoOn();
  actions_.clear();
  heard_.clear();
  playing_ = true;
}

}  // namespace rltuner
