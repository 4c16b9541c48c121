// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/policy.h"

#include <cassert>
#include <cmath>
#include <limits>

#include "rltuner/nn/simd.h"
#include "rltuner/nn/softmax.h"

namespace rltuner {

void LogPolicy(std::span<const float> logits, float temperature, std::span<float> log_policy) {
  const float factor = 1.0F / temperature;
  if (std::isinf(factor)) {  // 0, or too small to divide by
    const int best = ArgMax(logits);
    std::ranges::fill(log_policy, -std::numeric_limits<float>::infinity());
    log_policy[best] = 0;
    return;
  }
  // Divided after the largest is taken away: a tiny temperature then can't make two infinities.
  const float maximum = Maximum(logits);
  for (std::size_t a = 0; a < logits.size(); ++a) log_policy[a] = (logits[a] - maximum) * factor;
  LogSoftmax(log_policy, log_policy);
}

void PolicyDistribution(std::span<const float> logits, float temperature,
                        std::span<float> log_policy, std::span<float> probabilities) {
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  const std::size_t n = logits.size();
  const float factor = 1.0F / temperature;
  if (std::isinf(factor)) {
    LogPolicy(logits, temperature, log_policy);
    for (std::size_t a = 0; a < n; ++a) probabilities[a] = log_policy[a] == kNever ? 0.0F : 1.0F;
    return;
  }
  const float maximum = Maximum(logits);
  for (std::size_t a = 0; a < n; ++a) log_policy[a] = (logits[a] - maximum) * factor;
  float total = 0;
  float lanes[simd::kLanes] = {};
  const auto take = [&](std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      // The fast exponential never quite reaches 0.
      probabilities[first + i] = log_policy[first + i] == kNever ? 0.0F : lanes[i];
      total += probabilities[first + i];
    }
  };
  std::size_t first = 0;
  for (; first + simd::kLanes <= n; first += simd::kLanes) {
    simd::Store(lanes, simd::Exp(simd::Load(&log_policy[first])));
    take(first, simd::kLanes);
  }
  for (std::size_t i = first; i < n; ++i) lanes[i - first] = log_policy[i];
  simd::Store(lanes, simd::Exp(simd::Load(lanes)));
  take(first, n - first);
  const float scale = 1.0F / total;
  const float log_total = std::log(total);
  for (std::size_t a = 0; a < n; ++a) {
    probabilities[a] *= scale;
    log_policy[a] -= log_total;
  }
}

void DrawActions(std::span<const float> probabilities, Random& random, std::span<int> actions) {
  const float distance = 1 / static_cast<float>(actions.size());
  float left = random.Uniform() * distance;
  auto next = actions.begin();
  int last_possible = 0;
  for (int a = 0; a < static_cast<int>(probabilities.size()); ++a) {
    if (probabilities[a] <= 0) continue;
    last_possible = a;
    left -= probabilities[a];
    for (; left < 0; left += distance) {
      *next = a;
      if (++next == actions.end()) return;
    }
  }
  std::fill(next, actions.end(), last_possible);  // rounding left a crumb
}

void DrawCounts(std::span<const double> shares, int draws, Random& random, std::span<int> counts) {
  const double offset = random.UniformDouble();
  double sum = 0;
  int taken = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i] * draws;
    const bool last = i + 1 == shares.size();  // gets what rounding left
    const int until = last ? draws : std::min(draws, static_cast<int>(std::ceil(sum - offset)));
    counts[i] = until - taken;
    taken = until;
  }
}

Policy::Policy(const PolicyNetworks& networks, int batch)
    : networks_(networks),
      batch_(batch),
      vocabulary_(networks.network->shape().vocabulary),
      inputs_(networks.inputs, batch),
      stepper_(networks.network->shape(), batch, inputs_.count()),
      logits_(static_cast<std::size_t>(batch) * vocabulary_),
      log_prior_(static_cast<std::size_t>(batch) * vocabulary_) {
  assert(networks.note_rnn->shape().vocabulary == vocabulary_);
  if (networks.note_rnn != networks.network) {
    note_rnn_stepper_.emplace(networks.note_rnn->shape(), batch, inputs_.count());
  }
}

void Policy::Reset(int given, int length, std::span<const int> phases) {
  inputs_.Start(given, length, phases);
  stepper_.ResetStates();
  if (note_rnn_stepper_) note_rnn_stepper_->ResetStates();
}

void Policy::CopyState(int from, int to) {
  const auto copy = [from, to](BatchStepper& stepper) {
    stepper.SetState(to, stepper.state(from));
  };
  copy(stepper_);
  if (note_rnn_stepper_) copy(*note_rnn_stepper_);
  inputs_.Copy(from, to);
}

void Policy::Step(std::span<const int> events) {
  const std::span<const int> inputs = inputs_.Place(events);
  stepper_.Step(*networks_.network, inputs);
  if (note_rnn_stepper_) note_rnn_stepper_->Step(*networks_.note_rnn, inputs);
  const BatchStepper& note_rnn = note_rnn_stepper_ ? *note_rnn_stepper_ : stepper_;
  for (int row = 0; row < static_cast<int>(events.size()); ++row) {
    const std::span<float> log_p = Row(log_prior_, row);
    LogSoftmax(note_rnn.outputs(row), log_p);
    const std::span<const float> outputs = stepper_.outputs(row);
    const std::span<float> to = Row(logits_, row);
    std::ranges::copy(outputs, to.begin());
    if (networks_.form == PolicyForm::kPriorTimesOutputs) {
      for (int a = 0; a < vocabulary_; ++a) to[a] += log_p[a];
    }
  }
}

}  // namespace rltuner
