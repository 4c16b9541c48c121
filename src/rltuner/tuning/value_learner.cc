// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/value_learner.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "rltuner/nn/softmax.h"

namespace rltuner {

ValueLearner::ValueLearner(const MethodInfo& method, const Network& start,
                           const TuningOptions& options, int inputs)
    : method_(method),
      options_(options),
      is_double_(method.can_be_double && options.double_q),
      count_(inputs),
      network_(start),
      target_(start),
      gradient_(start.shape()),
      optimizer_(Optimizer::Kind::kAdam, start.arena().size()),
      tape_(start.shape(), options.minibatch, 1, inputs),
      target_stepper_(start.shape(), options.minibatch, inputs),
      online_stepper_(start.shape(), is_double_ ? options.minibatch : 0, inputs),
      drawn_(options.minibatch),
      minibatch_(options.minibatch),
      inputs_(static_cast<std::size_t>(options.minibatch) * inputs),
      actions_(options.minibatch),
      next_actions_(options.minibatch),
      next_values_(options.minibatch),
      values_(options.minibatch),
      targets_(options.minibatch),
      derivatives_(options.minibatch) {
  next_.reserve(options.minibatch);
  next_inputs_.reserve(inputs_.size());
}

int ValueLearner::Draw(const ReplayBuffer& replay, Random& random, bool before_add) {
  const auto choices =
      static_cast<std::uint32_t>(before_add ? replay.sampleable_after_add() : replay.sampleable());
  assert(choices > 0);
  for (int& index : drawn_) {
    index = static_cast<int>(random.Below(choices));
    replay.Prefetch(index, before_add);
  }
  return std::ranges::max(drawn_);
}

void ValueLearner::Gather(const ReplayBuffer& replay) {
  next_.clear();
  next_inputs_.clear();
  for (int b = 0; b < options_.minibatch; ++b) {
    const ReplayBuffer::Transition& transition = minibatch_[b] = replay.at(drawn_[b]);
    std::ranges::copy(transition.inputs, inputs_.begin() + std::ptrdiff_t{b} * count_);
    actions_[b] = transition.action;
    targets_[b] = transition.reward;
    tape_.SetState(b, transition.state);
    if (transition.next_state.empty()) continue;
    const int row = static_cast<int>(next_.size());
    target_stepper_.SetState(row, transition.next_state);
    if (is_double_) online_stepper_.SetState(row, transition.next_state);
    next_.push_back(b);
    next_inputs_.insert(next_inputs_.end(), transition.next_inputs.begin(),
                        transition.next_inputs.end());
  }
}

void ValueLearner::AddNextValues() {
  const int rows = static_cast<int>(next_.size());
  const std::span<float> values = std::span(next_values_).first(rows);
  if (is_double_) {
    const std::span<int> best = std::span(next_actions_).first(rows);
    online_stepper_.Step(network_, next_inputs_);
    for (int row = 0; row < rows; ++row) best[row] = ArgMax(online_stepper_.outputs(row));
    target_stepper_.StepOneOutput(target_, next_inputs_, best, values);
  } else {
    target_stepper_.Step(target_, next_inputs_);
    for (int row = 0; row < rows; ++row) {
      values[row] =
          method_.next_value(target_stepper_.outputs(row), minibatch_[next_[row]].next_log_prior);
    }
  }
  const float gamma = static_cast<float>(options_.gamma);
  for (int row = 0; row < rows; ++row) targets_[next_[row]] += gamma * values[row];
}

ValueLearner::Step ValueLearner::Learn(const ReplayBuffer& replay) {
  Gather(replay);
  AddNextValues();
  tape_.ForwardOneOutput(network_, inputs_, actions_, values_);

  Step step{};
  const float scale = 2.0F / static_cast<float>(options_.minibatch);
  for (int b = 0; b < options_.minibatch; ++b) {
    const float error = values_[b] - targets_[b];
    step.loss += static_cast<double>(error) * error / options_.minibatch;
    derivatives_[b] = scale * error;
  }
  tape_.BackwardOneOutput(network_, actions_, derivatives_, &gradient_);

  const auto [norm, shorten] =
      ClipGradient(options_.clipping == "tensor", options_.clip_norm, &gradient_);
  step.gradient_norm = norm;
  if (!std::isfinite(step.gradient_norm)) return step;
  optimizer_.StepAndFollow(options_.learning_rate, shorten, static_cast<float>(options_.eta),
                           gradient_.arena(), network_.arena(), target_.arena());
  return step;
}

void ValueLearner::SetNetwork(const Network& network) {
  assert(network.shape() == network_.shape());
  network_ = network;
  target_ = network;
}

void ValueLearner::VisitState(StateArchive* archive) {
  archive->Array("network", network_.arena());
  archive->Array("target", target_.arena());
  optimizer_.VisitMoments(archive, "adam");
  archive->Numbers<std::int64_t>("adam.steps", optimizer_.steps());
}

}  // namespace rltuner
