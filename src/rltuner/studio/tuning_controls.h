// SPDX-License-Identifier: Apache-2.0
// What a musician can set: the recipe or a preset, the rules with their weights, c, temperature,
// method and exploration.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/studio/json.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner::studio {

// The ranges of the sliders. Outside them the music degenerates: melodies repeat each other, are
// one note or one arpeggio, or have neither holds nor rests. tests/studio/variety_test.cc tunes the
// bundled model at every end, with every recipe.
inline constexpr double kColdest = 0.7, kHottest = 1.3;
inline constexpr double kMostC = 20;
double LeastC(double recipe_c);

inline constexpr int kLongestMelody = 512;  // of any model

// A recipe that the studio offers: TOML with [tuning] and [rules]; other tables are ignored.
struct RecipeSource {
  std::string name, title, summary, toml;
};

struct Recipe {
  std::string name, title, summary;
  TuningOptions tuning = {};
  RuleSet rules;  // the weights that the sliders begin with
};

// The ends of a rule's slider.
struct WeightRange {
  double least, largest;
};
WeightRange WeightRangeOf(const Recipe& recipe, int rule);

// Errors of the recipe's text name `source`.
Recipe ReadRecipeSource(const RecipeSource& source);

// Ready-made settings of the controls to begin from.
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

struct TuningControls {
  std::string recipe;  // the name of one of the studio's
  RuleSet rules = RuleSet::Named("paper");
  double c = 0.5;  // the rules' weight is 1 / c
  double temperature = 1;
  int length = 32;  // of a composition, events: nothing longer is played
  std::string method = "pg", exploration = "epsilon-greedy";
  std::string preset;  // "" once anything differs from it
};

// The recipe of that name, or the first, with which the studio begins.
const Recipe& RecipeOf(std::span<const Recipe> recipes, std::string_view name);

// Where the controls stand when a recipe is chosen; its preset has the recipe's name.
TuningControls ControlsOf(const Recipe& recipe);

// True if a run under `a` can continue under `b`: only the rules, c and the temperature differ.
bool IsSameRun(const TuningControls& a, const TuningControls& b);

// How a run under these controls learns. Compositions of another length than the recipe's are fewer
// or more in an update, which then has as many events. Methods other than the recipe's have the
// settings of the paper, with a shorter memory: remembered rewards are of earlier weights.
TuningOptions OptionsFor(const TuningControls& controls, std::span<const Recipe> recipes);

// A recipe (TOML) that reads back to equal controls, but for temperature and preset.
std::string RecipeFor(const TuningControls& controls, std::span<const Recipe> recipes);

// What the interface calls `shape`.
Json ControlsJson(const TuningControls& controls);

// What it calls `recipes`: each with the ranges of its sliders.
Json RecipesJson(std::span<const Recipe> recipes);

// Changes what a request to /api/shape names; an Error leaves the controls as they were. The fields
// of `request` were checked to be known ones.
void ChangeControls(const RequestFields& request, std::span<const Recipe> recipes,
                    std::span<const Preset> presets, TuningControls* controls);

// For the session's own files: everything, as JSON, and back. Error if it is not as written.
Json SaveControls(const TuningControls& controls, std::span<const Recipe> recipes);
TuningControls LoadControls(const Json& saved, std::string_view source);

// Takes over what a recipe's text says of rules, c, method, exploration and length.
void TakeRecipe(const std::string& toml, std::string_view source, TuningControls* controls);

}  // namespace rltuner::studio
