// SPDX-License-Identifier: Apache-2.0
// Ready-made settings of the controls to begin from.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/studio/json.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::studio {

struct Preset {
  std::string name, title, summary;
  std::string recipe;  // that it is learnt by
  RuleSet rules;
  double c;
};

// Each recipe as it is, then sets of rules that are learnt by the first recipe. At least one
// recipe.
std::vector<Preset> MakePresets(std::span<const Recipe> recipes);

// nullptr if there is none of that name.
const Preset* FindPreset(std::span<const Preset> presets, std::string_view name);

Json PresetsJson(std::span<const Preset> presets);

// {"key": 1, ...} in the order of the rules.
Json WeightsJson(const RuleSet& rules);

// Sets the weights of the named rules; Error for a name or a value that is not one.
void SetWeights(const Json& weights, RuleSet* rules);

}  // namespace rltuner::studio
