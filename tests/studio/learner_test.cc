// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/learner.h"

#include <gtest/gtest.h>

#include "rltuner/studio/tuning_controls.h"
#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

constexpr int kOutOfKey = 15;  // C#4

RuleSet KeyOnly(double weight) {
  RuleSet rules = RuleSet::Named("paper");
  for (const RuleInfo& info : Rules()) {
    SetWeight(std::string(info.name), info.name == "key" ? weight : 0, &rules);
  }
  return rules;
}

TEST(LiveRewardTest, GivesTheRuleSetsRewardOverC) {
  RuleSet rules = RuleSet::Named("theory");
  LiveRules live(rules);
  live.scale = 0.5F;
  LiveReward reward(live);
  Random random(3);
  rules.Start(32);
  reward.Start(32);
  for (int i = 0; i < 32; ++i) {
    const int event = static_cast<int>(random.Below(kVocabulary));
    EXPECT_NEAR(reward.Place(event), 0.5F * rules.Place(event), 1e-4);
  }
}

TEST(LiveRewardTest, AChangedWeightCountsFromTheNextEventOfEveryClone) {
  LiveRules live(KeyOnly(1));
  LiveReward reward(live);
  reward.Start(8);
  EXPECT_FLOAT_EQ(reward.Place(kOutOfKey), -1);
  const auto clone = reward.Clone();
  live.Set(KeyOnly(4));
  EXPECT_FLOAT_EQ(reward.Place(kOutOfKey), -4);
  EXPECT_FLOAT_EQ(clone->Place(kOutOfKey), -4);
}

TEST(LiveRewardTest, ARuleThatWasOffKnowsWhatWasPlayedMeanwhile) {
  RuleSet rules = KeyOnly(0);
  LiveRules live(rules);
  LiveReward reward(live);
  reward.Start(8);
  for (int i = 0; i < 5; ++i) EXPECT_FLOAT_EQ(reward.Place(kTonic), 0);
  SetWeight("repeat", 1, &rules);
  live.Set(rules);
  EXPECT_FLOAT_EQ(reward.Place(kTonic), -100);
}

TEST(LiveRewardTest, OtherRulesAndParametersAreNotTaken) {
  LiveRules live(KeyOnly(1));
  RuleSet other = KeyOnly(1), more = KeyOnly(5);
  for (const Settings& table : other.Describe()) {
    if (table.table() == "rules.key") table.Find("reward")->Assign("-7", "");
  }
  other.Prepare();
  SetWeight("phrase", 1, &more);
  EXPECT_FALSE(live.Set(other));
  EXPECT_FALSE(live.Set(more));
  EXPECT_TRUE(live.Set(KeyOnly(2)));
}

// A recipe of the command line may switch off a rule that its base set uses.
TEST(LiveRewardTest, ARuleOfTheBaseWithoutWeightStaysOff) {
  const RuleSet rules =
      RuleSet::FromToml("[rules]\nbase = \"song\"\n[rules.form]\nweight = 0.0\n", "test");
  const LiveRules live(rules);
  EXPECT_EQ(live.rules.size(), rules.size());
  EXPECT_EQ(live.rules.WeightOf("form"), 0);
}

TEST(LiveRewardTest, TheFloorHoldsBeforeCDivides) {
  LiveRules live(KeyOnly(50));
  live.floor = -20;
  live.scale = 2;
  LiveReward reward(live);
  reward.Start(1);
  EXPECT_FLOAT_EQ(reward.Place(kOutOfKey), -40);
}

TEST(LearnerTest, ControlsThatChangeInTheMiddleChangeWhatIsLearnt) {
  const std::vector<Recipe> recipes = QuickRecipes();
  const TuningControls controls = ControlsOf(recipes[0]);
  TuningControls other = controls;
  SetWeight("key", 9, &other.rules);
  const LearningPlan plan{.note_rnn = RandomNetwork(1)};
  Learner undisturbed(plan, controls, recipes);
  Learner same(plan, controls, recipes);
  Learner changed(plan, controls, recipes);
  for (Learner* learner : {&undisturbed, &same, &changed}) learner->Advance(320);
  same.SetControls(controls);
  changed.SetControls(other);
  for (Learner* learner : {&undisturbed, &same, &changed}) learner->Advance(320);
  EXPECT_TRUE(SameWeights(same.Current().network, undisturbed.Current().network));
  EXPECT_FALSE(SameWeights(changed.Current().network, undisturbed.Current().network));
}

TEST(LearnerTest, AnotherKindOfLearningGoesOnFromTheSameWeights) {
  const std::vector<Recipe> recipes = QuickRecipes();
  TuningControls controls = ControlsOf(recipes[0]);
  Learner learner({.note_rnn = RandomNetwork(1)}, controls, recipes);
  learner.Advance(320);
  const Model before = learner.Current();
  controls.kl_budget = 0.1;
  learner.SetControls(controls);
  EXPECT_TRUE(SameWeights(learner.Current().network, before.network));
  EXPECT_EQ(learner.iteration(), 320);
  learner.Advance(320);
  EXPECT_EQ(learner.iteration(), 640);
  EXPECT_NE(learner.c(), controls.c);
  SetWeight("phrase", 1, &controls.rules);
  learner.SetControls(controls);
  learner.Advance(320);
  EXPECT_EQ(learner.iteration(), 960);
}

TEST(LearnerTest, AWishIsLearntInAnyMetreByAModelThatHearsIt) {
  const std::vector<Recipe> recipes = QuickRecipes();
  TuningControls controls = ControlsOf(RecipeOf(recipes, "song-jig"));
  EXPECT_EQ(controls.Context().metre, (Metre{6, 8}));
  const LearningPlan plan{.note_rnn = HearingNetwork(1), .encoding = HearingEncoding()};
  Learner learner(plan, controls, recipes);
  learner.Advance(1);
  controls.wishes.Of("cadence") = "1.5";
  learner.SetControls(controls);
  learner.Advance(1);
  EXPECT_EQ(learner.Failure(), "");
  EXPECT_EQ(learner.iteration(), 2 * 8 * 24);
  EXPECT_EQ(learner.Current().encoding, HearingEncoding().ToJson());
}

}  // namespace
}  // namespace rltuner::studio
