// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/rule_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/core/error.h"
#include "rltuner/theory/damage.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RuleSet MatchedRules(std::string_view lines = "") {
  return RuleSet::FromToml(
      "[rules.metre]\nweight = 2\n[rules.form]\nweight = 1\nbars_back = 1\n"
      "returns = \"0 1 2\"\n" +
          std::string(lines) + "[rules.key]\nweight = 3\n",
      "my.toml");
}

RuleTargets TargetsFor(const char* metre, const char* form) {
  RuleTargets targets;
  targets.Of("metre") = metre;
  targets.Of("form") = form;
  return targets;
}

const std::vector<int> kMatchedTune = {14, 1, 1, 1, 15, 1, 1, 1, 14, 1, 1, 1, 14, 1, 1, 1,
                                       14, 1, 1, 1, 15, 1, 1, 1, 14, 1, 1, 1, 14, 1, 1, 1};

std::vector<double> FeaturesOf(RuleFeatures& features) {
  features.Start(static_cast<int>(kMatchedTune.size()));
  for (const int event : kMatchedTune) features.Place(event);
  std::vector<double> values(static_cast<std::size_t>(features.features()));
  features.Features(values);
  return values;
}

TEST(RuleFeaturesTest, AreTheUnweightedRulesAndTheEntriesOfTheirTables) {
  RuleFeatures features(MatchedRules(), TargetsFor("1.5", "0.5 0.25 0.25"), {});
  EXPECT_THAT(FeaturesOf(features), ElementsAre(1, 0, 1, 0));  // two bar lines; one return
  EXPECT_EQ(features.Name(0), "metre");
  EXPECT_EQ(features.Name(2), "form: 1");
  EXPECT_EQ(features.TableOf(0), -1);
  EXPECT_EQ(features.TableOf(3), 1);
}

TEST(RuleFeaturesTest, RulesWithoutATargetStayAsTheyAre) {
  RuleFeatures features(MatchedRules(), TargetsFor("1.5", ""), {});
  EXPECT_THAT(FeaturesOf(features), ElementsAre(1));
  // The key's two notes at weight 3 and a returning bar; what else the set `paper` pays is in it.
  RuleFeatures without(MatchedRules("[rules.leap]\nweight = 0\n"), TargetsFor("1.5", ""), {});
  FeaturesOf(without);
  EXPECT_DOUBLE_EQ(features.Fixed(), without.Fixed());
}

TEST(RuleFeaturesTest, SharesAreScaledToOne) {
  const RuleFeatures features(MatchedRules(), TargetsFor("", "2 1 1"), {});
  EXPECT_THAT(features.targets(), ElementsAre(0.5, 0.25, 0.25));
}

TEST(RuleFeaturesTest, WishesWin) {
  RuleTargets wishes;
  wishes.Of("metre") = "7";
  const RuleFeatures features(MatchedRules(), TargetsFor("1.5", ""), wishes);
  EXPECT_THAT(features.targets(), ElementsAre(7));
}

TEST(RuleFeaturesTest, WeightsBecomeARulesFile) {
  const RuleFeatures features(MatchedRules(), TargetsFor("1.5", "2 1 1"), {});
  RuleSet weighted = features.Weighted(std::vector<double>{0.7, 0.5, 1.5, -0.5});
  const std::string text = WriteRecipe(weighted.Describe());
  EXPECT_THAT(text, HasSubstr("[rules.metre]\nweight = 0.7\n"));
  EXPECT_THAT(text, HasSubstr("returns = \"0.000 1.000 -1.000\""));
  EXPECT_THAT(text, HasSubstr("[rules.key]\nweight = 3.0\n"));
}

TEST(RuleFeaturesTest, RefusesAsManySharesAsTheTableDoesNotHave) {
  try {
    RuleFeatures(MatchedRules(), TargetsFor("", "0.5 0.5"), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("form"), HasSubstr("3")));
  }
}

TEST(RuleFeaturesTest, AWishThatIsNoneIsNotCalledATarget) {
  const RuleTargets targets = TargetsFor("", "1 0 0"), wishes = TargetsFor("", "0 x");
  EXPECT_THAT(ErrorOf([&] { RuleFeatures(MatchedRules(), targets, wishes); }),
              HasSubstr("wish for rule form is \"0 x\""));
}

TEST(RuleFeaturesTest, TakesTheTargetsOfLongMelodies) {
  const RuleFeatures features(MatchedRules(), TargetsFor("-1395.5", ""), {});
  EXPECT_THAT(features.targets(), ElementsAre(-1395.5));
}

TEST(RuleFeaturesTest, RefusesWhatIsNoShare) {
  for (const char* shares : {"0 0 0", "1 -0.5 0.5", "-1 -1 -1"}) {
    EXPECT_THROW(RuleFeatures(MatchedRules(), TargetsFor("", shares), {}), Error) << shares;
  }
}

TEST(RuleFeaturesTest, RefusesAWishForARuleWithoutAWeight) {
  RuleTargets wishes;
  wishes.Of("contour") = "1";
  const auto make = [&] { RuleFeatures(MatchedRules(), TargetsFor("1", ""), wishes); };
  EXPECT_THAT(ErrorOf(make), HasSubstr("contour"));
}

TEST(RuleFeaturesTest, TargetsOfTunesAreTheirMeans) {
  Tunes tunes;
  tunes.events.emplace_back(kMatchedTune.begin(), kMatchedTune.end());
  tunes.events.emplace_back(kMatchedTune.begin(), kMatchedTune.end());
  tunes.events.back()[17] = 16;
  tunes.contexts.resize(2);
  const RuleTargets targets = TargetsOf(MatchedRules(), {tunes, tunes});
  EXPECT_EQ(targets.Of("form"), "0.5000 0.5000 0.0000");
  EXPECT_EQ(targets.Of("metre"), "0.7500");
  EXPECT_EQ(targets.Of("phrase"), "");
}

TEST(RuleFeaturesTest, OnlyTheLastBarsOfTunesSayHowTheyEnd) {
  Tunes cut, ended;
  cut.events.emplace_back(32, kNoEvent);
  cut.events[0][0] = 16;  // D4
  cut.contexts.resize(1);
  ended = cut;
  ended.events[0][28] = 14;  // C4, on a beat and a beat long
  const RuleTargets targets = TargetsOf(RuleSet::Named("song"), {cut, ended});
  EXPECT_EQ(targets.Of("cadence"), "2.0000");
  EXPECT_EQ(targets.Of("steps_and_skips"), "0.0000");
}

}  // namespace
}  // namespace rltuner
