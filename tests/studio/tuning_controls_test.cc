// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/studio/control_changes.h"
#include "rltuner/studio/rule_guide.h"
#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

using testing::HasSubstr;

void Change(const Json& request, TuningControls* controls,
            const Encoding& encoding = HearingEncoding(),
            const std::vector<Recipe>& recipes = QuickRecipes()) {
  ChangeControls(ControlsRequest(request), {recipes, MakePresets(recipes), encoding}, controls);
}

TuningControls Chosen(const std::string& recipe) {
  return ControlsOf(RecipeOf(QuickRecipes(), recipe));
}

TEST(TuningControlsTest, APresetIsARecipeWithOneWish) {
  TuningControls controls = Chosen("default");
  Change({{"preset", "coming-home"}}, &controls);
  EXPECT_EQ(controls.preset, "coming-home");
  EXPECT_EQ(controls.recipe, "song");
  EXPECT_EQ(controls.length, 32);
  EXPECT_GT(AmountsJson(controls).at("cadence"), 1.9);
  EXPECT_EQ(AmountsJson(controls).at("metre"), 0.5);
}

TEST(TuningControlsTest, WhatIsNamedBesideAPresetComesAfterItAndEndsIt) {
  TuningControls controls = Chosen("default");
  Change({{"weights", {{"metre", 0.0}}}, {"preset", "coming-home"}}, &controls);
  EXPECT_EQ(AmountsJson(controls).at("metre"), 0.0);
  EXPECT_EQ(controls.preset, "");
}

TEST(TuningControlsTest, TemperatureKeyAndInstrumentAreNoPartOfAPreset) {
  TuningControls controls = Chosen("default");
  Change({{"preset", "song"}, {"temperature", 0.75}, {"key", "E minor"}, {"instrument", "flute"}},
         &controls);
  EXPECT_EQ(controls.preset, "song");
  Change({{"preset", "coming-home"}}, &controls);
  EXPECT_EQ(controls.key.Text(), "E minor");
  EXPECT_EQ(controls.instrument, "flute");
}

TEST(TuningControlsTest, AMetreChoosesTheRecipeOfTheFamilyThatIsMadeForIt) {
  TuningControls controls = Chosen("song");
  Change({{"preset", "coming-home"}, {"metre", "6/8"}}, &controls);
  EXPECT_EQ(controls.recipe, "song-jig");
  EXPECT_EQ(controls.preset, "coming-home");
  EXPECT_EQ(controls.length, 24);
  Change({{"metre", "3/4"}}, &controls);
  EXPECT_EQ(controls.recipe, "song");
  EXPECT_EQ(controls.length, 24) << "two bars";
}

TEST(TuningControlsTest, AModelThatHearsNoMetreAndNoModeIsAskedForNone) {
  TuningControls controls = Chosen("default");
  EXPECT_THAT(ErrorOf([&] {
                Change({{"metre", "3/4"}}, &controls, Encoding());
              }),
              HasSubstr("does not play"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"key", "E minor"}}, &controls, Encoding());
              }),
              HasSubstr("expected a major key"));
  Change({{"key", "Eb major"}}, &controls, Encoding());
  EXPECT_EQ(controls.PlaybackOf(Encoding()).transposition, 3);
  EXPECT_EQ(MusicChoicesOf(Encoding()).metres.size(), 1U);
  EXPECT_GT(MusicChoicesOf(HearingEncoding()).metres.size(), 10U);
}

TEST(TuningControlsTest, WhatExpertsTurnTakesThePlaceOfTheKlBudget) {
  TuningControls controls = Chosen("balanced");
  EXPECT_EQ(controls.kl_budget, 0.25);
  Change({{"kl_budget", 0.5}}, &controls);
  EXPECT_EQ(OptionsFor(controls, QuickRecipes()).kl_budget, 0.5);
  Change({{"c", 3.0}}, &controls);
  EXPECT_EQ(controls.kl_budget, 0);
  EXPECT_EQ(controls.c, 3);
  Change({{"kl_budget", 0.1}}, &controls);
  Change({{"entropy_floor", 0.5}}, &controls);
  EXPECT_EQ(controls.kl_budget, 0);
}

TEST(TuningControlsTest, AMethodWithoutAKlBudgetRunsAtItsC) {
  TuningControls controls = Chosen("balanced");
  Json saved = SaveControls(controls, QuickRecipes());  // as earlier studios did
  auto& recipe = saved["recipe"].get_ref<std::string&>();
  recipe.replace(recipe.find("\"pg\""), 4, "\"q\"");
  Check(OptionsFor(LoadControls(saved, "test"), QuickRecipes()));
  EXPECT_EQ(LoadControls(saved, "test").kl_budget, 0);
  Change({{"method", "psi"}}, &controls);
  EXPECT_EQ(controls.kl_budget, 0);
}

TEST(TuningControlsTest, WhatTheMethodDoesNotReadIsRefused) {
  TuningControls song = Chosen("song"), paper = Chosen("balanced");
  EXPECT_EQ(ErrorOf([&] {
              Change({{"c", 3.0}}, &song);
            }),
            "c has no effect with method match; expected method q, psi, g, rl-only, pg");
  EXPECT_THAT(ErrorOf([&] {
                Change({{"kl_budget", 0.3}}, &song);
              }),
              HasSubstr("kl_budget has no effect with method match"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"method", "psi"}, {"entropy_floor", 0.5}}, &paper);
              }),
              HasSubstr("entropy_floor has no effect with method psi"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"exploration", "boltzmann"}}, &paper);
              }),
              HasSubstr("exploration has no effect with method pg"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"entropy_floor", 2}, {"entropy_ceiling", 1}}, &paper);
              }),
              HasSubstr("entropy_floor 2 is above entropy_ceiling 1"));
  Change({{"recipe", "balanced"}, {"c", 3.0}}, &song);
  EXPECT_EQ(song.c, 3);
}

TEST(TuningControlsTest, NamesWhatIsWrong) {
  TuningControls controls = Chosen("default");
  EXPECT_THAT(ErrorOf([&] { Change({{"method", "magic"}}, &controls); }), HasSubstr("\"magic\""));
  EXPECT_THAT(ErrorOf([&] { Change({{"method", "match"}}, &controls); }), HasSubstr("expected q"));
  EXPECT_THAT(ErrorOf([&] { Change({{"preset", "loud"}}, &controls); }), HasSubstr("preset"));
  EXPECT_THAT(ErrorOf([&] { Change({{"bars", 3}}, &controls); }), HasSubstr("bars is 3"));
  EXPECT_THAT(ErrorOf([&] { Change({{"instrument", "kazoo"}}, &controls); }), HasSubstr("kazoo"));
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
  for (const Json& request :
       {Json{{"temperature", 0.7}, {"method", "psi"}, {"exploration", "boltzmann"}},
        Json{{"preset", "coming-home"}, {"metre", "6/8"}, {"key", "D dorian"}}}) {
    TuningControls controls = Chosen("balanced");
    Change(request, &controls);
    const TuningControls again = LoadControls(SaveControls(controls, QuickRecipes()), "test");
    EXPECT_EQ(ControlsJson(again), ControlsJson(controls));
  }
}

TEST(TuningControlsTest, AreFoundAgainWhereEarlierStudiosKeptTheMusic) {
  TuningControls controls = Chosen("default");
  Change({{"instrument", "flute"}}, &controls);
  Json saved = SaveControls(controls, QuickRecipes());
  saved.erase("instrument");
  saved["music"] = {{"metre", "4/4"}, {"key", "C major"}, {"instrument", "flute"}};
  EXPECT_EQ(ControlsJson(LoadControls(saved, "test")), ControlsJson(controls));
  saved.erase("music");  // before it knew instruments
  EXPECT_EQ(LoadControls(saved, "test").instrument, "");
}

TEST(TuningControlsTest, OtherMethodsHaveThePapersSettings) {
  const std::vector<Recipe> recipes = QuickRecipes();
  TuningControls controls = ControlsOf(recipes[0]);
  EXPECT_EQ(OptionsFor(controls, recipes).gamma, recipes[0].tuning.options.gamma);
  controls.method = "q";
  controls.c = 3;
  EXPECT_EQ(OptionsFor(controls, recipes).c, 3);
  EXPECT_EQ(OptionsFor(controls, recipes).gamma, TuningOptions().gamma);
}

TEST(TuningControlsTest, AnUpdateHasAsManyEventsAtEachLength) {
  const std::vector<Recipe> recipes = QuickRecipes();
  TuningControls controls = ControlsOf(recipes[0]);
  controls.length = 16;
  const TuningOptions options = OptionsFor(controls, recipes);
  EXPECT_EQ(options.length, 16);
  EXPECT_EQ(options.compositions * options.length,
            recipes[0].tuning.options.compositions * recipes[0].tuning.options.length);
}

TEST(TuningControlsTest, ARecipeSetsRulesAndCAndKeepsTheTemperature) {
  TuningControls controls = Chosen("default");
  Change({{"temperature", 0.8}}, &controls);
  Change({{"recipe", "balanced"}}, &controls);
  EXPECT_EQ(controls.preset, "balanced");
  EXPECT_EQ(controls.c, 1.5);
  EXPECT_EQ(controls.temperature, 0.8);
  EXPECT_THAT(ErrorOf([&] { Change({{"recipe", "loud"}}, &controls); }), HasSubstr("recipe"));
}

TEST(TuningControlsTest, AreSavedRunsOfBeforeRecipesCouldBeChosen) {
  Json saved = SaveControls(ControlsOf(QuickRecipes()[0]), QuickRecipes());
  saved.erase("recipe_name");
  EXPECT_EQ(LoadControls(saved, "test").recipe, "balanced");
}

TEST(TuningControlsTest, NoPresetLiesOutsideTheSliders) {
  const Encoding encoding = HearingEncoding();
  const std::vector<Recipe> recipes = BundledRecipes(encoding);
  for (const Preset& preset : MakePresets(recipes)) {
    SCOPED_TRACE(preset.name);
    TuningControls controls = ControlsOf(recipes.front(), encoding);
    Change({{"preset", preset.name}}, &controls, encoding, recipes);
    EXPECT_NO_THROW(Change({{"weights", AmountsJson(controls)}}, &controls, encoding, recipes));
    EXPECT_EQ(controls.preset, preset.name);
  }
}

TEST(SliderTest, NoWishIsForMoreThanAnyMelodyHas) {
  RuleTargets targets;
  targets.Of("range") = "-0.2";  // which only takes away
  const std::vector<Slider> sliders = WishSliders(RuleSet::Named("song"), targets);
  ASSERT_EQ(sliders.size(), 1U);
  EXPECT_EQ(sliders[0].largest, 0);
  EXPECT_EQ(sliders[0].least, -1.7);
}

TEST(SliderTest, ReachesEveryWishBetweenItsEnds) {
  for (const Recipe& recipe : BundledRecipes(HearingEncoding())) {
    if (!recipe.finds_weights()) continue;
    for (const Slider& slider : recipe.Sliders()) {
      const std::string& target = recipe.tuning.targets.Of(slider.rule);
      SCOPED_TRACE(recipe.name + " " + slider.rule);
      EXPECT_NEAR(AmountOf(WithAmount(target, slider.least)), slider.least, 1e-3);
      EXPECT_NEAR(AmountOf(WithAmount(target, slider.largest)), slider.largest, 1e-3);
    }
  }
}

TEST(TuningControlsTest, APresetWhoseWishALengthDoesNotHaveIsRefusedThere) {
  const Encoding encoding = HearingEncoding();
  const std::vector<Recipe> recipes = BundledRecipes(encoding);
  TuningControls controls = ControlsOf(RecipeOf(recipes, "song"), encoding);
  Change({{"preset", "refrain"}}, &controls, encoding, recipes);
  Change({{"bars", 4}}, &controls, encoding, recipes);
  EXPECT_EQ(controls.preset, "song") << "in four bars no bar returns";
  EXPECT_EQ(ErrorOf([&] {
              Change({{"preset", "refrain"}}, &controls, encoding, recipes);
            }),
            "preset refrain: at 4 bars there is no slider form; expected another length");
  EXPECT_EQ(controls.preset, "song");
  Change({{"preset", "refrain"}, {"bars", 8}}, &controls, encoding, recipes);
  EXPECT_EQ(controls.preset, "refrain");
}

TEST(SliderTest, ATableIsTiltedToTheMeanThatIsWished) {
  const std::string shares = "0.25 0.25 0.5 0.0";
  EXPECT_EQ(AmountOf(shares), 1.25);
  EXPECT_NEAR(AmountOf(WithAmount(shares, 0.5)), 0.5, 1e-3);
  EXPECT_NEAR(AmountOf(WithAmount(shares, 1.9)), 1.9, 1e-3);
  EXPECT_THAT(WithAmount(shares, 1.9), testing::EndsWith(" 0.0000"));
  EXPECT_EQ(WithAmount("1.5", -2), "-2.0000");
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

TEST(RuleGuideTest, EveryRuleHasATitleAndItsExamplesAreToldApart) {
  for (const Json& rule : RulesJson(QuickRecipes(), Encoding())) {
    SCOPED_TRACE(rule.at("name"));
    EXPECT_NE(rule.at("title"), rule.at("name"));
    double good = -1e9;
    double bad = 1e9;
    for (const Json& example : rule.at("examples")) {
      (example.at("good").get<bool>() ? good : bad) = example.at("reward").get<double>();
    }
    if (!rule.at("examples").empty()) {
      EXPECT_GT(good, bad);
    }
  }
}

}  // namespace
}  // namespace rltuner::studio
