// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "rltuner/core/files.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRepeated = 0, kLag1 = 1, kTonicRow = 5;

// What `evaluate --json` writes of a model whose every figure is `value` +- .01.
std::string JsonOf(double value, const std::string& model) {
  EvaluationReport report{
      .model = model, .rules = "paper", .method = "q", .options = {}, .metrics = {}};
  report.metrics.compositions = 50;
  report.metrics.length = 32;
  const Estimate estimate{value, value - 0.01, value + 0.01};
  report.metrics.values.assign(MetricInfos().size(), estimate);
  const RuleSet rules = RuleSet::Named("paper");
  for (int rule = 0; rule < rules.size(); ++rule) {
    report.metrics.reward_by_rule.push_back({std::string(rules.info(rule).name), estimate});
  }
  return EvaluationJson(report);
}

Comparison Compare(double before, double after) {
  return ReadComparison("[" + JsonOf(before, "one") + "," + JsonOf(after, "two") + "]", "t.json");
}

Change ChangeOf(int figure, double before, double after) {
  return Compare(before, after).table1[static_cast<std::size_t>(figure)].change;
}

TEST(Comparison, HasEveryRowOfThePapersTable) {
  const Comparison comparison = Compare(0.2, 0.4);
  EXPECT_EQ(comparison.table1.size(),
            static_cast<std::size_t>(std::ranges::count_if(
                MetricInfos(), [](const MetricInfo& info) { return info.paper.has_value(); })));
  for (const ComparedMetric& figure : comparison.table1) {
    SCOPED_TRACE(figure.label);
    EXPECT_DOUBLE_EQ(figure.before.value, 0.2);
    EXPECT_DOUBLE_EQ(figure.after.high, 0.41);
  }
}

TEST(Comparison, NamesModelsAndSample) {
  const Comparison comparison = Compare(0.2, 0.4);
  EXPECT_EQ(comparison.before.model, "one");
  EXPECT_EQ(comparison.after.model, "two");
  EXPECT_EQ(comparison.after.metrics.compositions, 50);
  EXPECT_EQ(comparison.after.metrics.length, 32);
}

TEST(Comparison, HasTheRewardOfEveryRule) { EXPECT_EQ(Compare(0.2, 0.4).by_rule.size(), 9U); }

TEST(Comparison, MoreOfWhatIsRewardedIsBetter) {
  EXPECT_EQ(ChangeOf(kTonicRow, 0.2, 0.4), Change::kBetter);
  EXPECT_EQ(ChangeOf(kTonicRow, 0.4, 0.2), Change::kWorse);
}

TEST(Comparison, LessOfWhatIsPunishedIsBetter) {
  EXPECT_EQ(ChangeOf(kRepeated, 0.2, 0.4), Change::kWorse);
  EXPECT_EQ(ChangeOf(kRepeated, 0.4, 0.2), Change::kBetter);
}

TEST(Comparison, AutocorrelationNearerToZeroIsBetterFromEitherSide) {
  EXPECT_EQ(ChangeOf(kLag1, -0.4, 0.2), Change::kBetter);
  EXPECT_EQ(ChangeOf(kLag1, 0.2, -0.4), Change::kWorse);
}

const ComparedMetric& Further(const Comparison& comparison, std::string_view label) {
  const auto found = std::ranges::find_if(comparison.further, [&](const ComparedMetric& figure) {
    return figure.label.starts_with(label);
  });
  EXPECT_NE(found, comparison.further.end()) << label;
  return *found;
}

TEST(Comparison, FewerDifferentMelodiesAreWorse) {
  EXPECT_EQ(Further(Compare(0.4, 0.2), "Distinct compositions").change, Change::kWorse);
}

TEST(Comparison, LessLikelyAndLessVariedIsWorse) {
  const Comparison comparison = Compare(0.4, 0.2);
  EXPECT_EQ(Further(comparison, "Log p").change, Change::kWorse);
  EXPECT_EQ(Further(comparison, "Entropy of the policy").change, Change::kWorse);
}

TEST(Comparison, SaysUnderWhoseWeightsRewardIsCounted) {
  EXPECT_THAT(Further(Compare(0.2, 0.4), "Music-theory reward").label,
              HasSubstr("weights of “paper”"));
}

TEST(Comparison, OverlappingIntervalsAreTheSame) {
  EXPECT_EQ(ChangeOf(kTonicRow, 0.2, 0.215), Change::kSame);
}

TEST(Comparison, AFigureThatDoesNotExistHasNotChanged) {
  const Comparison comparison = Compare(0.2, std::nan(""));
  EXPECT_TRUE(std::isnan(comparison.table1[kTonicRow].after.value));
  EXPECT_EQ(comparison.table1[kTonicRow].change, Change::kNone);
}

TEST(Comparison, NeedsTwoModels) {
  EXPECT_THAT(ErrorOf([] { ReadComparison(JsonOf(0.2, "one"), "t.json"); }),
              AllOf(HasSubstr("t.json"), HasSubstr("a list of two objects")));
}

TEST(Comparison, SaysWhatIsWrongWithTheFile) {
  EXPECT_THAT(ErrorOf([] { ReadComparison("[{},{}]", "t.json"); }),
              AllOf(HasSubstr("t.json"), HasSubstr("'model'")));
  EXPECT_THAT(ErrorOf([] { ReadComparison("no\nJSON", "t.json"); }), HasSubstr("t.json"));
}

ComparisonReport ReportOf(const std::string& model) {
  ComparisonReport report;
  report.comparison = Compare(0.2, 0.4);
  report.comparison.after.model = model;
  return report;
}

TEST(ComparisonPage, NeedsNothingFromOutside) {
  const std::string page = ComparisonPage(ReportOf("two"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"")));
  EXPECT_THAT(page, Not(HasSubstr("href=\"http")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
}

TEST(ComparisonPage, SaysThatTheChartsRewardHasOtherWeightsThanTheTables) {
  ComparisonReport report = ReportOf("two");
  report.progress_chart = "<svg></svg>";
  const std::string page = ComparisonPage(report);
  EXPECT_THAT(page, AllOf(HasSubstr("Reward per event, by rule, weights of “paper”"),
                          HasSubstr("the reward in the table has those of “paper”")));
}

TEST(ComparisonPage, ShowsWhatTunesHaveInPlaceOfWhatIsBetter) {
  ComparisonReport report = ReportOf("two");
  report.matched = {{.name = "metre", .weight = 1, .target = 0.5, .before = -1, .after = 0.25}};
  const std::string page = ComparisonPage(report);
  EXPECT_THAT(page, AllOf(HasSubstr("What tunes have"), HasSubstr("nearer"),
                          Not(HasSubstr("What changed"))));
}

TEST(ComparisonPage, EscapesNames) {
  const std::string page = ComparisonPage(ReportOf("<b>&"));
  EXPECT_THAT(page, AllOf(HasSubstr("&lt;b&gt;&amp;"), Not(HasSubstr("<b>"))));
}

TEST(ComparisonPage, HoldsMelodiesWithDifferentIdsAndTheirMidiFiles) {
  ComparisonReport report = ReportOf("two");
  const PageMelody melody{.name = "melody_001",
                          .picture = "<?xml?><svg aria-labelledby=\"melody_001-title\"></svg>",
                          .midi = ToMidi({14, 1, 0, 16}, {.lowest_pitch = 50}, "")};
  report.before = {melody};
  report.after = {melody};
  const std::string page = ComparisonPage(report);
  EXPECT_THAT(page, AllOf(HasSubstr("\"before-melody_001-title\""),
                          HasSubstr("\"after-melody_001-title\""), HasSubstr("base64,TVRoZA"),
                          HasSubstr("data-notes=\"62 0 0.375,64 0.5625 0.1875\""),
                          Not(HasSubstr("<?xml"))));
}

class MelodyFolder : public ::testing::Test {
 protected:
  void Write(const std::string& list) const {
    WriteFileAtomically(folder_ / "melodies.jsonl", list);
    for (const char* name : {"melody_001", "melody_002"}) {
      WriteFileAtomically(folder_ / (std::string(name) + ".svg"), "<svg/>");
      WriteFileAtomically(folder_ / (std::string(name) + ".mid"), "MThd");
    }
  }

  TemporaryFolder folder_;
};

TEST_F(MelodyFolder, IsReadUpToACount) {
  Write("{\"melody\":1,\"events\":[14,1]}\n{\"melody\":2,\"events\":[16]}\n");
  EXPECT_EQ(ReadMelodies(folder_.path(), 9).size(), 2U);
  const std::vector<PageMelody> one = ReadMelodies(folder_.path(), 1);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].name, "melody_001");
  EXPECT_EQ(one[0].picture, "<svg/>");
}

TEST(MelodyName, HasThreeDigitsOrAsManyAsTheLastOne) {
  EXPECT_EQ(MelodyName(1, 1), "melody_001");
  EXPECT_EQ(MelodyName(999, 999), "melody_999");
  EXPECT_EQ(MelodyName(1, 1000), "melody_0001");
  EXPECT_EQ(MelodyName(10'000, 10'000), "melody_10000");
}

TEST_F(MelodyFolder, IsReadForAnyNumberOfMelodies) {
  for (const std::size_t count : {1, 9, 10, 999, 1000, 10'000}) {
    SCOPED_TRACE(count);
    const TemporaryFolder folder;
    std::string list;
    for (std::size_t i = 1; i <= count; ++i) {
      list += fmt::format("{{\"melody\":{},\"events\":[14]}}\n", i);
    }
    WriteFileAtomically(folder / "melodies.jsonl", list);
    const std::string name = MelodyName(1, count);
    WriteFileAtomically(folder / (name + ".svg"), std::string_view("<svg/>"));
    WriteFileAtomically(folder / (name + ".mid"), std::string_view("MThd"));
    const std::vector<PageMelody> melodies = ReadMelodies(folder.path(), 1);
    ASSERT_EQ(melodies.size(), 1U);
    EXPECT_EQ(melodies[0].name, name);
  }
}

TEST_F(MelodyFolder, OfOtherContentIsRefusedByLine) {
  const auto error = [&] { return ErrorOf([&] { ReadMelodies(folder_.path(), 9); }); };
  EXPECT_THAT(error(), HasSubstr("melodies.jsonl"));
  Write("{\"melody\":1,\"events\":[14,1]}\nnonsense\n");
  EXPECT_THAT(error(), HasSubstr("melodies.jsonl line 2: expected"));
  Write("");
  EXPECT_THAT(error(), HasSubstr("no melodies"));
}

}  // namespace
}  // namespace rltuner
