// SPDX-License-Identifier: Apache-2.0
// Rules whose weights change while a run learns from them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/theory/rule_set.h"

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
  std::int64_t generation = 0;  // changes when the rules themselves are other ones

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

}  // namespace rltuner::studio
