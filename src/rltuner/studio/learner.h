// SPDX-License-Identifier: Apache-2.0
// A tuning run whose rules and c may change on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner::studio {

// The same rules with every weight 1: Place(event, by_rule) then gives unweighted rewards.
RuleSet Unweighted(const RuleSet& rules);

// What all rewards of one run look at. Written by the thread that advances the run, between two
// advances; not thread-safe.
struct LiveRules {
  explicit LiveRules(const RuleSet& rules);

  RuleSet rules;                // unweighted
  std::vector<float> weights;   // [rules.size()]
  float scale = 1;              // 1 / c
  float floor = -1e9F;          // weighted sums of an event count as no less
  std::int64_t generation = 0;  // changes with the rules' parameters

  // Takes over weights, and parameters if they differ.
  void Set(const RuleSet& changed);
};

// max(sum of weight x reward, floor) / c by the weights, floor and c of the moment. All clones
// look at the same LiveRules, which must outlive them. Changed weights count from the next event
// on, changed parameters of rules from the next composition on.
class LiveReward final : public Reward {
 public:
  explicit LiveReward(const LiveRules& live);

  void Start(int length) override;
  float Place(int action) override;
  std::unique_ptr<Reward> Clone() const override;

 private:
  const LiveRules& live_;
  RuleSet rules_;
  std::int64_t generation_;
  std::vector<float> by_rule_;
};

// Where a run begins.
struct LearningPlan {
  Network note_rnn;
  std::optional<Network> start = {};  // weights to start from; none: the Note RNN's
  std::int64_t events_before = 0;     // that these weights have learnt from already
};

// Not thread-safe.
class Learner {
 public:
  // `options` are those for `controls`. What IsSameRun compares is fixed from now on.
  Learner(const LearningPlan& plan, const TuningControls& controls, TuningOptions options);

  // The rules and c count from the next event on.
  void SetControls(const TuningControls& controls);

  // Plays at least so many events and learns from them.
  void Advance(std::int64_t events) { tuning_->Advance(events); }

  std::int64_t iteration() const { return events_before_ + tuning_->iteration(); }
  const std::string& Failure() const { return tuning_->Failure(); }
  Tuning::Learning TakeLearning() { return tuning_->TakeLearning(); }

  // The current model, without a recipe.
  Model Current() const;

  // All that the run needs to resume bit for bit under equal plan, controls and options.
  void VisitState(StateArchive* archive) { tuning_->VisitState(archive); }

 private:
  std::int64_t events_before_;
  std::string method_;
  LiveRules live_;  // outlives tuning_, whose rewards look at it
  float floor_;
  std::unique_ptr<Tuning> tuning_;
};

}  // namespace rltuner::studio
