// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/preferences.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "check_script.h"
#include "normal.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/study/rank_tests.h"
#include "test_support.h"

namespace rltuner::study {
namespace {

using Values = std::vector<std::vector<int>>;

SignFlipTest TestOf(const Values& values) {
  return TestBySignFlips(values, static_cast<int>(values[0].size()), {});
}

// `times` answers that prefer `winner` to `loser`, heard in either order.
Participant Favouring(int winner, int loser, int times) {
  Participant participant;
  for (int i = 0; i < times; ++i) {
    const StudyMelody won{winner, i}, lost{loser, i};
    participant.push_back(i % 2 == 0 ? Answer{.question = {lost, won}, .preference = 1}
                                     : Answer{.question = {won, lost}, .preference = -1});
  }
  return participant;
}

TEST(SignFlips, OfOneQuantityAreTheSignTest) {
  EXPECT_DOUBLE_EQ(TestOf(Values(6, {1})).p[0], 2 / 64.0);
  // 5 of 6: P(X >= 5) of a binomial variable is 7 / 64.
  EXPECT_DOUBLE_EQ(TestOf({{1}, {1}, {1}, {1}, {1}, {-1}}).p[0], 14 / 64.0);
}

TEST(SignFlips, IgnoreParticipantsWithoutAPreference) {
  const SignFlipTest test = TestOf({{1}, {0}, {1}, {0}, {1}});
  EXPECT_EQ(test.participants, 3);
  EXPECT_DOUBLE_EQ(test.p[0], 0.25);
  EXPECT_DOUBLE_EQ(test.smallest_p, 0.25);
}

TEST(SignFlips, WeighHowMuchAParticipantSays) {
  // The eight patterns of 3, 1 and 1 sum to 5, 3, 3, 1, -1, -3, -3 and -5; observed is 3.
  EXPECT_DOUBLE_EQ(TestOf({{3}, {1}, {-1}}).p[0], 6 / 8.0);
}

TEST(SignFlips, SayNothingWhereNobodyHasAPreference) {
  const SignFlipTest test = TestOf(Values(4, {0, 0}));
  EXPECT_EQ(test.p_of_all, 1);
  EXPECT_EQ(test.corrected_p, (std::vector<double>{1, 1}));
}

TEST(SignFlips, ByChanceAreCloseToAllOfThem) {
  // 16 participants, 12 for and 4 against: twice P(X >= 12) = 2 * 2517 / 65536.
  Values values(16, {1});
  for (int i = 0; i < 4; ++i) values[i] = {-1};
  const SignFlipTest test = TestOf(values);
  EXPECT_FALSE(test.exact);
  EXPECT_NEAR(test.p[0], 2 * 2517 / 65536.0, 0.01);
}

TEST(SignFlips, CorrectedPIsOneOfTheLargestStatistic) {
  // Two quantities that no participant says something of together. Quantity 0: 6 of 6. Quantity 1:
  // 3 against 3, no larger statistic is possible but 6 of 6 again: of 64 patterns each 2 are as
  // far.
  Values values;
  for (int i = 0; i < 6; ++i) values.push_back({1, 0});
  for (int i = 0; i < 6; ++i) values.push_back({0, i < 3 ? 1 : -1});
  const SignFlipTest test = TestOf(values);
  EXPECT_DOUBLE_EQ(test.p[0], 2 / 64.0);
  EXPECT_DOUBLE_EQ(test.corrected_p[0], 1 - (62 / 64.0) * (62 / 64.0));
  EXPECT_DOUBLE_EQ(test.corrected_p[1], 1);
}

TEST(SignFlips, AgreeWithScipy) {
  constexpr int kSeed = 12;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  nlohmann::json cases;
  for (int i = 0; i < 20; ++i) {
    const int most = i % 2 == 0 ? 1 : 4;  // a sign test, and more
    Values values(6 + random.Below(6));
    std::vector<int> flat;
    for (std::vector<int>& row : values) {
      row = {static_cast<int>(random.Below(2 * most + 1)) - most};
      flat.push_back(row[0]);
    }
    cases.push_back({{"values", flat}, {"p", TestOf(values).p[0]}});
  }
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "cases.json", cases.dump());
  ExpectCheckScriptPasses(
      fmt::format("PATH=/usr/bin:$PATH python3 '{}/tests/study/check_scipy.py' '{}'",
                  RLTUNER_SOURCE_DIR, (folder / "cases.json").string()));
}

std::vector<double> Strengths(const std::vector<double>& wins, int models) {
  bool adjusted = true;
  std::vector<double> strengths = BradleyTerryStrengths(wins, models, &adjusted);
  EXPECT_FALSE(adjusted);
  return strengths;
}

TEST(BradleyTerry, OfTwoModelsIsTheLogOfTheirOdds) {
  const std::vector<double> strengths = Strengths({0, 3, 1, 0}, 2);
  EXPECT_NEAR(strengths[0], std::log(3.0) / 2, 1e-9);
  EXPECT_NEAR(strengths[1], -std::log(3.0) / 2, 1e-9);
}

TEST(BradleyTerry, FindsStrengthsThatFitExactly) {
  // Odds 4 : 2 : 1.
  const std::vector<double> strengths = Strengths({0, 4, 4, 2, 0, 6, 1, 3, 0}, 3);
  EXPECT_NEAR(strengths[0], std::log(2.0), 1e-9);
  EXPECT_NEAR(strengths[1], 0, 1e-9);
  EXPECT_NEAR(strengths[2], -std::log(2.0), 1e-9);
}

TEST(BradleyTerry, OfAModelThatNeverLostIsFinite) {
  bool adjusted = false;
  const std::vector<double> strengths = BradleyTerryStrengths({0, 3, 0, 0}, 2, &adjusted);
  EXPECT_TRUE(adjusted);
  EXPECT_NEAR(strengths[0] - strengths[1], std::log(3.5 / 0.5), 1e-9);
}

TEST(Preferences, AreCountedHeadToHead) {
  std::vector<Participant> participants = {Favouring(0, 1, 3), Favouring(1, 0, 1), {}};
  participants[1].push_back({.question = {{0, 5}, {1, 5}}, .preference = 0});
  const Preferences preferences = ComparePreferences(participants, 3);
  const PairPreference& pair = preferences.pairs[0];
  EXPECT_EQ(pair.wins_a, 3);
  EXPECT_EQ(pair.wins_b, 1);
  EXPECT_EQ(pair.ties, 1);
  EXPECT_EQ(pair.for_a, 1);
  EXPECT_EQ(pair.for_b, 1);
  EXPECT_DOUBLE_EQ(pair.share.value, 3.5 / 5);
  EXPECT_TRUE(std::isnan(preferences.pairs[1].corrected_p)) << "never compared";
}

TEST(Preferences, OfOneParticipantAreNeverSignificantHoweverManyTheyAre) {
  const std::vector<Participant> participants = {Favouring(0, 1, 100)};
  EXPECT_EQ(ComparePreferences(participants, 2).any_difference.p_of_all, 1);
}

TEST(Preferences, OfNobodyAreNone) {
  const Preferences preferences = ComparePreferences({}, 2);
  EXPECT_FALSE(preferences.models[0].share.exists());
  EXPECT_FALSE(preferences.models[0].strength.exists());
}

TEST(Preferences, ForTheMelodyHeardFirstAreFound) {
  std::vector<Participant> participants;
  for (int i = 0; i < 8; ++i) {
    participants.push_back({{.question = {{0, 0}, {1, 0}}, .preference = -1},
                            {.question = {{1, 0}, {0, 1}}, .preference = -1}});
  }
  const Preferences preferences = ComparePreferences(participants, 2);
  EXPECT_EQ(preferences.first_share.value, 1);
  EXPECT_DOUBLE_EQ(preferences.first_p, 2 / 256.0);
  EXPECT_EQ(preferences.any_difference.p_of_all, 1) << "the models won equally often";
}

TEST(Preferences, OfTheSameMelodiesAskedAgainAreCompared) {
  const Question question = {{0, 1}, {1, 2}}, turned = {{1, 2}, {0, 1}}, other = {{0, 1}, {1, 3}};
  const std::vector<Participant> participants = {{{.question = question, .preference = 1},
                                                  {.question = turned, .preference = -2},
                                                  {.question = question, .preference = -1},
                                                  {.question = other, .preference = 1}},
                                                 {{.question = question, .preference = -1}}};
  const Preferences preferences = ComparePreferences(participants, 2);
  EXPECT_EQ(preferences.asked_again, 2);
  EXPECT_EQ(preferences.same_answer, 1);
}

TEST(Preferences, HaveStrengthsInsideTheirIntervals) {
  std::vector<Participant> participants;
  for (int i = 0; i < 12; ++i)
    participants.push_back(Favouring(i % 3 == 0 ? 1 : 0, i % 3 == 0 ? 0 : 1, 2));
  const Estimate strength = ComparePreferences(participants, 2).models[0].strength;
  EXPECT_NEAR(strength.value, std::log(2.0) / 2, 1e-9);
  EXPECT_LT(strength.low, strength.value);
  EXPECT_GT(strength.high, strength.value);
}

TEST(Preferences, OfParticipantsWhoAllAgreeHaveNoIntervalOfZeroWidth) {
  const std::vector<Participant> participants(8, Favouring(0, 1, 2));
  const Preferences preferences = ComparePreferences(participants, 2);
  EXPECT_TRUE(preferences.strengths_adjusted);
  EXPECT_FALSE(preferences.models[0].strength.has_interval());
  EXPECT_LT(preferences.models[0].share.low, 1);
}

// Studies of 16 participants, 12 pairs each, of four models. A participant likes each model more or
// less by a taste of this standard deviation, which is 0 on average; model 3 is better by
// `advantage` (both in log odds).
struct Rejections {
  int global = 0, any_pair = 0, first = 0, paper = 0;
};
constexpr int kStudies = 400;

Rejections Simulate(double taste, double advantage) {
  constexpr int kModels = 4, kParticipants = 16;
  Rejections rejections;
  for (int study = 0; study < kStudies; ++study) {
    const StudyOptions options{.comparisons = 12, .seed = study};
    Random random(static_cast<std::uint64_t>(study), 99);
    std::vector<Participant> participants(kParticipants);
    std::vector<Ratings> ratings(kModels);
    for (int i = 0; i < kParticipants; ++i) {
      std::vector<double> liking(kModels);
      for (double& model : liking) model = taste * Normal(random);
      liking[3] += advantage;
      for (const Question& question : QuestionsOf(i, kModels, options)) {
        const double u = random.UniformDouble();
        const double better = liking[question.second.model] - liking[question.first.model] +
                              std::log((u + 1e-12) / (1 - u));
        const int preference = std::abs(better) < 0.3 ? 0 : better < 0 ? -1 : 1;
        participants[i].push_back({.question = question, .preference = preference});
        ratings[question.first.model].push_back(-preference);
        ratings[question.second.model].push_back(preference);
      }
    }
    const Preferences preferences =
        ComparePreferences(participants, kModels, {.sign_patterns = 499, .resamples = 10});
    bool any = false;
    for (const PairPreference& pair : preferences.pairs) any = any || pair.corrected_p <= 0.05;
    rejections.global += preferences.any_difference.p_of_all <= 0.05 ? 1 : 0;
    rejections.any_pair += any ? 1 : 0;
    rejections.first += preferences.first_p <= 0.05 ? 1 : 0;
    rejections.paper += KruskalWallis(ratings).p <= 0.05 ? 1 : 0;
  }
  return rejections;
}

// Of 400 independent tests at .05, more than 34 reject with a probability of .001.
constexpr int kMostByChance = 34;

TEST(StudyLevel, HoldsWhereNobodyHasTastes) {
  const Rejections rejections = Simulate(0, 0);
  EXPECT_LE(rejections.global, kMostByChance);
  EXPECT_LE(rejections.any_pair, kMostByChance);
  EXPECT_LE(rejections.first, kMostByChance);
}

TEST(StudyLevel, HoldsWherePeopleHaveTastes) {
  const Rejections rejections = Simulate(1, 0);
  EXPECT_LE(rejections.global, kMostByChance);
  EXPECT_LE(rejections.any_pair, kMostByChance);
  EXPECT_LE(rejections.first, kMostByChance);
  EXPECT_GT(rejections.paper, kMostByChance) << "the paper's test does not hold its level";
}

TEST(StudyPower, FindsARealDifference) {
  const Rejections rejections = Simulate(0.5, 1.2);
  EXPECT_GT(rejections.global, kStudies * 8 / 10);
  EXPECT_GT(rejections.any_pair, kStudies * 6 / 10);
}

}  // namespace
}  // namespace rltuner::study
