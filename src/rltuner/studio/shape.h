// SPDX-License-Identifier: Apache-2.0
// What the sliders say: the rules with their weights, c, temperature, method and exploration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rltuner/studio/json.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {

struct Preset;

struct Shape {
  RuleSet rules = RuleSet::Named("paper");
  double c = 0.5;  // the rules' weight is 1 / c
  double temperature = 1;
  std::string method = "pg", exploration = "epsilon-greedy";
  std::string preset;  // "" once anything differs from it
};

// The ranges that a request may ask for.
inline constexpr double kLeastC = 0.05, kMostC = 20;
inline constexpr double kHottest = 4;

// The settings that a recipe (TOML with [tuning] and [rules]; other tables of recipes are not
// looked at) gives, on top of the defaults; `source` names it in errors.
struct RecipeSettings {
  TuningOptions tuning;
  RuleSet rules;
};
RecipeSettings ReadTuningRecipe(const std::string& recipe, std::string_view source);

// How a run of this shape learns. `base` is used by its own method with c from the shape; other
// methods have the settings of the paper, with a shorter memory: what is remembered was paid for by
// the rules of that moment.
TuningOptions OptionsFor(const Shape& shape, const TuningOptions& base);

// The shape as a recipe that reads back to an equal shape, but for temperature and preset.
std::string RecipeFor(const Shape& shape, const TuningOptions& base);

// What /api/state calls `shape`.
Json ShapeJson(const Shape& shape);

// Changes what a request to /api/shape names; an Error leaves the shape as it was. The fields of
// `request` were checked to be known ones.
void ChangeShape(const RequestFields& request, const std::vector<Preset>& presets, Shape* shape);

// For the session's own files: everything, as JSON, and back. Error if it is not as written.
Json SaveShape(const Shape& shape, const TuningOptions& base);
Shape LoadShape(const Json& saved, std::string_view source);

}  // namespace rltuner
