// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/presets.h"

#include <algorithm>
#include <utility>

namespace rltuner::studio {
namespace {

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
