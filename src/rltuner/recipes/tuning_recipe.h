// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {

// What a tuning run is made of, from three sources. `recipe` is a bundled recipe, a TOML file or a
// tuned model; "" is the recipe `default`, but if the options choose another method than it has,
// they start from the paper's settings and rules instead. `rules` is a built-in set or a TOML file;
// "" is the recipe's. `assign` stores in `options` what is given beside them, which wins; it is
// called after the recipe was stored there, and may be called twice. A line is added to `notes` for
// each part of a recipe that has no effect. Error as FindRecipe and RuleSet::FromNameOrFile.
RuleSet ResolveTuning(const std::string& recipe, const std::string& rules,
                      const std::function<void()>& assign, TuningOptions* options,
                      std::vector<std::string>* notes);

// The resolved recipe, TOML: the options and all rules, which ResolveTuning reads back.
std::string TuningRecipe(TuningOptions options, RuleSet& rules);

}  // namespace rltuner
