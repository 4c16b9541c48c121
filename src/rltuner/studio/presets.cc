// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/presets.h"

#include <algorithm>
#include <utility>

namespace rltuner {
namespace {

struct Weight {
  std::string_view rule;
  double weight;
};

// A built-in set with some weights changed.
RuleSet Weighted(std::string_view base, std::initializer_list<Weight> weights) {
  Json object = Json::object();
  for (const Weight& weight : weights) object[std::string(weight.rule)] = weight.weight;
  RuleSet rules = RuleSet::Named(base);
  SetWeights(object, &rules);
  return rules;
}

}  // namespace

std::vector<Preset> MakePresets(const RuleSet& balanced_rules, double balanced_c) {
  std::vector<Preset> presets;
  presets.push_back({"balanced", "Balanced",
                     "Better by every rule, and still close to the tunes it learnt from.",
                     balanced_rules, balanced_c});
  presets.push_back({"paper", "Paper", "The rules as Jaques et al. (2017) weighted them: strict.",
                     RuleSet::Named("paper"), 0.5});
  presets.push_back({"theory", "Theory",
                     "The same rules with their musical mistakes mended: holds are no repeats.",
                     Weighted("theory", {{"high_low_unique", 15}}), 1.75});
  presets.push_back({"calm", "Calm", "Long notes and small steps, few surprises.",
                     Weighted("theory", {{"preferred_intervals", 3},
                                         {"autocorrelation", 0.3},
                                         {"motif", 0.2},
                                         {"repeated_motif", 0},
                                         {"leap", 0}}),
                     1.25});
  presets.push_back({"leaping", "Leaping", "Wide leaps that come home again.",
                     Weighted("theory", {{"leap", 4},
                                         {"preferred_intervals", 0.25},
                                         {"repeated_motif", 0.5},
                                         {"high_low_unique", 15}}),
                     1.75});
  presets.push_back({"catchy", "Catchy", "Short ideas that come back, like a refrain.",
                     Weighted("theory", {{"repeated_motif", 4}, {"motif", 1.5}, {"tonic", 2}}),
                     2.5});
  presets.push_back({"free", "Free", "Only the key is kept; the rest is up to the model.",
                     Weighted("theory", {{"tonic", 0},
                                         {"autocorrelation", 0},
                                         {"motif", 0},
                                         {"repeated_motif", 0},
                                         {"preferred_intervals", 0},
                                         {"leap", 0},
                                         {"high_low_unique", 0}}),
                     1});
  return presets;
}

const Preset* FindPreset(const std::vector<Preset>& presets, std::string_view name) {
  const auto found = std::find_if(presets.begin(), presets.end(),
                                  [&](const Preset& preset) { return preset.name == name; });
  return found == presets.end() ? nullptr : &*found;
}

Json PresetsJson(const std::vector<Preset>& presets) {
  Json list = Json::array();
  for (const Preset& preset : presets) {
    list.push_back({{"name", preset.name},
                    {"title", preset.title},
                    {"summary", preset.summary},
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

}  // namespace rltuner
