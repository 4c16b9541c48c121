// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/methods/policy_gradient.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

constexpr std::string_view kPolicyGradientOptions[] = {"compositions", "reward_floor",
                                                       "entropy_floor", "entropy_ceiling"};

constexpr std::uint64_t kPlayStream = 1;

// What a policy is paid for each nat of surprise, for each nat that its entropy is short. Large
// enough to hold the entropy near the floor; an integral of the shortage would swing about it.
constexpr double kEntropyGain = 10;

// A policy far above the ceiling is paid nothing for surprise, not even -log pi.
constexpr double kLowestEntropyWeight = -1;

}  // namespace

PolicyGradient::PolicyGradient(const Network& note_rnn, const Reward& reward,
                               const TuningOptions& options)
    : options_(options),
      batch_(options.compositions),
      length_(options.length),
      note_rnn_(note_rnn),
      network_(note_rnn),
      gradient_(note_rnn.shape()),
      optimizer_({.kind = Optimizer::Kind::kAdam}, note_rnn.arena().size()),
      tape_(note_rnn.shape(), options.compositions, options.length),
      note_rnn_stepper_(note_rnn.shape(), options.compositions),
      random_(static_cast<std::uint64_t>(options.seed), kPlayStream),
      events_(options.compositions),
      actions_(static_cast<std::size_t>(options.compositions) * options.length),
      returns_(actions_.size()),
      probabilities_(note_rnn.shape().vocabulary) {
  assert(batch_ >= 2);
  for (int i = 0; i < batch_; ++i) rewards_.push_back(reward.Clone());
}

void PolicyGradient::PlayBatch() {
  tape_.ResetStates();
  note_rnn_stepper_.ResetStates();
  for (int b = 0; b < batch_; ++b) {
    rewards_[b]->Start(length_);
    events_[b] = static_cast<int>(random_.Below(note_rnn_.shape().vocabulary));
  }
  const auto floor = static_cast<float>(options_.reward_floor);
  const auto scale = static_cast<float>(1 / options_.c);
  const auto surprise = static_cast<float>(1 + entropy_weight_);
  double surprise_sum = 0;
  for (int t = 0; t < length_; ++t) {
    tape_.Forward(network_, t, events_);
    note_rnn_stepper_.Step(note_rnn_, events_);
    for (int b = 0; b < batch_; ++b) {
      const std::span<const float> logits = tape_.outputs(t, b);
      const int action = SampleSoftmax(logits, random_);
      const float log_policy = logits[action] - LogSumExp(logits);
      const std::span<const float> prior = note_rnn_stepper_.outputs(b);
      const float log_prior = prior[action] - LogSumExp(prior);
      const std::size_t at = static_cast<std::size_t>(t) * batch_ + b;
      actions_[at] = action;
      const float reward = std::max(rewards_[b]->Place(action), floor);
      returns_[at] = reward * scale + log_prior - surprise * log_policy;
      surprise_sum -= log_policy;
      events_[b] = action;
    }
  }
  WeighSurprise(surprise_sum / static_cast<double>(actions_.size()));
}

void PolicyGradient::WeighSurprise(double mean) {
  const double ceiling = std::max(options_.entropy_floor, options_.entropy_ceiling);
  const double missing = std::clamp(mean, options_.entropy_floor, ceiling) - mean;
  entropy_weight_ = std::max(kLowestEntropyWeight, kEntropyGain * missing);
}

void PolicyGradient::ComputeAdvantages() {
  const auto gamma = static_cast<float>(options_.gamma);
  for (int t = length_ - 2; t >= 0; --t) {
    float* now = returns_.data() + static_cast<std::ptrdiff_t>(t) * batch_;
    for (int b = 0; b < batch_; ++b) now[b] += gamma * now[batch_ + b];
  }
  const double others = batch_ - 1;
  for (int t = 0; t < length_; ++t) {
    const std::span<float> step =
        std::span(returns_).subspan(static_cast<std::size_t>(t) * batch_, batch_);
    double sum = 0;
    double squares = 0;
    for (const float value : step) sum += value;
    const double mean = sum / batch_;
    for (const float value : step) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / batch_) + 1e-6;
    // value - (sum - value) / others, scaled.
    for (float& value : step) {
      value = static_cast<float>((value - (sum - value) / others) / deviation);
    }
  }
}

void PolicyGradient::Learn() {
  const float scale = 1.0F / static_cast<float>(actions_.size());
  double loss = 0;
  for (int t = 0; t < length_; ++t) {
    for (int b = 0; b < batch_; ++b) {
      const std::size_t at = static_cast<std::size_t>(t) * batch_ + b;
      const std::span<const float> logits = tape_.outputs(t, b);
      const std::span<float> d_logits = tape_.output_gradients(t, b);
      const float weight = scale * returns_[at];
      Softmax(logits, probabilities_);
      loss -= weight * std::log(std::max(probabilities_[actions_[at]], 1e-30F));
      for (std::size_t v = 0; v < d_logits.size(); ++v) d_logits[v] = weight * probabilities_[v];
      d_logits[actions_[at]] -= weight;
    }
  }
  std::ranges::fill(gradient_.arena(), 0.0F);
  tape_.Backward(network_, length_, &gradient_);
  const Clipping clipping =
      options_.clipping == "global" ? Clipping::kGlobalNorm : Clipping::kPerTensor;
  const double norm = ClipGradient(clipping, options_.clip_norm, &gradient_);
  if (!std::isfinite(norm)) {
    const std::string tensor = gradient_.FirstNonFinite();
    failure_ = fmt::format("iteration {}: the gradient of {} is not finite (loss {})", iteration_,
                           tensor.empty() ? "the sum of squares" : tensor, loss);
    return;
  }
  optimizer_.Step(options_.learning_rate, 1.0F, gradient_.arena(), network_.arena());
  loss_sum_ += loss;
  norm_sum_ += norm;
  ++updates_;
}

void PolicyGradient::Advance(std::int64_t iterations) {
  const std::int64_t end = iteration_ + iterations;
  while (iteration_ < end && failure_.empty()) {
    PlayBatch();
    ComputeAdvantages();
    iteration_ += static_cast<std::int64_t>(actions_.size());
    Learn();
  }
}

void PolicyGradient::SetNetwork(const Network& network) {
  assert(network.shape() == network_.shape());
  network_ = network;
}

Tuning::Learning PolicyGradient::TakeLearning() {
  const auto updates = static_cast<double>(updates_);
  const Learning learning{
      .loss = loss_sum_ / updates, .gradient_norm = norm_sum_ / updates, .epsilon = 0};
  loss_sum_ = 0;
  norm_sum_ = 0;
  updates_ = 0;
  return learning;
}

void PolicyGradient::VisitState(StateArchive* archive) {
  archive->Numbers<std::int64_t>("counters", iteration_, updates_);
  archive->Require(iteration_ >= 0 && updates_ >= 0, "counters");
  archive->Numbers<double>("sums", loss_sum_, norm_sum_);
  archive->Numbers<double>("entropy_weight", entropy_weight_);
  archive->Require(entropy_weight_ >= kLowestEntropyWeight, "entropy_weight");
  archive->Generator("random.play", &random_);
  archive->Array("network", network_.arena());
  optimizer_.VisitMoments(archive, "adam");
  archive->Numbers<std::int64_t>("adam.steps", optimizer_.steps());
}

extern constinit const MethodInfo kPolicyGradient = {
    .name = "pg",
    .label = "PG",
    .title = "policy gradient",
    .summary = "Learns from whole melodies that it plays itself; quick and varied.",
    .on_policy = true,
    .options = kPolicyGradientOptions,
    .make = [](const MethodInfo& /*method*/, const Network& note_rnn, const Reward& reward,
               const TuningOptions& options) -> std::unique_ptr<Tuning> {
      return std::make_unique<PolicyGradient>(note_rnn, reward, options);
    }};

}  // namespace rltuner
