// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/learner.h"

#include <algorithm>

#include "rltuner/core/settings.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

constexpr double kNoFloor = -1e9;

}  // namespace

RuleSet Unweighted(const RuleSet& rules) {
  RuleSet unweighted(rules);
  for (const Settings& table : unweighted.Describe()) {
    if (!table.written()) continue;  // a rule that is not in use
    if (const Setting* const weight = table.Find("weight")) weight->Assign("1", "weight");
  }
  unweighted.Prepare();
  return unweighted;
}

LiveRules::LiveRules(const RuleSet& from) : rules(Unweighted(from)) { Set(from); }

void LiveRules::Set(const RuleSet& changed) {
  weights.clear();
  for (int rule = 0; rule < changed.size(); ++rule) {
    weights.push_back(static_cast<float>(changed.weight(rule)));
  }
  RuleSet unweighted = Unweighted(changed);
  if (WriteRecipe(unweighted.Describe()) == WriteRecipe(rules.Describe())) return;
  rules = std::move(unweighted);
  ++generation;
}

LiveReward::LiveReward(const LiveRules& live)
    : live_(live),
      rules_(live.rules),
      generation_(live.generation),
      by_rule_(static_cast<std::size_t>(live.rules.size())) {}

void LiveReward::Start(int length) {
  if (generation_ != live_.generation) {
    rules_ = RuleSet(live_.rules);
    generation_ = live_.generation;
  }
  rules_.Start(length);
}

float LiveReward::Place(int action) {
  rules_.Place(action, by_rule_);
  float sum = 0;
  for (std::size_t rule = 0; rule < by_rule_.size(); ++rule) {
    sum += live_.weights[rule] * by_rule_[rule];
  }
  return std::max(sum, live_.floor) * live_.scale;
}

std::unique_ptr<Reward> LiveReward::Clone() const { return std::make_unique<LiveReward>(*this); }

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
