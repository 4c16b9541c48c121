// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/control_changes.h"

#include <algorithm>
#include <utility>

#include "rltuner/evaluation/generation.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

std::string OneOf(const std::string& value, std::string_view name,
                  const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, value) == choices.end()) {
    Fail("{} is {}; expected {}", name, Shown(value), fmt::join(choices, ", "));
  }
  return value;
}

// Sets the named sliders. The others may lie outside their ranges, and a rule may have a weight but
// no slider, for instance in a version that the command line made.
void TurnSliders(const Json& named, const Recipe& recipe, TuningControls* controls) {
  if (!named.is_object()) Fail("weights is {}; expected an object", Shown(named));
  const std::vector<Slider> sliders = recipe.Sliders();
  for (const auto& item : named.items()) {
    const std::string& rule = item.key();
    if (!item.value().is_number()) {
      Fail("weights: {} is {}; expected a number", rule, Shown(item.value()));
    }
    const auto number = item.value().get<double>();
    const auto slider = std::ranges::find(sliders, rule, &Slider::rule);
    if (slider != sliders.end() && !(number >= slider->least && number <= slider->largest)) {
      Fail("weights: {} is {}; expected {} .. {}", rule, number, slider->least, slider->largest);
    }
    if (!controls->finds_weights()) {
      SetWeight(rule, number, &controls->rules);
    } else if (slider == sliders.end()) {
      Fail("weights: there is no slider {}", Shown(rule));
    } else {
      const std::string& target = controls->targets.Of(rule);
      controls->wishes.Of(rule) = number == AmountOf(target) ? "" : WithAmount(target, number);
    }
  }
}

// The recipe of a family for this metre and length, or its nearest.
const Recipe& VariantOf(std::span<const Recipe> recipes, std::string_view family,
                        const Metre& metre, int bars) {
  return *std::ranges::max_element(recipes, {}, [&](const Recipe& recipe) {
    return recipe.family() != family ? -1 : 2 * (recipe.bars == bars) + (recipe.metre == metre);
  });
}

int BarsOf(const TuningControls& controls, const Encoding& encoding) {
  return controls.length / controls.metre.BarSteps(encoding.steps_per_quarter);
}

void Choose(const Recipe& recipe, const Encoding& encoding, TuningControls* controls) {
  TuningControls chosen = ControlsOf(recipe, encoding);
  chosen.temperature = controls->temperature;
  chosen.key = controls->key;
  chosen.instrument = controls->instrument;
  *controls = std::move(chosen);
}

void TakeMetre(const Metre& metre, const Recipe& recipe, const Encoding& encoding,
               TuningControls* controls) {
  controls->metre = metre;
  controls->length = recipe.bars * metre.BarSteps(encoding.steps_per_quarter);
}

// Applies a preset in the controls' metre, and in their length if the family has it. A wish for
// which the recipe has no slider is left out, and the preset is then that of the family.
void Choose(const Preset& preset, const Offer& offer, TuningControls* controls) {
  const Metre metre = controls->metre;
  const std::string_view family = RecipeOf(offer.recipes, preset.recipe).family();
  const Recipe& recipe = VariantOf(offer.recipes, family, metre, BarsOf(*controls, offer.encoding));
  Choose(recipe, offer.encoding, controls);
  TakeMetre(metre, recipe, offer.encoding, controls);
  const std::vector<Slider> sliders = recipe.Sliders();
  const auto slider = std::ranges::find(sliders, preset.rule, &Slider::rule);
  if (slider == sliders.end()) return;
  controls->preset = preset.name;
  TurnSliders({{slider->rule, slider->At(preset.place)}}, recipe, controls);
}

// Metre, length, key and instrument.
void ChangeMusic(const RequestFields& request, const Offer& offer, TuningControls* controls) {
  const MusicChoices choices = MusicChoicesOf(offer.encoding);
  const auto metre = request.Text("metre", 10);
  const auto bars = request.Whole("bars", 1, kLongestMelody);
  if (metre || bars) {
    const Metre wanted = metre ? ParseMetre(*metre, "metre") : controls->metre;
    if (metre && std::ranges::find(choices.metres, wanted) == choices.metres.end()) {
      Fail("metre is {}; the model does not play in it", wanted.Text());
    }
    const int wanted_bars = static_cast<int>(bars.value_or(BarsOf(*controls, offer.encoding)));
    const Recipe& before = RecipeOf(offer.recipes, controls->recipe);
    const Recipe& recipe = VariantOf(offer.recipes, before.family(), wanted, wanted_bars);
    if (bars && recipe.bars != *bars) Fail("bars is {}; no recipe has that length", *bars);
    if (recipe.name != before.name) Choose(recipe, offer.encoding, controls);
    TakeMetre(wanted, recipe, offer.encoding, controls);
  }
  if (const auto key = request.Text("key", 30)) {
    controls->key = ParseKey(*key, "key");
    if (std::ranges::find(choices.modes, controls->key.mode) == choices.modes.end()) {
      Fail("key is {}; the model does not know its mode; expected a major key", *key);
    }
  }
  if (const auto instrument = request.Text("instrument", 30)) {
    Playback unused;
    if (!instrument->empty()) PlayOn(*instrument, "instrument", unused);
    controls->instrument = *instrument;
  }
}

// The part of the controls that a preset decides.
Json PresetPart(const TuningControls& controls) {
  return {controls.recipe, controls.c, controls.kl_budget, controls.method, AmountsJson(controls)};
}

}  // namespace

std::vector<Preset> MakePresets(std::span<const Recipe> recipes) {
  // Each changes one thing that listeners notice.
  static const std::vector<Preset> wishes = {
      {"refrain", "Refrain", "As in the tunes, and more bars come back.", "", "form", 0.6},
      {"wander", "Ever new", "As in the tunes, but hardly a bar comes back.", "", "form", -1},
      {"one-rhythm", "One rhythm", "As in the tunes, and bars share their rhythm.", "", "rhythm",
       0.7},
      {"stepwise", "Stepwise", "As in the tunes, and smooth: mostly steps, few skips.", "",
       "steps_and_skips", 0.7},
      {"leaping", "Leaping", "As in the tunes, with wider skips.", "", "steps_and_skips", -0.6},
      {"coming-home", "Coming home", "As in the tunes, with clearer endings on the tonic.", "",
       "cadence", 0.3},
      {"syncopated", "Syncopated", "As in the tunes, with notes held across the beat.", "", "metre",
       -0.6}};
  std::vector<Preset> presets;
  for (const Recipe& recipe : recipes) {
    if (recipe.name != recipe.family()) continue;
    presets.push_back({recipe.name, recipe.title, recipe.summary, recipe.name});
    if (!recipe.finds_weights()) continue;
    for (const Preset& wish : wishes) {
      presets.push_back(wish);
      presets.back().recipe = recipe.name;
    }
  }
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
                    {"wish", preset.rule.empty() ? Json(nullptr) : Json(preset.rule)}});
  }
  return list;
}

RequestFields ControlsRequest(const Json& request) {
  return {request,
          {"recipe", "preset", "weights", "c", "kl_budget", "entropy_floor", "entropy_ceiling",
           "temperature", "method", "exploration", "metre", "key", "bars", "instrument", "learn"}};
}

void ChangeControls(const RequestFields& request, const Offer& offer, TuningControls* controls) {
  TuningControls changed = *controls;
  const std::span<const Recipe> recipes = offer.recipes;
  if (const auto name = request.Text("recipe", 100)) {
    const Recipe& recipe = RecipeOf(recipes, *name);
    if (recipe.name != *name) Fail("recipe is {}; expected the name of a recipe", Shown(*name));
    Choose(recipe, offer.encoding, &changed);
  }
  const auto wanted = request.Text("preset", 100);
  const Preset* preset = FindPreset(offer.presets, wanted.value_or(changed.preset));
  if (wanted && preset == nullptr) {
    Fail("preset is {}; expected the name of a preset", Shown(*wanted));
  }
  if (wanted) Choose(*preset, offer, &changed);
  const std::string recipe_before = changed.recipe;
  ChangeMusic(request, offer, &changed);
  const Recipe& recipe = RecipeOf(recipes, changed.recipe);
  // Another metre or length may have another recipe, and the wish then another value.
  if (preset != nullptr && recipe.name != recipe_before) Choose(*preset, offer, &changed);
  if (wanted && changed.preset != *wanted) {
    Fail("preset {}: at {} bars there is no slider {}; expected another length", *wanted,
         BarsOf(changed, offer.encoding), preset->rule);
  }
  if (const auto method = request.Text("method", 100)) {
    changed.SetMethod(OneOf(*method, "method", recipe.Methods()));
  }
  for (const char* name : {"c", "kl_budget", "entropy_floor", "entropy_ceiling", "exploration"}) {
    if (request.Find(name) == nullptr || MethodNamed(changed.method).Takes(name)) continue;
    Fail("{} has no effect with method {}; expected method {}", name, changed.method,
         MethodsTaking(name));
  }
  if (const Json* const weights = request.Find("weights")) TurnSliders(*weights, recipe, &changed);
  // An expert control replaces the KL budget, so it switches the budget off.
  const auto expert = [&](std::string_view name, double least, double largest, double* field) {
    const auto number = request.Number(name, least, largest);
    if (!number) return;
    *field = *number;
    changed.kl_budget = 0;
  };
  expert("c", LeastC(recipe.tuning.options.c), kMostC, &changed.c);
  expert("entropy_floor", 0, kMostEntropy, &changed.entropy_floor);
  expert("entropy_ceiling", 0, 100, &changed.entropy_ceiling);
  if (const auto budget = request.Number("kl_budget", kLeastKlBudget, kMostKlBudget)) {
    changed.kl_budget = *budget;
  }
  changed.temperature =
      request.Number("temperature", kColdest, kHottest).value_or(changed.temperature);
  if (const auto exploration = request.Text("exploration", 100)) {
    TuningOptions options;
    changed.exploration =
        OneOf(*exploration, "exploration", Describe(options).Find("exploration")->choices);
  }
  Check(OptionsFor(changed, recipes));
  preset = FindPreset(offer.presets, changed.preset);
  if (preset != nullptr) {
    TuningControls as_preset = changed;
    Choose(*preset, offer, &as_preset);
    if (PresetPart(as_preset) != PresetPart(changed)) changed.preset.clear();
  }
  *controls = std::move(changed);
}

}  // namespace rltuner::studio
