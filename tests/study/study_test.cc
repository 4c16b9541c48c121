// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/study.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace rltuner::study {
namespace {

StudyOptions Small() { return {.comparisons = 5, .melodies = 3, .seed = 4}; }

TEST(Questions, CompareTwoDifferentModels) {
  for (const Question& question : QuestionsOf(0, 4, Small())) {
    EXPECT_NE(question.first.model, question.second.model);
    EXPECT_LT(question.first.melody, 3);
    EXPECT_LT(question.second.melody, 3);
  }
}

// 12 participants x 5 questions = 10 rounds of the 6 pairs.
TEST(Questions, AskEveryPairOfModelsEquallyOften) {
  std::map<std::pair<int, int>, int> asked;
  for (int participant = 0; participant < 12; ++participant) {
    for (const Question& question : QuestionsOf(participant, 4, Small())) {
      ++asked[std::minmax(question.first.model, question.second.model)];
    }
  }
  EXPECT_EQ(asked.size(), 6U);
  for (const auto& [pair, times] : asked) EXPECT_EQ(times, 10);
}

TEST(Questions, PutEachModelOnBothSides) {
  int first = 0;
  for (int participant = 0; participant < 40; ++participant) {
    for (const Question& question : QuestionsOf(participant, 2, Small())) {
      first += question.first.model == 0 ? 1 : 0;
    }
  }
  EXPECT_GT(first, 70);  // of 200
  EXPECT_LT(first, 130);
}

TEST(Questions, OfAParticipantAreTheSameAgain) {
  const auto once = QuestionsOf(3, 4, Small()), again = QuestionsOf(3, 4, Small());
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].first, again[i].first);
    EXPECT_EQ(once[i].second, again[i].second);
  }
}

TEST(Questions, DifferByParticipantAndSeed) {
  const auto differ = [](const std::vector<Question>& a, const std::vector<Question>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!(a[i].first == b[i].first && a[i].second == b[i].second)) return true;
    }
    return false;
  };
  StudyOptions other = Small();
  other.seed = 5;
  EXPECT_TRUE(differ(QuestionsOf(0, 4, Small()), QuestionsOf(1, 4, Small())));
  EXPECT_TRUE(differ(QuestionsOf(0, 4, Small()), QuestionsOf(0, 4, other)));
}

TEST(MelodySeconds, OfThirtyTwoSixteenthsAtEightyAreSix) {
  EXPECT_DOUBLE_EQ(MelodySeconds(32, 80), 6);
}

Answer Heard(double first, double second, double taken) {
  return {.question = {},
          .preference = 1,
          .first_heard = first,
          .second_heard = second,
          .taken = taken};
}

TEST(Doubt, NoneOfOneWhoListened) { EXPECT_EQ(DoubtOf(Heard(6, 5.5, 20), 6), Doubt::kNone); }

TEST(Doubt, OfAMelodyThatWasSkipped) {
  EXPECT_EQ(DoubtOf(Heard(6, 2, 20), 6), Doubt::kNotHeard);
  EXPECT_EQ(DoubtOf(Heard(0, 6, 20), 6), Doubt::kNotHeard);
}

TEST(Doubt, OfAnAnswerFasterThanTheMelodies) {
  EXPECT_EQ(DoubtOf(Heard(6, 6, 8), 6), Doubt::kTooFast);
}

}  // namespace
}  // namespace rltuner::study
