// SPDX-License-Identifier: Apache-2.0
// A tuning run whose rules and c may change while it learns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner::studio {

// The same rules with every weight 1: Place(event, by_rule) then gives unweighted rewards.
RuleSet Unweighted(const RuleSet& rules);

// The rules that all rewards of one run read. Written by the thread that advances the run, between
// two advances; not thread-safe.
struct LiveRules {
  explicit LiveRules(const RuleSet& rules);

  RuleSet rules;               // unweighted
  std::vector<float> weights;  // [rules.size()]
  float scale = 1;             // 1 / c
  float floor = -1e9F;         // lower bound of an event's weighted sum

  // Takes the weights of `changed`. False, and nothing changes, if these are other rules or have
  // other parameters.
  bool Set(const RuleSet& changed);
};

// max(sum of weight x reward, floor) / c by the current weights, floor and c. All clones read the
// same LiveRules, which must outlive them. Changed weights apply from the next event on.
class LiveReward final : public Reward {
 public:
  explicit LiveReward(const LiveRules& live);

  void Start(int length) override { StartAt(0, length); }
  void StartAt(int phase, int length) override { rules_.StartAt(phase, length); }
  float Place(int action) override;
  std::unique_ptr<Reward> Clone() const override;

 private:
  const LiveRules& live_;
  RuleSet rules_;
  std::vector<float> by_rule_;  // [rules_.size()]
};

// Where a run begins.
struct LearningPlan {
  Network note_rnn;
  Encoding encoding = {};
  std::optional<Network> start = {};  // weights to start from; none: the Note RNN's
  std::int64_t events_before = 0;     // events that these weights have learnt from
};

// Not thread-safe.
class Learner {
 public:
  // `recipes` must outlive the learner. What IsSameRun compares is fixed from now on.
  Learner(LearningPlan plan, const TuningControls& controls, std::span<const Recipe> recipes);

  // Weights of rules, c and the KL budget apply from the next event on. If IsSameLearning is false,
  // or rules are added or have other parameters, learning restarts from the current weights.
  void SetControls(const TuningControls& controls);
  const TuningControls& controls() const { return controls_; }

  // Plays at least `events` events and learns from them.
  void Advance(std::int64_t events) { tuning_->Advance(events); }

  std::int64_t events_before() const { return plan_.events_before; }
  std::int64_t iteration() const { return plan_.events_before + tuning_->iteration(); }
  const std::string& Failure() const { return tuning_->Failure(); }
  Tuning::Learning TakeLearning() { return tuning_->TakeLearning(); }
  double c() const;  // as set, or as adjusted to the KL budget

  // The current model, without a recipe.
  Model Current() const;

  // All that the run needs to resume bit for bit under equal plan, controls and recipes.
  void VisitState(StateArchive* archive) { tuning_->VisitState(archive); }

 private:
  void Begin();
  RuleSet Rules() const {
    return controls_.rules.In(MusicContext(controls_.Context(), plan_.encoding));
  }

  LearningPlan plan_;
  std::span<const Recipe> recipes_;
  TuningControls controls_;
  std::unique_ptr<InputRows> inputs_;
  LiveRules live_;  // outlives tuning_, whose rewards read it
  std::unique_ptr<Tuning> tuning_;
};

}  // namespace rltuner::studio
