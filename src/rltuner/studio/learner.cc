// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/learner.h"

#include <algorithm>
#include <utility>

#include "rltuner/core/settings.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

constexpr double kNoFloor = -1e9;
// Under a KL budget the learning rate falls in the last part of a run; a run of the studio has no
// last part.
constexpr std::int64_t kEndless = 1'000'000'000'000;
// Compositions between two updates of the weights that `match` finds. They are few, so that a wish
// is heard within seconds.
constexpr int kRound = 500;

}  // namespace

RuleSet Unweighted(const RuleSet& rules) {
  RuleSet unweighted(rules);
  for (int rule = 0; rule < rules.size(); ++rule) unweighted.SetWeight(rule, 1);
  unweighted.Prepare();
  return unweighted;
}

LiveRules::LiveRules(const RuleSet& from) : rules(Unweighted(from)) { Set(from); }

bool LiveRules::Set(const RuleSet& changed) {
  RuleSet unweighted = Unweighted(changed);
  if (WriteRecipe(unweighted.Describe()) != WriteRecipe(rules.Describe())) return false;
  weights.clear();
  for (int rule = 0; rule < changed.size(); ++rule) {
    weights.push_back(static_cast<float>(changed.weight(rule)));
  }
  return true;
}

LiveReward::LiveReward(const LiveRules& live)
    : live_(live), rules_(live.rules), by_rule_(live.weights.size()) {}

float LiveReward::Place(int action) {
  rules_.Place(action, by_rule_);
  float sum = 0;
  for (std::size_t rule = 0; rule < by_rule_.size(); ++rule) {
    sum += live_.weights[rule] * by_rule_[rule];
  }
  return std::max(sum, live_.floor) * live_.scale;
}

std::unique_ptr<Reward> LiveReward::Clone() const { return std::make_unique<LiveReward>(*this); }

Learner::Learner(LearningPlan plan, const TuningControls& controls, std::span<const Recipe> recipes)
    : plan_(std::move(plan)),
      recipes_(recipes),
      controls_(controls),
      inputs_(InputsOf(plan_.encoding, controls.Context())),
      live_(Rules()) {
  Begin();
}

void Learner::Begin() {
  TuningOptions options = OptionsFor(controls_, recipes_);
  // Floor and c are applied by LiveReward, which can change them; a KL budget changes c itself.
  const bool has_floor = MethodNamed(controls_.method).Takes("reward_floor");
  live_.floor = static_cast<float>(has_floor ? options.reward_floor : kNoFloor);
  options.reward_floor = kNoFloor;
  if (controls_.holds_kl()) {
    options.iterations = kEndless;
    options.c = c();
    live_.scale = 1;
  } else {
    options.c = 1;
    live_.scale = static_cast<float>(1 / controls_.c);
  }
  if (controls_.finds_weights()) {
    options.compositions = std::min(options.compositions, kRound);
    RuleFeatures features(controls_.rules, controls_.targets, controls_.wishes);
    features.SetContext(MusicContext(controls_.Context(), plan_.encoding));
    tuning_ = StartTuning(plan_.note_rnn, features, options, 1, inputs_.get());
  } else {
    tuning_ = StartTuning(plan_.note_rnn, LiveReward(live_), options, 1, inputs_.get());
  }
  if (plan_.start) tuning_->SetNetwork(*plan_.start);
}

double Learner::c() const {
  return controls_.holds_kl() && tuning_ != nullptr ? tuning_->c() : controls_.c;
}

void Learner::SetControls(const TuningControls& controls) {
  const bool is_same = IsSameLearning(controls_, controls);
  controls_ = TuningControls(controls);
  if (!live_.Set(Rules()) || !is_same) {
    plan_.events_before = iteration();
    plan_.start = *tuning_->Networks().network;
    live_ = LiveRules(Rules());
    Begin();
  } else if (controls.holds_kl()) {
    tuning_->SetKlBudget(controls.kl_budget);
  } else {
    live_.scale = static_cast<float>(1 / controls.c);
  }
}

Model Learner::Current() const {
  return ModelOf(tuning_->Networks(), controls_.method, {}, plan_.encoding.ToJson());
}

}  // namespace rltuner::studio
