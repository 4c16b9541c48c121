// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/tuning_controls.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rltuner/evaluation/instruments.h"
#include "rltuner/evaluation/music_options.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

constexpr int kShortMemory = 20'000;  // transitions that the value methods remember
// Of runs that were saved before a recipe could be chosen.
constexpr const char* kFirstRecipe = "balanced";

bool FindsWeights(std::string_view method) {
  const MethodInfo* const info = FindMethod(method);
  return info != nullptr && info->finds_weights;
}

bool Takes(std::string_view method, std::string_view option) {
  const MethodInfo* const info = FindMethod(method);
  return info != nullptr && info->Takes(option);
}

}  // namespace

double LeastC(double recipe_c) { return Rounded(0.9 * recipe_c); }

bool Recipe::finds_weights() const { return FindsWeights(tuning.method); }

std::vector<std::string> Recipe::Methods() const {
  if (finds_weights()) return {tuning.method};
  std::vector<std::string> names;
  for (const MethodInfo* method : RewardMethods()) names.emplace_back(method->name);
  return names;
}

std::vector<Slider> Recipe::Sliders() const {
  return finds_weights() ? WishSliders(rules, targets) : WeightSliders(rules);
}

Recipe ReadRecipeSource(const RecipeSource& source) {
  const std::string where = "recipe " + source.name;
  Recipe recipe{.name = source.name,
                .title = source.title,
                .summary = source.summary,
                .rules = RuleSet::FromRecipe(source.toml, where)};
  MusicOptions music;
  ReadOwnTables(
      source.toml, where,
      std::array{Describe(recipe.tuning), Describe(music), recipe.targets.Describe("targets")});
  if (!music.metre.empty()) recipe.metre = ParseMetre(music.metre, where);
  recipe.bars =
      music.bars > 0 ? music.bars : recipe.tuning.length / recipe.metre.BarSteps(kStepsPerQuarter);
  if (Takes(recipe.tuning.method, "kl_budget")) recipe.tuning.kl_budget = source.kl_budget;
  return recipe;
}

const Recipe& RecipeOf(std::span<const Recipe> recipes, std::string_view name) {
  const auto found = std::ranges::find(recipes, name, &Recipe::name);
  return found == recipes.end() ? recipes.front() : *found;
}

bool TuningControls::finds_weights() const { return FindsWeights(method); }

bool TuningControls::holds_kl() const { return kl_budget > 0 && Takes(method, "kl_budget"); }

MelodyContext TuningControls::Context() const {
  return {.metre = metre, .tonic = WhiteKey(key.mode).tonic, .mode = key.mode};
}

Playback TuningControls::PlaybackOf(const Encoding& encoding) const {
  Playback playback{.music = Context()};
  playback.SetClasses(encoding);
  if (key != Key()) PlayIn(key, playback);
  if (!instrument.empty()) PlayOn(instrument, "instrument", playback);
  return playback;
}

MusicChoices MusicChoicesOf(const Encoding& encoding) {
  MusicChoices choices{.metres = {Metre()}, .modes = {Mode::kMajor}};
  if (encoding.Hears(Input::kMetre) || encoding.Hears(Input::kPosition)) {
    choices.metres = KnownMetres();
    std::erase_if(choices.metres,
                  [&](const Metre& metre) { return !metre.FitsGrid(encoding.steps_per_quarter); });
  }
  if (encoding.Hears(Input::kMode)) {
    for (int mode = 1; mode < kModes; ++mode) choices.modes.push_back(static_cast<Mode>(mode));
  }
  return choices;
}

Json MusicChoicesJson(const Encoding& encoding) {
  const MusicChoices choices = MusicChoicesOf(encoding);
  Json json = {{"metres", Json::array()}, {"keys", Json::array()}};
  for (const Metre& metre : choices.metres) json["metres"].push_back(metre.Text());
  for (const Mode mode : choices.modes) {
    Json keys = Json::array();
    for (int tonic = 0; tonic < 12; ++tonic) keys.push_back(Key{tonic, mode}.Text());
    json["keys"].push_back({{"mode", ModeName(mode)}, {"keys", std::move(keys)}});
  }
  json["instruments"] = InstrumentList();
  return json;
}

TuningControls ControlsOf(const Recipe& recipe, const Encoding& encoding) {
  return {.recipe = recipe.name,
          .rules = RuleSet(recipe.rules),
          .targets = recipe.targets,
          .c = recipe.tuning.c,
          .kl_budget = recipe.tuning.kl_budget,
          .entropy_floor = recipe.tuning.entropy_floor,
          .entropy_ceiling = recipe.tuning.entropy_ceiling,
          .length = recipe.bars * recipe.metre.BarSteps(encoding.steps_per_quarter),
          .method = recipe.tuning.method,
          .exploration = recipe.tuning.exploration,
          .preset = std::string(recipe.family()),
          .metre = recipe.metre};
}

const Recipe& RecipeFitting(std::span<const Recipe> recipes, const TuningControls& controls) {
  const auto has_method = [&](const Recipe& recipe) {
    const std::vector<std::string> methods = recipe.Methods();
    return std::ranges::find(methods, controls.method) != methods.end();
  };
  const Recipe& named = RecipeOf(recipes, controls.recipe);
  if (has_method(named)) return named;
  const auto found = std::ranges::find_if(recipes, has_method);
  return found == recipes.end() ? named : *found;
}

bool IsSameRun(const TuningControls& a, const TuningControls& b) {
  return a.recipe == b.recipe && a.length == b.length && a.method == b.method &&
         a.metre == b.metre && a.key.mode == b.key.mode &&
         (a.exploration == b.exploration || !Takes(a.method, "exploration"));
}

bool IsSameLearning(const TuningControls& a, const TuningControls& b) {
  const auto wishes = [](TuningControls controls) { return controls.wishes.ToToml("wishes"); };
  return a.holds_kl() == b.holds_kl() && a.entropy_floor == b.entropy_floor &&
         a.entropy_ceiling == b.entropy_ceiling && wishes(a) == wishes(b);
}

TuningOptions OptionsFor(const TuningControls& controls, std::span<const Recipe> recipes) {
  TuningOptions options = RecipeOf(recipes, controls.recipe).tuning;
  if (controls.method != options.method) {
    options = {.method = controls.method, .replay_capacity = kShortMemory};
  } else if (!controls.finds_weights()) {
    options.compositions =
        std::max(2, options.compositions * options.length / std::max(1, controls.length));
  }
  options.exploration = controls.exploration;
  options.c = controls.c;
  options.kl_budget = controls.kl_budget;
  options.entropy_floor = controls.entropy_floor;
  options.entropy_ceiling = controls.entropy_ceiling;
  options.length = controls.length;
  return options;
}

std::string RecipeFor(const TuningControls& controls, std::span<const Recipe> recipes) {
  TuningOptions options = OptionsFor(controls, recipes);
  MusicOptions music;
  music.metre = controls.metre.Text();
  music.key = controls.key.Text();
  RuleSet rules(controls.rules);
  std::vector<Settings> tables = rules.Describe();
  tables.insert(tables.begin(), Describe(options));
  if (controls.metre != Metre() || controls.key != Key()) tables.push_back(Describe(music));
  RuleTargets targets = controls.targets;
  RuleTargets wishes = controls.wishes;
  return WriteRecipe(tables) + targets.ToToml("targets") + wishes.ToToml("wishes");
}

Json ControlsJson(const TuningControls& controls) {
  Json json = {{"recipe", controls.recipe},
               {"preset", controls.preset.empty() ? Json(nullptr) : Json(controls.preset)},
               {"base", controls.rules.base()},
               {"method", controls.method},
               {"exploration", controls.exploration},
               {"c", controls.c},
               {"kl_budget", controls.kl_budget},
               {"entropy_floor", controls.entropy_floor},
               {"entropy_ceiling", controls.entropy_ceiling},
               {"temperature", controls.temperature},
               {"length", controls.length},
               {"weights", AmountsJson(controls)}};
  json.update(MusicJson(controls));
  return json;
}

Json RecipesJson(std::span<const Recipe> recipes) {
  Json list = Json::array();
  for (const Recipe& recipe : recipes) {
    Json ranges = Json::object();
    Json usual = Json::object();
    for (const Slider& slider : recipe.Sliders()) {
      ranges[slider.rule] = {slider.least, slider.largest};
      usual[slider.rule] = slider.usual;
    }
    list.push_back({{"name", recipe.name},
                    {"title", recipe.title},
                    {"summary", recipe.summary},
                    {"methods", recipe.Methods()},
                    {"family", recipe.family()},
                    {"metre", recipe.metre.Text()},
                    {"bars", recipe.bars},
                    {"finds_weights", recipe.finds_weights()},
                    {"c", {LeastC(recipe.tuning.c), kMostC}},
                    {"ranges", std::move(ranges)},
                    {"weights", std::move(usual)}});
  }
  return list;
}

Json SaveControls(const TuningControls& controls, std::span<const Recipe> recipes) {
  return {{"recipe", RecipeFor(controls, recipes)},
          {"recipe_name", controls.recipe},
          {"temperature", controls.temperature},
          {"preset", controls.preset},
          {"music", MusicJson(controls)}};
}

TuningControls LoadControls(const Json& saved, std::string_view source) {
  TuningControls controls{.recipe = saved.value("recipe_name", kFirstRecipe),
                          .temperature = saved.at("temperature").get<double>(),
                          .preset = saved.at("preset").get<std::string>()};
  TakeRecipe(saved.at("recipe").get<std::string>(), source, &controls);
  if (saved.contains("music")) TakeMusic(saved.at("music"), &controls);
  return controls;
}

Json MusicJson(const TuningControls& controls) {
  return {{"metre", controls.metre.Text()},
          {"key", controls.key.Text()},
          {"instrument", controls.instrument}};
}

void TakeMusic(const Json& music, TuningControls* controls) {
  controls->metre = ParseMetre(music.at("metre").get<std::string>(), "metre");
  controls->key = ParseKey(music.at("key").get<std::string>(), "key");
  controls->instrument = music.at("instrument").get<std::string>();
  Playback unused;
  if (!controls->instrument.empty()) PlayOn(controls->instrument, "instrument", unused);
}

void TakeRecipe(const std::string& toml, std::string_view source, TuningControls* controls) {
  TuningOptions tuning;
  MusicOptions music;
  controls->targets = controls->wishes = RuleTargets();
  ReadOwnTables(toml, source,
                std::array{Describe(tuning), Describe(music), controls->targets.Describe("targets"),
                           controls->wishes.Describe("wishes")});
  controls->rules = RuleSet::FromRecipe(toml, source);
  controls->c = tuning.c;
  controls->kl_budget = tuning.kl_budget;
  controls->entropy_floor = tuning.entropy_floor;
  controls->entropy_ceiling = tuning.entropy_ceiling;
  controls->length = std::min(tuning.length, kLongestMelody);
  controls->method = tuning.method;
  controls->exploration = tuning.exploration;
  controls->metre = music.metre.empty() ? Metre() : ParseMetre(music.metre, source);
  const Mode mode = music.mode.empty() ? Mode::kMajor : ParseMode(music.mode, source);
  controls->key = music.key.empty() ? WhiteKey(mode) : ParseKey(music.key, source);
}

}  // namespace rltuner::studio
