// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/value_learner.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

// Transitions: with fewer a thread would do little but fetch the weights.
constexpr int kLeastOfThread = 16;

}  // namespace

ValueLearner::Slice::Slice(const NetworkShape& shape, int first_transition, int transitions,
                           bool is_double, int inputs)
    : first(first_transition),
      count(transitions),
      tape(shape, transitions, 1, inputs),
      target_stepper(shape, transitions, inputs),
      online_stepper(shape, is_double ? transitions : 0, inputs),
      next_actions(transitions),
      next_values(transitions) {
  next.reserve(transitions);
  next_inputs.reserve(static_cast<std::size_t>(transitions) * inputs);
}

ValueLearner::ValueLearner(const MethodInfo& method, const Network& start,
                           const TuningOptions& options, int threads, int inputs)
    : method_(method),
      options_(options),
      is_double_(method.can_be_double && options.double_q),
      count_(inputs),
      network_(start),
      target_(start),
      gradient_(start.shape()),
      optimizer_({.kind = Optimizer::Kind::kAdam}, start.arena().size()),
      team_(std::clamp(threads, 1, std::max(1, options.minibatch / kLeastOfThread))),
      drawn_(options.minibatch),
      minibatch_(options.minibatch),
      inputs_(static_cast<std::size_t>(options.minibatch) * inputs),
      actions_(options.minibatch),
      values_(options.minibatch),
      targets_(options.minibatch),
      derivatives_(options.minibatch) {
  for (int member = 0; member < team_.size(); ++member) {
    const int first = options.minibatch * member / team_.size();
    const int end = options.minibatch * (member + 1) / team_.size();
    slices_.emplace_back(start.shape(), first, end - first, is_double_, inputs);
  }
}

int ValueLearner::Draw(const ReplayBuffer& replay, Random& random, bool before_add) {
  const auto choices =
      static_cast<std::uint32_t>(before_add ? replay.sampleable_after_add() : replay.sampleable());
  assert(choices > 0);
  for (int& index : drawn_) {
    index = static_cast<int>(random.Below(choices));
    replay.Prefetch(index, before_add);
  }
  return *std::ranges::max_element(drawn_);
}

void ValueLearner::Gather(const ReplayBuffer& replay, Slice* slice) {
  slice->next.clear();
  slice->next_inputs.clear();
  for (int row = 0; row < slice->count; ++row) {
    const int b = slice->first + row;
    const ReplayBuffer::Transition& transition = minibatch_[b] = replay.at(drawn_[b]);
    std::ranges::copy(transition.inputs, inputs_.begin() + std::ptrdiff_t{b} * count_);
    actions_[b] = transition.action;
    targets_[b] = transition.reward;
    slice->tape.SetState(row, transition.state);
    if (transition.next_state.empty()) continue;
    const int next_row = static_cast<int>(slice->next.size());
    slice->target_stepper.SetState(next_row, transition.next_state);
    if (is_double_) slice->online_stepper.SetState(next_row, transition.next_state);
    slice->next.push_back(b);
    slice->next_inputs.insert(slice->next_inputs.end(), transition.next_inputs.begin(),
                              transition.next_inputs.end());
  }
}

void ValueLearner::AddNextValues(Slice* slice) {
  const int rows = static_cast<int>(slice->next.size());
  const std::span<float> values = std::span(slice->next_values).first(rows);
  if (is_double_) {
    const std::span<int> best = std::span(slice->next_actions).first(rows);
    slice->online_stepper.Step(network_, slice->next_inputs);
    for (int row = 0; row < rows; ++row) best[row] = ArgMax(slice->online_stepper.outputs(row));
    slice->target_stepper.StepOneOutput(target_, slice->next_inputs, best, values);
  } else {
    slice->target_stepper.Step(target_, slice->next_inputs);
    for (int row = 0; row < rows; ++row) {
      values[row] = method_.next_value(slice->target_stepper.outputs(row),
                                       minibatch_[slice->next[row]].next_log_prior);
    }
  }
  const float gamma = static_cast<float>(options_.gamma);
  for (int row = 0; row < rows; ++row) targets_[slice->next[row]] += gamma * values[row];
}

void ValueLearner::GoBack(Slice* slice) {
  const auto part = [slice](auto& values) {
    return std::span(values).subspan(slice->first, slice->count);
  };
  const auto k = static_cast<std::size_t>(count_);
  const auto inputs = std::span(inputs_).subspan(static_cast<std::size_t>(slice->first) * k,
                                                 static_cast<std::size_t>(slice->count) * k);
  slice->tape.ForwardOneOutput(network_, inputs, part(actions_), part(values_));
  const float scale = 2.0F / static_cast<float>(options_.minibatch);
  for (int b = slice->first; b < slice->first + slice->count; ++b) {
    derivatives_[b] = scale * (values_[b] - targets_[b]);
  }
  slice->tape.BackwardStatesOneOutput(network_, part(actions_), part(derivatives_));
}

ValueLearner::Step ValueLearner::Learn(const ReplayBuffer& replay) {
  team_.Run([this, &replay](int member) {
    Slice* slice = &slices_[member];
    Gather(replay, slice);
    AddNextValues(slice);
    GoBack(slice);
  });
  team_.Run([this](int member) {
    for (const Slice& slice : slices_) {
      slice.tape.AddGradientsOneOutput(std::span(actions_).subspan(slice.first, slice.count),
                                       std::span(derivatives_).subspan(slice.first, slice.count),
                                       {.index = member, .count = team_.size()}, &gradient_);
    }
  });
  Step step{};
  for (int b = 0; b < options_.minibatch; ++b) {
    const float error = values_[b] - targets_[b];
    step.loss += static_cast<double>(error) * error / options_.minibatch;
  }

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
  optimizer_.BeginStep();
  team_.Run([this, shorten](int member) {
    optimizer_.StepAndFollow(options_.learning_rate, shorten, static_cast<float>(options_.eta),
                             gradient_.arena(), network_.arena(), target_.arena(), member,
                             team_.size());
  });
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

void ValueLearner::VisitState(StateArchive* archive) {
  archive->Array("network", network_.arena());
  archive->Array("target", target_.arena());
  optimizer_.VisitMoments(archive, "adam");
  archive->Numbers<std::int64_t>("adam.steps", optimizer_.steps());
}

}  // namespace rltuner
