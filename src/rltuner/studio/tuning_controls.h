// SPDX-License-Identifier: Apache-2.0
// What a musician can set: the recipe or a preset, the rules with their weights or wishes, the KL
// budget or c, metre, key, length and instrument, temperature, method and exploration.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/sliders.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tune.h"

namespace rltuner::studio {

// The ranges of the sliders. Outside them the music degenerates: melodies repeat each other, are
// one note or one arpeggio, or have neither holds nor rests. tests/studio/variety_test.cc tunes the
// bundled model at every end, with every recipe.
inline constexpr double kColdest = 0.7, kHottest = 1.3;
inline constexpr double kMostC = 20;
double LeastC(double recipe_c);
inline constexpr double kLeastKlBudget = 0.02, kMostKlBudget = 0.8;  // nats per event
inline constexpr double kMostEntropy = 3;                            // nats per event

inline constexpr int kLongestMelody = 512;  // of any model

// A recipe that the studio offers. Recipes of one family have the same name up to a '-' and ask for
// the same kind of music in different metres or lengths; the first one gives the family its name.
struct Recipe {
  std::string name, title, summary;
  TuningRecipe tuning;
  Metre metre = {};
  int bars = 2;

  std::string_view family() const { return {name.data(), std::min(name.find('-'), name.size())}; }
  bool finds_weights() const;
  std::vector<std::string> Methods() const;  // to choose from
  std::vector<Slider> Sliders() const;
};

// If the method takes a KL budget, the controls begin with `kl_budget`. An Error in `toml` names
// the recipe.
Recipe MakeRecipe(std::string name, std::string title, std::string summary, const std::string& toml,
                  double kl_budget = 0);

// The bundled recipes for a model of this encoding. For a model that hears its place in the melody,
// `song` comes first: only such a model can learn its goals. For others the paper's rules come
// first.
std::vector<Recipe> BundledRecipes(const Encoding& encoding);

// The recipe of that name, or the first, with which the studio begins.
const Recipe& RecipeOf(std::span<const Recipe> recipes, std::string_view name);

struct TuningControls {
  std::string recipe;  // the name of one that the studio offers
  RuleSet rules = RuleSet::Named("paper");
  RuleTargets targets = {}, wishes = {};  // if the method finds weights
  double c = 0.5;                         // the rules' weight is 1 / c
  double kl_budget = 0;                   // nats per event; 0: c stays as it is; see SetMethod
  double entropy_floor = 0, entropy_ceiling = 100;
  double temperature = 1;
  int length = 32;  // events of a composition; nothing longer is played
  std::string method = "pg", exploration = "epsilon-greedy";
  std::string preset;  // "" if any setting differs from it

  // The music: its mode is that of the key. "" is any instrument.
  Metre metre = {};
  Key key = {};
  std::string instrument = {};

  bool finds_weights() const;
  bool holds_kl() const { return kl_budget > 0; }
  // Sets the KL budget aside if the method takes none.
  void SetMethod(std::string name);
  // The context in which models and rules hear what is played, on the white keys.
  MelodyContext Context() const;
  Playback PlaybackOf(const Encoding& encoding) const;
};

// The metres and modes in which a model can play. A model that does not hear them plays in those
// that it learnt.
struct MusicChoices {
  std::vector<Metre> metres;
  std::vector<Mode> modes;
};
MusicChoices MusicChoicesOf(const Encoding& encoding);
Json MusicChoicesJson(const Encoding& encoding);

// The controls after a recipe is chosen, with the preset of its family.
TuningControls ControlsOf(const Recipe& recipe, const Encoding& encoding = {});

// The recipe that the controls name or, if it lacks their method, the first recipe that has it.
const Recipe& RecipeFitting(std::span<const Recipe> recipes, const TuningControls& controls);

// True if a run under `a` can continue under `b`.
bool IsSameRun(const TuningControls& a, const TuningControls& b);

// True if a run under `a` can adopt `b` without restarting its optimizer.
bool IsSameLearning(const TuningControls& a, const TuningControls& b);

// How a run under these controls learns. If the length is not the recipe's, an update has fewer or
// more compositions, so that the number of events stays the same. Methods other than the recipe's
// have the paper's settings with a shorter replay memory, because remembered rewards come from
// earlier weights.
TuningOptions OptionsFor(const TuningControls& controls, std::span<const Recipe> recipes);

// A recipe (TOML) that reads back to equal controls, except temperature, preset and instrument.
std::string RecipeFor(const TuningControls& controls, std::span<const Recipe> recipes);

// The numbers on the rules' sliders.
inline Json AmountsJson(const TuningControls& controls) {
  return AmountsJson(controls.rules, controls.targets, controls.wishes);
}

// `shape` in the interface (docs/studio-api.md).
Json ControlsJson(const TuningControls& controls);

// `recipes` in the interface: each with its choices and the ranges of its sliders.
Json RecipesJson(std::span<const Recipe> recipes);

// For the session's own files: all controls as JSON, and back. Error if the JSON is not what
// SaveControls wrote.
Json SaveControls(const TuningControls& controls, std::span<const Recipe> recipes);
TuningControls LoadControls(const Json& saved, std::string_view source);

// Takes `instrument` from what was saved, even by earlier versions of the program.
void TakeInstrument(const Json& saved, TuningControls* controls);

// Takes rules, c, method, exploration, metre, key and length from a recipe.
void TakeRecipe(const TuningRecipe& recipe, TuningControls* controls);

}  // namespace rltuner::studio
