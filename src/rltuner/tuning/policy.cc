// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/policy.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "rltuner/nn/softmax.h"

namespace rltuner {

PolicyForm FormOf(const Model& model) {
  return model.method == "g" ? PolicyForm::kPriorTimesOutputs : PolicyForm::kOutputs;
}

PolicyNetworks NetworksOf(const Model& model) {
  return {&model.network, &model.note_rnn(), FormOf(model)};
}

void LogPolicy(std::span<const float> logits, float temperature, std::span<float> log_policy) {
  if (temperature == 0) {
    const int best = ArgMax(logits);
    std::fill(log_policy.begin(), log_policy.end(), -std::numeric_limits<float>::infinity());
    log_policy[best] = 0;
    return;
  }
  // Divided after the largest is taken away: a tiny temperature then can't make two infinities.
  const float maximum = logits[ArgMax(logits)];
  const float factor = 1.0F / temperature;
  for (std::size_t a = 0; a < logits.size(); ++a) log_policy[a] = (logits[a] - maximum) * factor;
  LogSoftmax(log_policy, log_policy);
}

Policy::Policy(const PolicyNetworks& networks, int batch)
    : networks_(networks),
      batch_(batch),
      vocabulary_(networks.network->shape().vocabulary),
      stepper_(networks.network->shape(), batch),
      logits_(static_cast<std::size_t>(batch) * vocabulary_),
      log_prior_(static_cast<std::size_t>(batch) * vocabulary_) {
  assert(networks.note_rnn->shape().vocabulary == vocabulary_);
  if (networks.note_rnn != networks.network) {
    note_rnn_stepper_.emplace(networks.note_rnn->shape(), batch);
  }
}

void Policy::Reset() {
  stepper_.ResetStates();
  if (note_rnn_stepper_) note_rnn_stepper_->ResetStates();
}

void Policy::Step(std::span<const int> events) {
  stepper_.Step(*networks_.network, events);
  if (note_rnn_stepper_) note_rnn_stepper_->Step(*networks_.note_rnn, events);
  const BatchStepper& note_rnn = note_rnn_stepper_ ? *note_rnn_stepper_ : stepper_;
  for (int row = 0; row < static_cast<int>(events.size()); ++row) {
    const std::span<float> log_p = Row(log_prior_, row);
    LogSoftmax(note_rnn.outputs(row), log_p);
    const std::span<const float> outputs = stepper_.outputs(row);
    const std::span<float> to = Row(logits_, row);
    std::copy(outputs.begin(), outputs.end(), to.begin());
    if (networks_.form == PolicyForm::kPriorTimesOutputs) {
      for (int a = 0; a < vocabulary_; ++a) to[a] += log_p[a];
    }
  }
}

}  // namespace rltuner
