// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/studio/presets.h"
#include "rltuner/studio/rule_guide.h"
#include "studio/studio_fixtures.h"

namespace rltuner {
namespace {

using testing::HasSubstr;

std::vector<Preset> TestPresets() {
  const RecipeSettings recipe = ReadTuningRecipe(kQuickRecipe, "test");
  return MakePresets(recipe.rules, recipe.tuning.c);
}

void Change(const Json& request, Shape* shape) {
  const RequestFields fields(
      request, {"c", "temperature", "weights", "method", "exploration", "preset", "learn"});
  ChangeShape(fields, TestPresets(), shape);
}

TEST(ShapeTest, APresetSetsRulesAndC) {
  Shape shape;
  Change({{"preset", "calm"}}, &shape);
  EXPECT_EQ(shape.preset, "calm");
  EXPECT_EQ(shape.rules.base(), "theory");
  EXPECT_EQ(WeightsJson(shape.rules).at("leap"), 0.0);
}

TEST(ShapeTest, WhatIsNamedBesideAPresetComesAfterItAndEndsIt) {
  Shape shape;
  Change({{"c", 9.0}, {"preset", "calm"}}, &shape);
  EXPECT_EQ(shape.c, 9.0);
  EXPECT_EQ(shape.preset, "");
}

TEST(ShapeTest, TemperatureIsNoPartOfAPreset) {
  Shape shape;
  Change({{"preset", "calm"}, {"temperature", 0.5}}, &shape);
  EXPECT_EQ(shape.preset, "calm");
}

TEST(ShapeTest, NamesWhatIsWrong) {
  Shape shape;
  EXPECT_THAT(ErrorOf([&] { Change({{"method", "magic"}}, &shape); }), HasSubstr("\"magic\""));
  EXPECT_THAT(ErrorOf([&] { Change({{"preset", "loud"}}, &shape); }), HasSubstr("preset"));
  EXPECT_THAT(ErrorOf([&] { Change({{"c", "1"}}, &shape); }), HasSubstr("expected a number"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"weights", {{"key", 5000}}}}, &shape);
              }),
              HasSubstr("-1000 .. 1000"));
  EXPECT_THAT(ErrorOf([&] {
                Change({{"weights", {{"key", nullptr}}}}, &shape);
              }),
              HasSubstr("null"));
  EXPECT_THAT(ErrorOf([&] { Change({{"weights", {1, 2}}}, &shape); }), HasSubstr("an object"));
}

TEST(ShapeTest, IsFoundAgainAsItWasSaved) {
  const TuningOptions base = ReadTuningRecipe(kQuickRecipe, "test").tuning;
  Shape shape;
  Change({{"preset", "leaping"}, {"temperature", 0.5}, {"method", "psi"}}, &shape);
  const Shape again = LoadShape(SaveShape(shape, base), "test");
  EXPECT_EQ(ShapeJson(again), ShapeJson(shape));
}

TEST(ShapeTest, OtherMethodsHaveThePapersSettings) {
  const TuningOptions base = ReadTuningRecipe(kQuickRecipe, "test").tuning;
  const Shape shape{.c = 3, .method = "q", .preset = {}};
  const TuningOptions options = OptionsFor(shape, base);
  EXPECT_EQ(options.c, 3);
  EXPECT_EQ(options.gamma, TuningOptions().gamma);
  EXPECT_EQ(OptionsFor({.preset = {}}, base).gamma, base.gamma);
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
  for (const Json& rule : RulesJson(rules, rules)) {
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
}  // namespace rltuner
