// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/tuning_controls.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

bool Recipe::finds_weights() const { return FindsWeights(tuning.options.method); }

std::vector<std::string> Recipe::Methods() const {
  if (finds_weights()) return {tuning.options.method};
  std::vector<std::string> names;
  for (const MethodInfo* method : RewardMethods()) names.emplace_back(method->name);
  return names;
}

std::vector<Slider> Recipe::Sliders() const {
  return finds_weights() ? WishSliders(tuning.rules, tuning.targets) : WeightSliders(tuning.rules);
}

Recipe MakeRecipe(std::string name, std::string title, std::string summary, const std::string& toml,
                  double kl_budget) {
  const std::string where = "recipe " + name;
  Recipe recipe{.name = std::move(name),
                .title = std::move(title),
                .summary = std::move(summary),
                .tuning = ReadTuningRecipe({toml, where})};
  TuningOptions& options = recipe.tuning.options;
  const MusicOptions& music = recipe.tuning.music;
  if (!music.metre.empty()) recipe.metre = ParseMetre(music.metre, where);
  recipe.bars =
      music.bars > 0 ? music.bars : options.length / recipe.metre.BarSteps(kStepsPerQuarter);
  if (Takes(options.method, "kl_budget")) options.kl_budget = kl_budget;
  return recipe;
}

std::vector<Recipe> BundledRecipes(const Encoding& encoding) {
  const auto text = [](const std::string& name) { return FindRecipe("tune", name).text; };
  std::vector<Recipe> paper = {
      MakeRecipe("default", "The paper's rules",
                 "Nine rules of music theory, eagerly followed; nearly every melody is different.",
                 text("default"), 0.5),
      MakeRecipe("balanced", "The paper's rules, gently",
                 "The same rules, closer to the tunes that it learnt from.", text("balanced"),
                 0.25)};
  std::vector<Recipe> song;
  for (const std::string& name : RecipeNames("tune")) {
    if (!name.starts_with("song")) continue;
    song.push_back(MakeRecipe(name, "Like the tunes",
                              "Form, phrases and endings as folk tunes have them.", text(name)));
  }
  std::ranges::stable_sort(song, {}, [](const auto& recipe) { return recipe.name != "song"; });
  if (encoding.steps_per_quarter != kStepsPerQuarter) return paper;
  const bool looks_back = encoding.inputs.size() > 1;
  std::vector<Recipe>& first = looks_back ? song : paper;
  std::vector<Recipe>& second = looks_back ? paper : song;
  std::ranges::move(second, std::back_inserter(first));
  return std::move(first);
}

const Recipe& RecipeOf(std::span<const Recipe> recipes, std::string_view name) {
  const auto found = std::ranges::find(recipes, name, &Recipe::name);
  return found == recipes.end() ? recipes.front() : *found;
}

bool TuningControls::finds_weights() const { return FindsWeights(method); }

void TuningControls::SetMethod(std::string name) {
  method = std::move(name);
  if (!Takes(method, "kl_budget")) kl_budget = 0;
}

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
  TuningControls controls{.recipe = recipe.name, .preset = std::string(recipe.family())};
  TakeRecipe(recipe.tuning, &controls);
  controls.length = recipe.bars * recipe.metre.BarSteps(encoding.steps_per_quarter);
  return controls;
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
  return a.holds_kl() == b.holds_kl() && a.entropy_floor == b.entropy_floor &&
         a.entropy_ceiling == b.entropy_ceiling &&
         a.wishes.ToToml("wishes") == b.wishes.ToToml("wishes");
}

TuningOptions OptionsFor(const TuningControls& controls, std::span<const Recipe> recipes) {
  TuningOptions options = RecipeOf(recipes, controls.recipe).tuning.options;
  if (controls.method != options.method) {
    options = {.method = controls.method, .replay_capacity = kShortMemory};
  }
  const int length = std::exchange(options.length, controls.length);
  KeepEventsPerUpdate(length, &options);
  options.exploration = controls.exploration;
  options.c = controls.c;
  options.kl_budget = controls.kl_budget;
  options.entropy_floor = controls.entropy_floor;
  options.entropy_ceiling = controls.entropy_ceiling;
  return options;
}

std::string RecipeFor(const TuningControls& controls, std::span<const Recipe> recipes) {
  TuningRecipe recipe{.options = OptionsFor(controls, recipes),
                      .rules = RuleSet(controls.rules),
                      .targets = controls.targets,
                      .wishes = controls.wishes};
  if (controls.metre != Metre()) recipe.music.metre = controls.metre.Text();
  if (controls.key != Key()) recipe.music.key = controls.key.Text();
  return WriteTuningRecipe(recipe);
}

Json ControlsJson(const TuningControls& controls) {
  return {{"recipe", controls.recipe},
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
          {"weights", AmountsJson(controls)},
          {"metre", controls.metre.Text()},
          {"key", controls.key.Text()},
          {"instrument", controls.instrument}};
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
                    {"c", {LeastC(recipe.tuning.options.c), kMostC}},
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
          {"instrument", controls.instrument}};
}

TuningControls LoadControls(const Json& saved, std::string_view source) {
  TuningControls controls{.recipe = saved.value("recipe_name", kFirstRecipe),
                          .temperature = saved.at("temperature").get<double>(),
                          .preset = saved.at("preset").get<std::string>()};
  TakeRecipe(ReadTuningRecipe({saved.at("recipe").get<std::string>(), std::string(source)}),
             &controls);
  TakeInstrument(saved, &controls);
  return controls;
}

void TakeInstrument(const Json& saved, TuningControls* controls) {
  const Json& holder = saved.contains("music") ? saved.at("music") : saved;
  controls->instrument = holder.value("instrument", "");
  Playback unused;
  if (!controls->instrument.empty()) PlayOn(controls->instrument, "instrument", unused);
}

void TakeRecipe(const TuningRecipe& recipe, TuningControls* controls) {
  const TuningOptions& options = recipe.options;
  const MusicOptions& music = recipe.music;
  controls->rules = RuleSet(recipe.rules);
  controls->targets = recipe.targets;
  controls->wishes = recipe.wishes;
  controls->c = options.c;
  controls->kl_budget = options.kl_budget;
  controls->entropy_floor = options.entropy_floor;
  controls->entropy_ceiling = options.entropy_ceiling;
  controls->length = std::min(options.length, kLongestMelody);
  controls->SetMethod(options.method);
  controls->exploration = options.exploration;
  controls->metre = music.metre.empty() ? Metre() : ParseMetre(music.metre, "metre");
  const Mode mode = music.mode.empty() ? Mode::kMajor : ParseMode(music.mode, "mode");
  controls->key = music.key.empty() ? WhiteKey(mode) : ParseKey(music.key, "key");
}

}  // namespace rltuner::studio
