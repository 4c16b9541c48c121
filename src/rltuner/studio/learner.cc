// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/learner.h"

#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

constexpr double kNoFloor = -1e9;

}  // namespace

Learner::Learner(const LearningPlan& plan, const Shape& shape, const TuningOptions& base)
    : events_before_(plan.events_before), method_(shape.method), live_(shape.rules) {
  TuningOptions options = OptionsFor(shape, base);
  // Floor and c are applied by LiveReward, which can change them.
  const bool has_floor = MethodNamed(method_).Takes("reward_floor");
  floor_ = static_cast<float>(has_floor ? options.reward_floor : kNoFloor);
  options.reward_floor = kNoFloor;
  options.c = 1;
  SetShape(shape);
  tuning_ = StartTuning(plan.note_rnn, LiveReward(live_), options);
  if (plan.start) tuning_->SetNetwork(*plan.start);
}

void Learner::SetShape(const Shape& shape) {
  live_.Set(shape.rules);
  live_.scale = static_cast<float>(1 / shape.c);
  live_.floor = floor_;
}

Model Learner::Current() const { return ModelOf(tuning_->Networks(), method_); }

}  // namespace rltuner
