// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/shape.h"

#include <algorithm>
#include <array>

#include "rltuner/studio/presets.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

// Transitions that the value methods remember.
constexpr int kShortMemory = 20'000;

std::string OneOf(const std::string& value, std::string_view name,
                  const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    Fail("{} is {}; expected {}", name, Shown(value), fmt::join(choices, ", "));
  }
  return value;
}

}  // namespace

RecipeSettings ReadTuningRecipe(const std::string& recipe, std::string_view source) {
  RecipeSettings read{.tuning = {}, .rules = RuleSet::FromRecipe(recipe, source)};
  ReadOwnTables(recipe, source, std::array{Describe(read.tuning)});
  return read;
}

TuningOptions OptionsFor(const Shape& shape, const TuningOptions& base) {
  TuningOptions options = base;
  if (shape.method != base.method) {
    options = {.method = shape.method, .replay_capacity = kShortMemory};
  }
  options.exploration = shape.exploration;
  options.c = shape.c;
  return options;
}

std::string RecipeFor(const Shape& shape, const TuningOptions& base) {
  TuningOptions options = OptionsFor(shape, base);
  RuleSet rules(shape.rules);
  std::vector<Settings> tables = rules.Describe();
  tables.insert(tables.begin(), Describe(options));
  return WriteRecipe(tables);
}

Json ShapeJson(const Shape& shape) {
  return {{"preset", shape.preset.empty() ? Json(nullptr) : Json(shape.preset)},
          {"base", shape.rules.base()},
          {"method", shape.method},
          {"exploration", shape.exploration},
          {"c", shape.c},
          {"temperature", shape.temperature},
          {"weights", WeightsJson(shape.rules)}};
}

void ChangeShape(const RequestFields& request, const std::vector<Preset>& presets, Shape* shape) {
  Shape changed = *shape;
  if (const auto name = request.Text("preset", 100)) {
    const Preset* const preset = FindPreset(presets, *name);
    if (preset == nullptr) Fail("preset is {}; expected the name of a preset", Shown(*name));
    changed.rules = RuleSet(preset->rules);
    changed.c = preset->c;
    changed.preset = *name;
  }
  if (const Json* const weights = request.Find("weights")) SetWeights(*weights, &changed.rules);
  changed.c = request.Number("c", kLeastC, kMostC).value_or(changed.c);
  changed.temperature = request.Number("temperature", 0, kHottest).value_or(changed.temperature);
  if (const auto method = request.Text("method", 100)) {
    changed.method = OneOf(*method, "method", MethodNames());
  }
  if (const auto exploration = request.Text("exploration", 100)) {
    TuningOptions options;
    changed.exploration =
        OneOf(*exploration, "exploration", Describe(options).Find("exploration")->choices);
  }
  const Preset* const preset = FindPreset(presets, changed.preset);
  if (preset != nullptr &&
      (preset->c != changed.c || WeightsJson(preset->rules) != WeightsJson(changed.rules))) {
    changed.preset.clear();
  }
  *shape = std::move(changed);
}

Json SaveShape(const Shape& shape, const TuningOptions& base) {
  return {{"recipe", RecipeFor(shape, base)},
          {"temperature", shape.temperature},
          {"preset", shape.preset}};
}

Shape LoadShape(const Json& saved, std::string_view source) {
  RecipeSettings recipe = ReadTuningRecipe(saved.at("recipe").get<std::string>(), source);
  return {.rules = std::move(recipe.rules),
          .c = recipe.tuning.c,
          .temperature = saved.at("temperature").get<double>(),
          .method = recipe.tuning.method,
          .exploration = recipe.tuning.exploration,
          .preset = saved.at("preset").get<std::string>()};
}

}  // namespace rltuner
