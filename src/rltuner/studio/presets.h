// SPDX-License-Identifier: Apache-2.0
// Ready-made shapes to begin from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rltuner/studio/json.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

struct Preset {
  std::string_view name, title, summary;
  RuleSet rules;
  double c;
};

// "balanced" is the recipe's rules and c; the others are fixed.
std::vector<Preset> MakePresets(const RuleSet& balanced_rules, double balanced_c);

// nullptr if there is none of that name.
const Preset* FindPreset(const std::vector<Preset>& presets, std::string_view name);

Json PresetsJson(const std::vector<Preset>& presets);

// {"key": 1, ...} in the order of the rules.
Json WeightsJson(const RuleSet& rules);

// Sets the weights of the named rules; Error for a name or a value that is not one.
void SetWeights(const Json& weights, RuleSet* rules);

}  // namespace rltuner
