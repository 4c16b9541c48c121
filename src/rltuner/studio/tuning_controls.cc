// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/tuning_controls.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

// Ends of the sliders as factors of the recipe's weights. The rules named here decide most how many
// notes there are: `motif` and `leap` buy notes, `preferred_intervals` alone pays for holds, and
// `high_low_unique` makes each further note a risk. Too much of `repeated_motif` makes melodies
// alike.
struct RuleEnds {
  std::string_view rule;
  double least = 0, largest = 2;
};
constexpr std::array<RuleEnds, 5> kRuleEnds = {{
    {"motif", 0.5, 1.1},
    {"leap", 0, 1.25},
    {"preferred_intervals", 0.75, 2},
    {"high_low_unique", 0.75, 2},
    {"repeated_motif", 0, 1.5},
}};

constexpr int kShortMemory = 20'000;  // transitions that the value methods remember
// Of runs that were saved before a recipe could be chosen.
constexpr const char* kFirstRecipe = "balanced";

std::string OneOf(const std::string& value, std::string_view name,
                  const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, value) == choices.end()) {
    Fail("{} is {}; expected {}", name, Shown(value), fmt::join(choices, ", "));
  }
  return value;
}

// Those that a request names; others may lie outside, as a version's from the command line.
void CheckWeights(const Json& named, const Recipe& recipe, const RuleSet& rules) {
  for (int rule = 0; rule < rules.size(); ++rule) {
    const std::string name(rules.info(rule).name);
    const auto [least, largest] = WeightRangeOf(recipe, rule);
    const double weight = rules.weight(rule);
    if (named.contains(name) && !(weight >= least && weight <= largest)) {
      Fail("weights: {} is {}; expected {} .. {}", name, weight, least, largest);
    }
  }
}

struct Factor {
  std::string_view rule;
  double factor;
};

// `rules` with the weights of some rules multiplied ("" is every rule), within the sliders' ends.
RuleSet Weighted(const Recipe& recipe, RuleSet rules, std::initializer_list<Factor> factors) {
  Json weights = WeightsJson(rules);
  for (int rule = 0; rule < rules.size(); ++rule) {
    const std::string name(rules.info(rule).name);
    double weight = rules.weight(rule);
    for (const Factor& factor : factors) {
      if (factor.rule.empty() || factor.rule == name) weight *= factor.factor;
    }
    const auto [least, largest] = WeightRangeOf(recipe, rule);
    weights[name] = std::clamp(Rounded(weight), least, largest);
  }
  SetWeights(weights, &rules);
  return rules;
}

// The built-in set `theory` with what the rules change of their own base.
RuleSet OnTheory(RuleSet rules) {
  RuleSet base = RuleSet::Named(rules.base());
  RuleSet theory = RuleSet::Named("theory");
  const std::vector<Settings> changed = rules.Describe();
  const std::vector<Settings> before = base.Describe();
  const std::vector<Settings> tables = theory.Describe();
  for (std::size_t table = 1; table < tables.size(); ++table) {  // 0 names the base
    for (std::size_t i = 0; i < tables[table].entries().size(); ++i) {
      const std::string value = changed[table].entries()[i].Value();
      if (value == before[table].entries()[i].Value()) continue;
      tables[table].entries()[i].Assign(value, "preset theory");
    }
  }
  theory.Prepare();
  return theory;
}

}  // namespace

double LeastC(double recipe_c) { return Rounded(0.9 * recipe_c); }

WeightRange WeightRangeOf(const Recipe& recipe, int rule) {
  const auto end = std::ranges::find(kRuleEnds, recipe.rules.info(rule).name, &RuleEnds::rule);
  const auto [name, least, largest] = end == kRuleEnds.end() ? RuleEnds() : *end;
  const double weight = recipe.rules.weight(rule);
  return {Rounded(least * weight), Rounded(largest * weight)};
}

Recipe ReadRecipeSource(const RecipeSource& source) {
  const std::string where = "recipe " + source.name;
  Recipe recipe{.name = source.name,
                .title = source.title,
                .summary = source.summary,
                .rules = RuleSet::FromRecipe(source.toml, where)};
  ReadOwnTables(source.toml, where, std::array{Describe(recipe.tuning)});
  return recipe;
}

const Recipe& RecipeOf(std::span<const Recipe> recipes, std::string_view name) {
  const auto found = std::ranges::find(recipes, name, &Recipe::name);
  return found == recipes.end() ? recipes.front() : *found;
}

TuningControls ControlsOf(const Recipe& recipe) {
  return {.recipe = recipe.name,
          .rules = RuleSet(recipe.rules),
          .c = recipe.tuning.c,
          .length = recipe.tuning.length,
          .method = recipe.tuning.method,
          .exploration = recipe.tuning.exploration,
          .preset = recipe.name};
}

bool IsSameRun(const TuningControls& a, const TuningControls& b) {
  return a.recipe == b.recipe && a.length == b.length && a.method == b.method &&
         (a.exploration == b.exploration || !MethodNamed(a.method).Takes("exploration"));
}

TuningOptions OptionsFor(const TuningControls& controls, std::span<const Recipe> recipes) {
  TuningOptions options = RecipeOf(recipes, controls.recipe).tuning;
  if (controls.method == options.method) {
    options.compositions =
        std::max(2, options.compositions * options.length / std::max(1, controls.length));
  } else {
    options = {.method = controls.method, .replay_capacity = kShortMemory};
  }
  options.exploration = controls.exploration;
  options.c = controls.c;
  options.length = controls.length;
  return options;
}

std::string RecipeFor(const TuningControls& controls, std::span<const Recipe> recipes) {
  TuningOptions options = OptionsFor(controls, recipes);
  RuleSet rules(controls.rules);
  std::vector<Settings> tables = rules.Describe();
  tables.insert(tables.begin(), Describe(options));
  return WriteRecipe(tables);
}

Json ControlsJson(const TuningControls& controls) {
  return {{"recipe", controls.recipe},
          {"preset", controls.preset.empty() ? Json(nullptr) : Json(controls.preset)},
          {"base", controls.rules.base()},
          {"method", controls.method},
          {"exploration", controls.exploration},
          {"c", controls.c},
          {"temperature", controls.temperature},
          {"length", controls.length},
          {"weights", WeightsJson(controls.rules)}};
}

Json RecipesJson(std::span<const Recipe> recipes) {
  Json list = Json::array();
  for (const Recipe& recipe : recipes) {
    Json ranges;
    for (int rule = 0; rule < recipe.rules.size(); ++rule) {
      const auto [least, largest] = WeightRangeOf(recipe, rule);
      ranges[std::string(recipe.rules.info(rule).name)] = {least, largest};
    }
    list.push_back({{"name", recipe.name},
                    {"title", recipe.title},
                    {"summary", recipe.summary},
                    {"c", {LeastC(recipe.tuning.c), kMostC}},
                    {"ranges", std::move(ranges)}});
  }
  return list;
}

void ChangeControls(const RequestFields& request, std::span<const Recipe> recipes,
                    std::span<const Preset> presets, TuningControls* controls) {
  TuningControls changed = *controls;
  if (const auto name = request.Text("recipe", 100)) {
    const Recipe& recipe = RecipeOf(recipes, *name);
    if (recipe.name != *name) Fail("recipe is {}; expected the name of a recipe", Shown(*name));
    changed = ControlsOf(recipe);
    changed.temperature = controls->temperature;
  }
  if (const auto name = request.Text("preset", 100)) {
    const Preset* const preset = FindPreset(presets, *name);
    if (preset == nullptr) Fail("preset is {}; expected the name of a preset", Shown(*name));
    changed.recipe = preset->recipe;
    changed.rules = RuleSet(preset->rules);
    changed.c = preset->c;
    changed.preset = *name;
    changed.length = RecipeOf(recipes, changed.recipe).tuning.length;
  }
  if (const Json* const weights = request.Find("weights")) {
    SetWeights(*weights, &changed.rules);
    CheckWeights(*weights, RecipeOf(recipes, changed.recipe), changed.rules);
  }
  const double least_c = LeastC(RecipeOf(recipes, changed.recipe).tuning.c);
  changed.c = request.Number("c", least_c, kMostC).value_or(changed.c);
  changed.temperature =
      request.Number("temperature", kColdest, kHottest).value_or(changed.temperature);
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
  *controls = std::move(changed);
}

Json SaveControls(const TuningControls& controls, std::span<const Recipe> recipes) {
  return {{"recipe", RecipeFor(controls, recipes)},
          {"recipe_name", controls.recipe},
          {"temperature", controls.temperature},
          {"preset", controls.preset}};
}

TuningControls LoadControls(const Json& saved, std::string_view source) {
  TuningControls controls{.recipe = saved.value("recipe_name", kFirstRecipe),
                          .temperature = saved.at("temperature").get<double>(),
                          .preset = saved.at("preset").get<std::string>()};
  TakeRecipe(saved.at("recipe").get<std::string>(), source, &controls);
  return controls;
}

void TakeRecipe(const std::string& toml, std::string_view source, TuningControls* controls) {
  TuningOptions tuning;
  ReadOwnTables(toml, source, std::array{Describe(tuning)});
  controls->rules = RuleSet::FromRecipe(toml, source);
  controls->c = tuning.c;
  controls->length = std::min(tuning.length, kLongestMelody);
  controls->method = tuning.method;
  controls->exploration = tuning.exploration;
}

std::vector<Preset> MakePresets(std::span<const Recipe> recipes) {
  std::vector<Preset> presets;
  for (const Recipe& recipe : recipes) {
    presets.push_back({recipe.name, recipe.title, recipe.summary, recipe.name,
                       RuleSet(recipe.rules), recipe.tuning.c});
  }
  const Recipe& first = recipes.front();
  const auto add = [&](std::string_view name, std::string_view title, std::string_view summary,
                       RuleSet rules, double c) {
    presets.push_back({std::string(name), std::string(title), std::string(summary), first.name,
                       std::move(rules), c});
  };
  const double c = first.tuning.c;
  // Milder than in the paper, where melodies repeat each other.
  add("paper", "Paper", "The rules as Jaques et al. (2017) weighted them.",
      Weighted(first, RuleSet::Named("paper"), {}), 1.3 * c);
  add("theory", "Theory",
      "The same rules with their musical mistakes mended: holds are no repeats.",
      OnTheory(first.rules), c);
  add("calm", "Calm", "Long notes and small steps, few surprises.",
      Weighted(first, first.rules,
               {{"preferred_intervals", 2},
                {"autocorrelation", 0.2},
                {"motif", 0.5},
                {"repeated_motif", 0},
                {"leap", 0}}),
      c);
  add("leaping", "Leaping", "Wide leaps that come home again.",
      Weighted(first, first.rules, {{"leap", 1.5}, {"preferred_intervals", 1.5}}), c);
  add("catchy", "Catchy", "Short ideas that come back, like a refrain.",
      Weighted(first, first.rules, {{"repeated_motif", 1.8}, {"tonic", 1.25}}), c);
  add("free", "Free", "Only the key is kept; the rest is up to the model.",
      Weighted(first, first.rules,
               {{"key", 2},
                {"tonic", 0},
                {"autocorrelation", 0},
                {"motif", 0.5},
                {"repeated_motif", 0},
                {"preferred_intervals", 0.5},
                {"leap", 0},
                {"high_low_unique", 0.5}}),
      3 * c);
  return presets;
}

const Preset* FindPreset(std::span<const Preset> presets, std::string_view name) {
  const auto found = std::ranges::find(presets, name, &Preset::name);
  return found == presets.end() ? nullptr : &*found;
}

Json PresetsJson(std::span<const Preset> presets) {
  Json list = Json::array();
  for (const Preset& preset : presets) {
    list.push_back({{"name", preset.name},
                    {"title", preset.title},
                    {"summary", preset.summary},
                    {"recipe", preset.recipe},
                    {"base", preset.rules.base()},
                    {"c", preset.c},
                    {"weights", WeightsJson(preset.rules)}});
  }
  return list;
}

Json WeightsJson(const RuleSet& rules) {
  Json weights = Json::object();
  for (int rule = 0; rule < rules.size(); ++rule) {
    weights[std::string(rules.info(rule).name)] = rules.weight(rule);
  }
  return weights;
}

void SetWeights(const Json& weights, RuleSet* rules) {
  if (!weights.is_object()) Fail("weights is {}; expected an object", Shown(weights));
  std::vector<Settings> tables = rules->Describe();
  for (const auto& weight : weights.items()) {
    const std::string& name = weight.key();
    const Json& value = weight.value();
    const auto table = std::find_if(tables.begin(), tables.end(), [&](const Settings& settings) {
      return settings.table() == "rules." + name;
    });
    if (table == tables.end()) Fail("weights: there is no rule {}", Shown(name));
    if (!value.is_number()) Fail("weights: {} is {}; expected a number", name, Shown(value));
    table->Find("weight")->Assign(fmt::format("{}", value.get<double>()), "weights: " + name);
  }
  rules->Prepare();
}

}  // namespace rltuner::studio
