// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<int> kEvents = {14, 15, 1, 1, 26, 22, 0, 0, 0, 14, 16, 18, 14, 1, 1, 0};

std::vector<float> Totals(RuleSet& rules) {
  std::vector<float> totals;
  rules.Start(static_cast<int>(kEvents.size()));
  for (const int event : kEvents) totals.push_back(rules.Place(event));
  return totals;
}

std::string RecipeMessage(const std::string& toml) {
  try {
    RuleSet::FromToml(toml, "my.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RuleSetTest, UnknownNameNamesTheKnownOnes) {
  try {
    RuleSet::Named("jazz");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("jazz"), HasSubstr("paper"), HasSubstr("theory")));
  }
}

TEST(RuleSetTest, EmptyFileIsPaper) {
  RuleSet paper = RuleSet::Named("paper");
  RuleSet read = RuleSet::FromToml("", "my.toml");
  EXPECT_EQ(Totals(read), Totals(paper));
}

TEST(RuleSetTest, TheoryDiffersFromPaper) {
  RuleSet paper = RuleSet::Named("paper");
  RuleSet theory = RuleSet::Named("theory");
  EXPECT_NE(Totals(theory), Totals(paper));
}

TEST(RuleSetTest, ARuleOfItsBaseThatIsSwitchedOffStaysOffInTheText) {
  RuleSet song =
      RuleSet::FromToml("[rules]\nbase = \"song\"\n[rules.metre]\nweight = 0", "my.toml");
  RuleSet again = RuleSet::FromToml(WriteRecipe(song.Describe()), "written.toml");
  EXPECT_EQ(again.WeightOf("metre"), 0);
  EXPECT_EQ(again.WeightOf("phrase"), 1);
}

TEST(RuleSetTest, BaseIsTakenFromTheFile) {
  RuleSet theory = RuleSet::Named("theory");
  RuleSet read = RuleSet::FromToml("[rules]\nbase = \"theory\"", "my.toml");
  EXPECT_EQ(Totals(read), Totals(theory));
}

TEST(RuleSetTest, WeightMultipliesOneRule) {
  RuleSet rules = RuleSet::FromToml("[rules.key]\nweight = 2.5", "my.toml");
  std::vector<float> by_rule(static_cast<std::size_t>(rules.size()));
  rules.Start(1);
  rules.Place(15, by_rule);
  EXPECT_FLOAT_EQ(by_rule[0], -2.5F);
}

TEST(RuleSetTest, WeightZeroSwitchesARuleOff) {
  std::string text;
  for (const RuleInfo& info : Rules()) {
    if (info.name != "key") text += "[rules." + std::string(info.name) + "]\nweight = 0\n";
  }
  RuleSet rules = RuleSet::FromToml(text, "my.toml");
  EXPECT_THAT(Totals(rules),
              testing::ElementsAre(0, -1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(RuleSetTest, PartsAddUpToTheTotal) {
  RuleSet rules = RuleSet::FromToml("[rules.leap]\nweight = 3", "my.toml");
  const std::vector<float> totals = Totals(rules);
  std::vector<float> by_rule(static_cast<std::size_t>(rules.size()));
  rules.Start(static_cast<int>(kEvents.size()));
  for (std::size_t t = 0; t < kEvents.size(); ++t) {
    EXPECT_FLOAT_EQ(rules.Place(kEvents[t], by_rule), totals[t]);
    float sum = 0;
    for (const float part : by_rule) sum += part;
    EXPECT_FLOAT_EQ(sum, totals[t]);
  }
}

TEST(RuleSetTest, DescriptionReadsBackToAnEqualSet) {
  RuleSet rules = RuleSet::FromToml(
      "[rules]\nbase = \"theory\"\n[rules.key]\ntonic = \"Eb\"\nscale = \"dorian\"\n"
      "[rules.motif]\nweight = 0.1\nlength = 16\n[rules.leap]\nresolved = 0.7\n",
      "my.toml");
  const std::string text = WriteRecipe(rules.Describe());
  RuleSet again = RuleSet::FromToml(text, "again.toml");
  EXPECT_EQ(WriteRecipe(again.Describe()), text);
  EXPECT_EQ(Totals(again), Totals(rules));
}

TEST(RuleSetTest, NameSaysWhetherAnythingWasChanged) {
  EXPECT_EQ(RuleSet::Named("theory").Name(), "theory");
  EXPECT_EQ(RuleSet::FromToml("[rules.key]\nweight = 1", "my.toml").Name(), "paper");
  EXPECT_EQ(RuleSet::FromToml("[rules.key]\nweight = 2", "my.toml").Name(), "custom");
}

TEST(RuleSetTest, DescriptionOutlivesAMove) {
  RuleSet rules = RuleSet::Named("paper");
  const std::vector<Settings> tables = rules.Describe();
  RuleSet moved = std::move(rules);
  tables[1].Find("weight")->Assign("4", "test");
  moved.Prepare();
  EXPECT_EQ(moved.weight(0), 4);
}

TEST(RuleSetTest, CloneGoesOnByItself) {
  RuleSet rules = RuleSet::Named("theory");
  const std::vector<float> whole = Totals(rules);
  rules.Start(static_cast<int>(kEvents.size()));
  for (std::size_t t = 0; t < 8; ++t) rules.Place(kEvents[t]);
  const std::unique_ptr<Reward> clone = rules.Clone();
  for (std::size_t t = 8; t < kEvents.size(); ++t) {
    EXPECT_EQ(clone->Place(kEvents[t]), whole[t]);
  }
  for (std::size_t t = 8; t < kEvents.size(); ++t) EXPECT_EQ(rules.Place(kEvents[t]), whole[t]);
}

TEST(RuleSetTest, UnknownRuleNamesTheNearest) {
  EXPECT_THAT(RecipeMessage("[rules.kay]\nweight = 1"),
              AllOf(HasSubstr("my.toml:1"), HasSubstr("kay"), HasSubstr("rules.key")));
}

TEST(RuleSetTest, UnknownParameterNamesTheNearest) {
  EXPECT_THAT(RecipeMessage("[rules.key]\nwieght = 1"),
              AllOf(HasSubstr("my.toml:2"), HasSubstr("wieght"), HasSubstr("weight")));
}

TEST(RuleSetTest, WrongTypeAndRangeAreRefused) {
  EXPECT_THAT(RecipeMessage("[rules.key]\nweight = \"a lot\""), HasSubstr("a number"));
  EXPECT_THAT(RecipeMessage("[rules.key]\nweight = 1e9"), HasSubstr("-1000 .. 1000"));
  EXPECT_THAT(RecipeMessage("[rules.key]\nweight = nan"), Not(HasSubstr("accepted")));
  EXPECT_THAT(RecipeMessage("[rules.key]\ntonic = \"H\""), HasSubstr("C#"));
  EXPECT_THAT(RecipeMessage("[rules.motif]\nlength = 0"), HasSubstr("1 .. 64"));
}

TEST(RuleSetTest, ATextThatARuleCannotReadNamesTheFile) {
  EXPECT_THAT(RecipeMessage("[rules.form]\nform = \"aaba\""),
              HasSubstr("my.toml: rules.form: form is \"aaba\""));
}

TEST(RuleSetTest, UnknownBaseIsRefused) {
  EXPECT_THAT(RecipeMessage("[rules]\nbase = \"jazz\""),
              AllOf(HasSubstr("jazz"), HasSubstr("paper")));
}

TEST(RuleSetTest, BrokenTomlNamesTheLine) {
  EXPECT_THAT(RecipeMessage("[rules.key]\nweight = = 1"), HasSubstr("my.toml:2"));
}

TEST(RuleSetTest, FileOrNameReadsAFile) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "rules.toml";
  WriteFileAtomically(path, std::string_view("[rules.key]\nweight = 7\n"));
  EXPECT_EQ(RuleSet::FromNameOrFile(path.string()).weight(0), 7);
}

TEST(RuleSetTest, AJudgeTakesTheRulesOfARecipe) {
  const TemporaryFolder folder;
  const std::string path = (folder / "recipe.toml").string();
  WriteFileAtomically(path, std::string_view("[tuning]\nc = 2.0\n[rules.key]\nweight = 7\n"));
  EXPECT_EQ(RuleSet::FromNameFileOrRecipe(path).weight(0), 7);
  EXPECT_EQ(RuleSet::FromNameFileOrRecipe("theory").base(), "theory");
  EXPECT_THROW(RuleSet::FromNameOrFile(path), Error);
}

TEST(RuleSetTest, NeitherFileNorNameIsAnError) {
  EXPECT_THROW(RuleSet::FromNameOrFile("no_such_rules"), Error);
}

}  // namespace
}  // namespace rltuner
