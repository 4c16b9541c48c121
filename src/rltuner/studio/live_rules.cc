// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/live_rules.h"

#include <algorithm>

#include "rltuner/core/settings.h"

namespace rltuner::studio {

RuleSet Unweighted(const RuleSet& rules) {
  RuleSet unweighted(rules);
  for (const Settings& table : unweighted.Describe()) {
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

}  // namespace rltuner::studio
