// SPDX-License-Identifier: Apache-2.0
// What a tuning run is made of: how a recipe describes it, for all programs, and how the command
// line and Python turn a recipe and the options given with it into a run. The studio sets its runs
// up itself, because their rules change while they run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/evaluation/music_options.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/recipes/bundled.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

// A whole recipe.
struct TuningRecipe {
  TuningOptions options = {};               // [tuning]
  RuleSet rules = RuleSet::Named("paper");  // [rules]
  RuleTargets targets = {}, wishes = {};    // [targets], [wishes]: of a method that finds weights
  MusicOptions music = {};                  // [music]
  std::string inputs = {};  // [policy]: what the policy hears beside what the Note RNN does
  bool has_rules = true;    // false: the reward is another, and the text has no rules
};

// Reads the text; what it does not mention has its default. Error, which names the source.
TuningRecipe ReadTuningRecipe(const RecipeText& recipe);

// TOML that reads back to equal values; [music] and [policy] only where they say something.
std::string WriteTuningRecipe(const TuningRecipe& recipe);

struct TuningRequest {
  // A bundled recipe, a TOML file or a tuned model; "" is the recipe `song` with `match`, otherwise
  // `default`. If the options choose another method than that recipe's, they start from the paper's
  // settings and rules instead.
  std::string recipe = {};
  std::string rules = {};  // a built-in set or a TOML file; "" is the recipe's
  std::string match = {};  // a dataset whose training tunes set the targets; "" is the recipe's

  // Stores in the options and the music what was given with the recipe, which it overrides. It is
  // called after the recipe was stored there, perhaps twice.
  std::function<void()> assign = [] {};
  std::function<bool(std::string_view setting)> given;  // whether `assign` stores it
};

// What has no effect, a line each.
struct TuningNotes {
  std::vector<std::string> of_recipe;  // of the recipe, which something given replaces
  std::vector<std::string> of_given;   // of what is given
};

// Fills in `tuning`, whose `inputs` and `music` win over the recipe's. Error as FindRecipe and
// RuleSet::FromNameOrFile.
TuningNotes ResolveTuning(const TuningRequest& request, TuningRecipe* tuning);

// A tuning that is ready to start.
struct TuningSetup {
  Model model;                                // to be tuned: it hears the recipe's inputs
  std::unique_ptr<InputRows> inputs = {};     // null: it hears the last event alone
  std::optional<RuleFeatures> features = {};  // of a method that finds weights
  std::string recipe = {};                    // resolved, which ResolveTuning reads back

  // The features, or else the rules.
  const Reward& reward(const TuningRecipe& tuning) const {
    return features ? static_cast<const Reward&>(*features) : tuning.rules;
  }
};

// For a model of melodies: sets the length, the targets and what the rules hear of `tuning`. Error
// if model, music, inputs or dataset do not fit together.
TuningSetup SetUpTuning(const Model& model, const TuningRequest& request, TuningRecipe* tuning);

}  // namespace rltuner
