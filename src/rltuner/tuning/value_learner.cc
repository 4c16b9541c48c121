// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/value_learner.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "rltuner/nn/simd.h"

namespace rltuner {

ValueLearner::ValueLearner(const ValueMethod& method, const Network& start,
                           const TuningOptions& options)
    : method_(method),
      options_(options),
      network_(start),
      target_(start),
      gradient_(start.shape()),
      optimizer_({.kind = Optimizer::Kind::kAdam}, start.arena().size()),
      tape_(start.shape(), options.minibatch, 1),
      target_stepper_(start.shape(), options.minibatch),
      online_stepper_(start.shape(), method.UsesOnlineValues() ? options.minibatch : 0),
      minibatch_(options.minibatch),
      events_(options.minibatch),
      actions_(options.minibatch),
      targets_(options.minibatch),
      derivatives_(options.minibatch) {}

void ValueLearner::Draw(const ReplayBuffer& replay, Random& random) {
  assert(replay.sampleable() > 0);
  const auto choices = static_cast<std::uint32_t>(replay.sampleable());
  for (ReplayBuffer::Transition& transition : minibatch_) {
    transition = replay.at(static_cast<int>(random.Below(choices)));
    simd::Prefetch(transition.state);
    simd::Prefetch(transition.next_state);
  }
}

void ValueLearner::Gather() {
  for (int b = 0; b < options_.minibatch; ++b) {
    const ReplayBuffer::Transition& transition = minibatch_[b];
    events_[b] = transition.event;
    actions_[b] = transition.action;
    std::ranges::copy(transition.state, tape_.state(b).begin());
    // A last event without an s' runs along with any state.
    if (transition.next_state.empty()) continue;
    std::ranges::copy(transition.next_state, target_stepper_.state(b).begin());
    if (method_.UsesOnlineValues()) {
      std::ranges::copy(transition.next_state, online_stepper_.state(b).begin());
    }
  }
}

void ValueLearner::ComputeTargets() {
  const bool online = method_.UsesOnlineValues();
  // The event of s' is the action just played.
  target_stepper_.Step(target_, actions_);
  if (online) online_stepper_.Step(network_, actions_);
  const float gamma = static_cast<float>(options_.gamma);
  for (int b = 0; b < options_.minibatch; ++b) {
    const ReplayBuffer::Transition& transition = minibatch_[b];
    targets_[b] = transition.reward;
    if (transition.next_state.empty()) continue;
    targets_[b] +=
        gamma * method_.NextValue(target_stepper_.outputs(b),
                                  online ? online_stepper_.outputs(b) : std::span<const float>(),
                                  transition.next_log_prior);
  }
}

ValueLearner::Step ValueLearner::Learn() {
  Gather();
  ComputeTargets();
  tape_.Forward(network_, 0, events_);

  Step step{};
  const float scale = 2.0F / static_cast<float>(options_.minibatch);
  for (int b = 0; b < options_.minibatch; ++b) {
    const float error = tape_.outputs(0, b)[actions_[b]] - targets_[b];
    step.loss += static_cast<double>(error) * error / options_.minibatch;
    derivatives_[b] = scale * error;
  }
  tape_.BackwardOneOutput(network_, actions_, derivatives_, &gradient_);

  float shorten = 1;
  if (options_.clipping == "global") {
    step.gradient_norm = GradientNorm(gradient_.arena());
    if (step.gradient_norm > options_.clip_norm) {
      shorten = static_cast<float>(options_.clip_norm / step.gradient_norm);
    }
  } else {
    step.gradient_norm = ClipGradient(Clipping::kPerTensor, options_.clip_norm, &gradient_);
  }
  if (!std::isfinite(step.gradient_norm)) return step;
  optimizer_.StepAndFollow(options_.learning_rate, shorten, static_cast<float>(options_.eta),
                           gradient_.arena(), network_.arena(), target_.arena());
  return step;
}

std::string ValueLearner::NonFiniteTensor() const {
  const std::string name = gradient_.FirstNonFinite();
  return name.empty() ? "the sum of squares" : name;
}

void ValueLearner::SetNetwork(const Network& network) {
  assert(network.shape() == network_.shape());
  network_ = network;
  target_ = network;
}

void ValueLearner::Save(StateWriter* writer) const {
  writer->Add<float>("network", network_.arena());
  writer->Add<float>("target", target_.arena());
  writer->Add<float>("adam.first", optimizer_.first_moment());
  writer->Add<float>("adam.second", optimizer_.second_moment());
  writer->AddNumbers("adam.steps", std::vector<std::int64_t>{optimizer_.steps()});
}

void ValueLearner::Restore(const StateReader& reader) {
  const auto size = static_cast<std::int64_t>(network_.arena().size());
  reader.Read<float>("network", network_.arena());
  reader.Read<float>("target", target_.arena());
  const std::span<const float> first = reader.Get<float>("adam.first", size);
  const std::span<const float> second = reader.Get<float>("adam.second", size);
  optimizer_.Restore(reader.Get<std::int64_t>("adam.steps", 1)[0], first, second);
}

}  // namespace rltuner
