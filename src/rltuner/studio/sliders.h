// SPDX-License-Identifier: Apache-2.0
// The sliders of the rules. Each sets its rule's weight. If the method finds the weights (tune
// --match), each sets a wish instead: the mean reward of a melody, which starts at the mean of
// tunes. For a rule with a table, the wish is the mean of the counts, such as the number of
// returning bars.
#pragma once

#include <string>
#include <vector>

#include "rltuner/studio/json.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::studio {

struct Slider {
  std::string rule;
  double least, largest;  // its ends
  double usual;           // where the recipe puts it

  // The value at a place from -1, the lower end, to 1.
  double At(double place) const {
    return Rounded(usual + place * (place < 0 ? usual - least : largest - usual));
  }
};

// A slider for each rule that has a weight.
std::vector<Slider> WeightSliders(const RuleSet& rules);

// A slider for each rule whose target can be raised or lowered.
std::vector<Slider> WishSliders(const RuleSet& rules, const RuleTargets& targets);

// The amount of a target: its number or, for shares of a table, the mean entry.
double AmountOf(const std::string& target);

// The target that has this amount and is nearest to `target`, as text.
std::string WithAmount(const std::string& target, double amount);

// {"key": 1, ...} in the order of the rules: their weights or, if they have targets, the amount of
// each rule's wish or else of its target.
Json AmountsJson(const RuleSet& rules, const RuleTargets& targets, const RuleTargets& wishes);

// Error if there is no such rule.
void SetWeight(const std::string& rule, double weight, RuleSet* rules);

}  // namespace rltuner::studio
