// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/tuning_controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/studio/rule_guide.h"
#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

using testing::HasSubstr;

void Change(const Json& request, TuningControls* controls) {
  const RequestFields fields(request, {"recipe", "c", "temperature", "weights", "method",
                                       "exploration", "preset", "learn"});
  const std::vector<Recipe> recipes = ReadQuickRecipes();
  ChangeControls(fields, recipes, MakePresets(recipes), controls);
}

TEST(TuningControlsTest, APresetSetsRulesAndC) {
  TuningControls controls;
  Change({{"preset", "calm"}}, &controls);
  EXPECT_EQ(controls.preset, "calm");
  EXPECT_EQ(controls.recipe, "default");
  EXPECT_EQ(WeightsJson(controls.rules).at("leap"), 0.0);
}

TEST(TuningControlsTest, WhatIsNamedBesideAPresetComesAfterItAndEndsIt) {
  TuningControls controls;
  Change({{"c", 9.0}, {"preset", "calm"}}, &controls);
  EXPECT_EQ(controls.c, 9.0);
  EXPECT_EQ(controls.preset, "");
}

TEST(TuningControlsTest, TemperatureIsNoPartOfAPreset) {
  TuningControls controls;
  Change({{"preset", "calm"}, {"temperature", 0.75}}, &controls);
  EXPECT_EQ(controls.preset, "calm");
}

TEST(TuningControlsTest, NamesWhatIsWrong) {
  TuningControls controls;
  EXPECT_THAT(ErrorOf([&] { Change({{"method", "magic"}}, &controls); }), HasSubstr("\"magic\""));
  EXPECT_THAT(ErrorOf([&] { Change({{"preset", "loud"}}, &controls); }), HasSubstr("preset"));
  EXPECT_THAT(ErrorOf([&] { Change({{"c", "1"}}, &controls); }), HasSubstr("expected a number"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"weights", {{"key", 500}}}}, &controls);
              }),
              HasSubstr("0 .. 2"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"weights", {{"key", nullptr}}}}, &controls);
              }),
              HasSubstr("null"));
  EXPECT_THAT(ErrorOf([&] { Change({{"weights", {1, 2}}}, &controls); }), HasSubstr("an object"));
}

TEST(TuningControlsTest, AreFoundAgainAsTheyWereSaved) {
  TuningControls controls;
  Change({{"preset", "leaping"}, {"temperature", 0.7}, {"method", "psi"}}, &controls);
  const TuningControls again = LoadControls(SaveControls(controls, ReadQuickRecipes()), "test");
  EXPECT_EQ(ControlsJson(again), ControlsJson(controls));
}

TEST(TuningControlsTest, OtherMethodsHaveThePapersSettings) {
  const std::vector<Recipe> recipes = ReadQuickRecipes();
  TuningControls controls = ControlsOf(recipes[0]);
  EXPECT_EQ(OptionsFor(controls, recipes).gamma, recipes[0].tuning.gamma);
  controls.method = "q";
  controls.c = 3;
  EXPECT_EQ(OptionsFor(controls, recipes).c, 3);
  EXPECT_EQ(OptionsFor(controls, recipes).gamma, TuningOptions().gamma);
}

TEST(TuningControlsTest, AnUpdateHasAsManyEventsAtEachLength) {
  const std::vector<Recipe> recipes = ReadQuickRecipes();
  TuningControls controls = ControlsOf(recipes[0]);
  controls.length = 16;
  const TuningOptions options = OptionsFor(controls, recipes);
  EXPECT_EQ(options.length, 16);
  EXPECT_EQ(options.compositions * options.length,
            recipes[0].tuning.compositions * recipes[0].tuning.length);
}

TEST(TuningControlsTest, APresetReturnsToTheLengthOfItsRecipe) {
  TuningControls controls;
  controls.length = 64;
  Change({{"preset", "calm"}}, &controls);
  EXPECT_EQ(controls.length, 32);
}

TEST(TuningControlsTest, ARecipeSetsRulesAndCAndKeepsTheTemperature) {
  TuningControls controls;
  Change({{"temperature", 0.8}}, &controls);
  Change({{"recipe", "balanced"}}, &controls);
  EXPECT_EQ(controls.preset, "balanced");
  EXPECT_EQ(controls.c, 1.5);
  EXPECT_EQ(controls.temperature, 0.8);
  EXPECT_THAT(ErrorOf([&] { Change({{"recipe", "loud"}}, &controls); }), HasSubstr("recipe"));
}

TEST(TuningControlsTest, AreSavedRunsOfBeforeRecipesCouldBeChosen) {
  Json saved = SaveControls(ControlsOf(ReadQuickRecipes()[0]), ReadQuickRecipes());
  saved.erase("recipe_name");
  EXPECT_EQ(LoadControls(saved, "test").recipe, "balanced");
}

TEST(TuningControlsTest, NoPresetLiesOutsideTheSliders) {
  const std::vector<Recipe> recipes = ReadQuickRecipes();
  for (const Preset& preset : MakePresets(recipes)) {
    SCOPED_TRACE(preset.name);
    TuningControls controls;
    const Json request = {
        {"preset", preset.name}, {"c", preset.c}, {"weights", WeightsJson(preset.rules)}};
    EXPECT_NO_THROW(Change(request, &controls));
    EXPECT_EQ(controls.preset, preset.name);
  }
}

TEST(RequestTest, TextIsCountedInCharactersAndIsAlwaysUtf8) {
  std::string accents;
  for (int i = 0; i < 80; ++i) accents += "\u00e9";
  const Json body = {{"name", accents},
                     {"broken",
                      "a\xff"
                      "b"}};
  const RequestFields fields(body, {"name", "broken"});
  EXPECT_EQ(fields.Text("name", 80), accents);
  EXPECT_THAT(ErrorOf([&] { fields.Text("name", 79); }), HasSubstr("80 characters"));
  EXPECT_EQ(fields.Text("broken", 80),
            "a\uFFFD"
            "b");
}

TEST(RequestTest, RefusesWhatIsNoObjectOfModestDepth) {
  for (const char* body : {"[]", "1", "{", "null", "{\"a\":1}x"}) {
    EXPECT_THAT(ErrorOf([&] { ParseRequest(body); }), HasSubstr("not a JSON object")) << body;
  }
  std::string deep = "{\"a\":";
  for (int i = 0; i < 10'000; ++i) deep += '[';
  EXPECT_THAT(ErrorOf([&] { ParseRequest(deep); }), HasSubstr("deeper"));
}

TEST(RequestTest, RefusesNumbersThatWouldWrapRound) {
  const Json body = {{"seed", 18'446'744'073'709'551'615U}, {"half", 0.5}};
  const RequestFields fields(body, {"seed", "half"});
  EXPECT_THAT(ErrorOf([&] { fields.Whole("seed", 0, 100); }), HasSubstr("0 .. 100"));
  EXPECT_THAT(ErrorOf([&] { fields.Whole("half", 0, 100); }), HasSubstr("whole number"));
}

TEST(RuleGuideTest, EveryRuleHasAGoodAndABadExampleThatItTellsApart) {
  const RuleSet rules = RuleSet::Named("paper");
  for (const Json& rule : RulesJson(rules, ReadQuickRecipes()[0])) {
    SCOPED_TRACE(rule.at("name"));
    double good = -1e9;
    double bad = 1e9;
    for (const Json& example : rule.at("examples")) {
      (example.at("good").get<bool>() ? good : bad) = example.at("reward").get<double>();
    }
    EXPECT_GT(good, bad);
    EXPECT_NE(rule.at("title"), rule.at("name"));
  }
}

}  // namespace
}  // namespace rltuner::studio
