// SPDX-License-Identifier: Apache-2.0
// The recipes and Note RNNs that are compiled into the program, and the content of a recipe of
// `tune`. The command line and Python both turn a recipe and options into a run here. The studio
// sets up its own runs, because their rules change while they run.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

// The names of the bundled models, models/NAME.safetensors: "default", "folk".
std::vector<std::string> BundledModels();

struct RecipeText {
  std::string text;
  std::string source;  // "recipe paper" or the file's path, for errors
};

// The names of the bundled recipes: recipes/KIND/NAME.toml and recipes/NAME.toml.
std::vector<std::string> RecipeNames(std::string_view kind);

// A bundled recipe, or else the file with that path: TOML, or a tuned model with its recipe. Error
// that names the bundled recipes if there is neither.
RecipeText FindRecipe(std::string_view kind, const std::string& name_or_file);

inline void ReadOwnTables(const RecipeText& recipe, std::span<const Settings> own) {
  ReadOwnTables(recipe.text, recipe.source, own);
}

// The name of the bundled Note RNN wherever a command takes a model.
inline constexpr const char* kDefaultModel = "default";

// The bundled Note RNN of that name, else the model file with that path, checked completely. If
// `melodies`, a model of other sequences is an Error too.
Model LoadModel(const std::string& name_or_path, bool melodies = true);

// A whole recipe.
struct TuningRecipe {
  TuningOptions options = {};               // [tuning]
  RuleSet rules = RuleSet::Named("paper");  // [rules]
  RuleTargets targets = {}, wishes = {};    // [targets], [wishes]: for a method that finds weights
  MusicOptions music = {};                  // [music]
  std::string inputs = {};                  // [policy]: the policy's inputs besides the Note RNN's
  bool has_rules = true;  // false: the reward is not rules; all weights in the text are 0
};

// Reads the text. Settings that it omits have their defaults. Errors name the source.
TuningRecipe ReadTuningRecipe(const RecipeText& recipe);

// TOML that reads back to equal values. [music] and [policy] are omitted if they set nothing.
std::string WriteTuningRecipe(const TuningRecipe& recipe);

struct TuningRequest {
  // A bundled recipe, a TOML file or a tuned model. "" means the recipe `song` if `match` is given,
  // else `default`. If the options then choose another method than that recipe, the run has the
  // paper's settings and rules instead.
  std::string recipe = {};
  std::string rules = {};  // a built-in set or a TOML file; "" is the recipe's
  std::string match = {};  // a dataset whose training melodies set the targets; "" = the recipe's

  // Stores the given options and music, which override the recipe. Called each time after a recipe
  // was stored, so possibly twice.
  std::function<void()> assign = [] {};
  std::function<bool(std::string_view setting)> given;  // whether `assign` stores it
};

// Settings without effect, one line each.
struct TuningNotes {
  std::vector<std::string> of_recipe;  // settings of the recipe that given options replace
  std::vector<std::string> of_given;   // settings that were given
};

// The given settings that the method or another setting ignores, one line each.
std::vector<std::string> WithoutEffect(TuningOptions options, const TuningRequest& request);

// Fills in `tuning`. Inputs and music already set there override the recipe's. Errors are those of
// FindRecipe and RuleSet::FromNameOrFile.
TuningNotes ResolveTuning(const TuningRequest& request, TuningRecipe* tuning);

// A tuning that is ready to start.
struct TuningSetup {
  Model model;                                // to be tuned, with the recipe's inputs
  std::unique_ptr<InputRows> inputs = {};     // null: it hears the last event alone
  std::optional<RuleFeatures> features = {};  // the reward, if the method finds weights
  std::string recipe = {};                    // resolved; ResolveTuning can read it

  // The features, or else the rules.
  const Reward& reward(const TuningRecipe& tuning) const {
    return features ? static_cast<const Reward&>(*features) : tuning.rules;
  }
};

// For a model of melodies: sets the length, the targets and the rules' context of `tuning`. Error
// if model, music, inputs or dataset do not fit together.
TuningSetup SetUpTuning(const Model& model, const TuningRequest& request, TuningRecipe* tuning);

// A warning that the recipe's inputs have no effect because the model hears them already; else "".
// The warning calls the model `name`.
std::string InputsWithoutEffect(const Model& model, const TuningSetup& setup,
                                const TuningRecipe& tuning, std::string_view name);

}  // namespace rltuner
