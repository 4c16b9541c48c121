// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/learner.h"

#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

constexpr double kNoFloor = -1e9;

}  // namespace

Learner::Learner(const LearningPlan& plan, const TuningControls& controls, TuningOptions options)
    : events_before_(plan.events_before), method_(controls.method), live_(controls.rules) {
  // Floor and c are applied by LiveReward, which can change them.
  const bool has_floor = MethodNamed(method_).Takes("reward_floor");
  floor_ = static_cast<float>(has_floor ? options.reward_floor : kNoFloor);
  options.reward_floor = kNoFloor;
  options.c = 1;
  SetControls(controls);
  tuning_ = StartTuning(plan.note_rnn, LiveReward(live_), options);
  if (plan.start) tuning_->SetNetwork(*plan.start);
}

void Learner::SetControls(const TuningControls& controls) {
  live_.Set(controls.rules);
  live_.scale = static_cast<float>(1 / controls.c);
  live_.floor = floor_;
}

Model Learner::Current() const { return ModelOf(tuning_->Networks(), method_); }

}  // namespace rltuner::studio
