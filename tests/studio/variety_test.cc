// SPDX-License-Identifier: Apache-2.0
// Tunes the bundled model as the studio does, by every preset and at every end of its sliders, and
// asserts that what it then plays is music. Each test prints what was measured:
//   build/release/studio_tests --gtest_filter='Long/VarietyTest.*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "rltuner/core/files.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/studio/control_changes.h"
#include "rltuner/studio/learner.h"
#include "rltuner/studio/session.h"
#include "rltuner/studio/tuning_controls.h"

namespace rltuner::studio {
namespace {

constexpr int kMelodies = 1000;
constexpr int kStepsPerBar = 16, kTwoBeats = 8;

// The means of melodies. Of the bundled Note RNN's melodies one in a hundred has fewer than 4 notes
// a bar, and fewer than one in five more than 12.5.
struct Heard {
  double distinct;        // share of melodies
  double openings;        // distinct first two beats, share of melodies
  double notes;           // per bar
  double holds_or_rests;  // share of events
};

Heard Listen(const Model& model, const TuningControls& controls) {
  const GenerationOptions options{.count = kMelodies,
                                  .length = controls.length,
                                  .temperature = controls.temperature,
                                  .context = controls.Context()};
  std::set<std::vector<std::uint8_t>> melodies;
  std::set<std::vector<std::uint8_t>> openings;
  double notes = 0;
  for (const GeneratedMelody& melody : Generate(model, controls.rules, options, {})) {
    melodies.insert(melody.events);
    openings.emplace(melody.events.begin(), melody.events.begin() + kTwoBeats);
    for (const int event : melody.events) notes += event >= kFirstNoteOn ? 1 : 0;
  }
  const double share = notes / (static_cast<double>(kMelodies) * controls.length);
  return {.distinct = static_cast<double>(melodies.size()) / kMelodies,
          .openings = static_cast<double>(openings.size()) / kMelodies,
          .notes = share * kStepsPerBar,
          .holds_or_rests = 1 - share};
}

Recipe ReadBundled(const std::string& name, const std::string& path) {
  return MakeRecipe(name, "", "",
                    ReadTextFile(std::filesystem::path(RLTUNER_SOURCE_DIR) / "recipes" / path));
}

const std::vector<Recipe>& BundledRecipes() {
  static const std::vector<Recipe>* const recipes = [] {
    auto* read = new std::vector<Recipe>;
    read->push_back(ReadBundled("default", "default.toml"));
    read->push_back(ReadBundled("balanced", "tune/balanced.toml"));
    return read;
  }();
  return *recipes;
}

struct Setting {
  std::string name;
  Json request;  // of /api/shape, after one that chooses the recipe
  std::string recipe = "default";
};

void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

std::vector<Setting> EverySetting() {
  std::vector<Setting> settings;
  for (const Preset& preset : MakePresets(BundledRecipes())) {
    settings.push_back({"preset_" + preset.name, {{"preset", preset.name}}});
  }
  for (const Recipe& recipe : BundledRecipes()) {
    const auto add = [&](std::string_view what, const char* end, Json request) {
      settings.push_back(
          {fmt::format("{}_{}_{}", recipe.name, what, end), std::move(request), recipe.name});
    };
    for (const Slider& slider : recipe.Sliders()) {
      add(slider.rule, "least", {{"weights", {{slider.rule, slider.least}}}});
      add(slider.rule, "largest", {{"weights", {{slider.rule, slider.largest}}}});
    }
    if (recipe.finds_weights()) continue;
    add("c", "least", {{"c", LeastC(recipe.tuning.options.c)}});
    add("c", "largest", {{"c", kMostC}});
  }
  return settings;
}

class VarietyTest : public testing::TestWithParam<Setting> {};

void ExpectMusic(const Model& model, const TuningControls& controls) {
  const Heard heard = Listen(model, controls);
  fmt::print(
      "temperature {:3}: distinct {:5.1f} %, openings {:5.1f} %, notes a bar {:5.2f}, holds and "
      "rests {:4.1f} %\n",
      controls.temperature, 100 * heard.distinct, 100 * heard.openings, heard.notes,
      100 * heard.holds_or_rests);
  EXPECT_GE(heard.distinct, 0.9);
  EXPECT_GE(heard.notes, 4);
  EXPECT_LE(heard.notes, 12.5);
  EXPECT_GE(heard.holds_or_rests, 0.2);
}

TEST_P(VarietyTest, MusicRemains) {
  const std::vector<Recipe>& recipes = BundledRecipes();
  TuningControls controls = ControlsOf(RecipeOf(recipes, GetParam().recipe));
  const Model note_rnn =
      ReadModel(std::filesystem::path(RLTUNER_SOURCE_DIR) / "models/default.safetensors");
  const Encoding encoding = MelodyEncodingOf(note_rnn);
  ChangeControls(ControlsRequest(GetParam().request), {recipes, MakePresets(recipes), encoding},
                 &controls);
  Learner learner({.note_rnn = note_rnn.network, .encoding = encoding}, controls, recipes);
  learner.Advance(kIterations);
  ASSERT_EQ(learner.Failure(), "");
  const Model tuned = learner.Current();
  ExpectMusic(tuned, controls);
  for (const double temperature : {kColdest, kHottest}) {
    if (controls.preset != controls.recipe) continue;
    controls.temperature = temperature;
    ExpectMusic(tuned, controls);
  }
}

INSTANTIATE_TEST_SUITE_P(Long, VarietyTest, testing::ValuesIn(EverySetting()),
                         [](const auto& setting) {
                           std::string name = setting.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace rltuner::studio
