// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "small_study.h"
#include "test_support.h"

namespace rltuner::study {
namespace {

using testing::HasSubstr;
using testing::Not;

class StudyResultsTest : public testing::Test {
 protected:
  StudyResultsTest() {
    StudyStore::Create(folder_ / "study.db", SmallStudy(), ThreeModels());
    store_ = std::make_unique<StudyStore>(folder_ / "study.db");
    store_->Begin("one");
  }

  // `second` was preferred to `first` by this much.
  void Add(int first, int second, int preference) {
    store_->Record("one", next_++, Preferring(preference, {{first, 0}, {second, 1}}), kTime);
  }

  TemporaryFolder folder_;
  std::unique_ptr<StudyStore> store_;
  int next_ = 0;
};

TEST_F(StudyResultsTest, WinsLossesAndTiesOfEachModel) {
  Add(0, 1, 2);
  Add(1, 0, -1);
  Add(0, 1, 0);
  const StudyResults results = ResultsOf(*store_, false);
  EXPECT_EQ(results.models[0].wins, 0);
  EXPECT_EQ(results.models[0].losses, 2);
  EXPECT_EQ(results.models[1].wins, 2);
  EXPECT_EQ(results.models[1].ties, 1);
  EXPECT_EQ(results.models[1].comparisons, 3);
  EXPECT_DOUBLE_EQ(results.models[1].mean_rating, 1);
  EXPECT_DOUBLE_EQ(results.models[1].wins_deviation, std::sqrt(3 * (2 / 3.0) * (1 / 3.0)));
  EXPECT_EQ(results.models[2].comparisons, 0);
}

TEST_F(StudyResultsTest, DoubtfulAnswersCountOnlyWhenAskedFor) {
  Answer skipped = Preferring(2, {{0, 0}, {1, 0}});
  skipped.second_heard = 0;
  store_->Record("one", 0, skipped, kTime);
  EXPECT_EQ(ResultsOf(*store_, false).answers, 0);
  EXPECT_EQ(ResultsOf(*store_, false).not_heard, 1);
  EXPECT_THAT(Conclusions(ResultsOf(*store_, false)).front(),
              HasSubstr("all answers are doubtful"));
  EXPECT_EQ(ResultsOf(*store_, true).models[1].wins, 1);
}

TEST_F(StudyResultsTest, BonferroniMultipliesByTheNumberOfPairsUpToOne) {
  for (int i = 0; i < 12; ++i) Add(0, 1, 1 + i % 2);
  for (int i = 0; i < 3; ++i) Add(1, 2, 0);
  const StudyResults results = ResultsOf(*store_, false);
  ASSERT_EQ(results.pairs.size(), 3U);
  EXPECT_LT(results.pairs[0].test.p, 0.01);
  EXPECT_DOUBLE_EQ(results.pairs[0].corrected_p, results.pairs[0].test.p * 3);
  for (const PairResult& pair : results.pairs) EXPECT_LE(pair.corrected_p, 1);
}

TEST_F(StudyResultsTest, AFinishedParticipantIsCounted) {
  for (int i = 0; i < 3; ++i) Add(0, 1, 1);
  store_->Begin("two");
  const StudyResults results = ResultsOf(*store_, false);
  EXPECT_EQ(results.participants, 2);
  EXPECT_EQ(results.finished, 1);
}

TEST_F(StudyResultsTest, TextOfNoAnswersSaysSo) {
  const std::string text = StudyText(ResultsOf(*store_, false));
  EXPECT_THAT(text, HasSubstr("too few answers"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST_F(StudyResultsTest, JsonOfNoAnswersHasNulls) {
  const auto json = nlohmann::json::parse(StudyJson(ResultsOf(*store_, false)));
  EXPECT_TRUE(json.at("kruskal_wallis").at("h").is_null());
  for (const char* p : {"p", "corrected_p"})
    EXPECT_TRUE(json.at("mann_whitney")[0].at(p).is_null());
}

TEST_F(StudyResultsTest, CsvHasALineForEachAnswer) {
  Add(0, 1, -2);
  EXPECT_THAT(StudyCsv(*store_),
              HasSubstr("\n1,1,2026-01-01T00:00:00.123Z,note-rnn,1,q,2,-2,3.00,3.00,9.00,0,\n"));
}

TEST_F(StudyResultsTest, CsvCountsRepeatsAndNumbersQuestions) {
  Add(0, 1, -2);
  Add(2, 1, 1);
  store_->Record("one", 1, Preferring(2, {{2, 0}, {1, 1}}), kTime);
  EXPECT_THAT(StudyCsv(*store_), HasSubstr("\n1,2,2026-01-01T00:00:00.123Z,psi,1,q,2,1,"));
  EXPECT_THAT(StudyCsv(*store_), HasSubstr(",9.00,1,\n"));
}

TEST(StudyCsv, QuotesNamesThatHoldItsSigns) {
  const TemporaryFolder folder;
  std::vector<StudyModel> models = ThreeModels();
  models[0].name = "a, \"b\"";
  StudyStore::Create(folder / "study.db", SmallStudy(), models);
  StudyStore store(folder / "study.db");
  store.Begin("one");
  store.Record("one", 0, Preferring(1, {{0, 0}, {1, 0}}), kTime);
  EXPECT_THAT(StudyCsv(store), HasSubstr(",\"a, \"\"b\"\"\",1,q,1,"));
}

// Three participants who agree are too few, and the words say so.
TEST_F(StudyResultsTest, WordsOfFewParticipantsClaimNothing) {
  for (const char* key : {"two", "three"}) {
    store_->Begin(key);
    store_->Record(key, 0, Preferring(2, {{0, 0}, {1, 0}}), kTime);
  }
  Add(0, 1, 2);
  const StudyResults results = ResultsOf(*store_, false);
  for (const std::string& text : {StudyText(results), StudyJson(results)}) {
    EXPECT_THAT(text, HasSubstr("No difference between the models is shown"));
    EXPECT_THAT(text, HasSubstr("Six participants"));
    EXPECT_THAT(text, HasSubstr("Not told apart: note-rnn and q"));
    EXPECT_THAT(text, Not(HasSubstr("preferred to")));
  }
}

TEST_F(StudyResultsTest, WordsOfManyWhoAgreeNameTheWinner) {
  for (int i = 0; i < 10; ++i) {
    const std::string key = "more" + std::to_string(i);
    store_->Begin(key);
    store_->Record(key, 0, Preferring(1, {{0, 0}, {1, 0}}), kTime);
  }
  const StudyResults results = ResultsOf(*store_, false);
  const std::string json = StudyJson(results);
  EXPECT_THAT(StudyText(results), HasSubstr("q is preferred to note-rnn (p 0.002)"));
  EXPECT_THAT(json, HasSubstr("q is preferred to note-rnn"));
  EXPECT_THAT(DrawWins(results), HasSubstr("q is preferred to note-rnn"));
  EXPECT_EQ(json.find("nan"), std::string::npos);
}

TEST_F(StudyResultsTest, ThePapersTestsAreLabelled) {
  Add(0, 1, 1);
  const StudyResults results = ResultsOf(*store_, false);
  EXPECT_THAT(StudyText(results), HasSubstr("The paper's tests, for comparison. They treat"));
  EXPECT_THAT(StudyJson(results), HasSubstr("paper_tests_note"));
}

TEST_F(StudyResultsTest, TheFigureNamesEveryModel) {
  Add(0, 1, 1);
  const std::string svg = DrawWins(ResultsOf(*store_, false));
  for (const char* name : {">note-rnn (", ">q (", ">psi ("}) EXPECT_THAT(svg, HasSubstr(name));
}

}  // namespace
}  // namespace rltuner::study
