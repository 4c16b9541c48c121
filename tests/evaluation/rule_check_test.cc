// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/rule_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluation/random_model.h"
#include "melody/write_melodies.h"
#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "test_support.h"

namespace rltuner {
namespace {

TEST(OrderedShareTest, CountsPairsAndHalfOfTheTies) {
  const std::vector<double> a = {3, 2, 1};
  const std::vector<double> b = {2, 0};
  // 3 > 2, 3 > 0, 2 = 2, 2 > 0, 1 < 2, 1 > 0.
  EXPECT_DOUBLE_EQ(OrderedShare(a, b, false).value, 4.5 / 6);
}

TEST(OrderedShareTest, TheIntervalCoversTheTruthAsOftenAsItSays) {
  Random random(11);
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> a;
    std::vector<double> b;
    for (int i = 0; i < 60; ++i) {
      a.push_back(random.Normal() + 1);
      b.push_back(random.Normal());
    }
    const Estimate share = OrderedShare(a, b, false);
    constexpr double kTruth = 0.7602499389065233;  // Phi(1 / sqrt 2)
    covered += share.low <= kTruth && kTruth <= share.high ? 1 : 0;
  }
  EXPECT_GT(covered, kTrials * 0.92);
  EXPECT_LT(covered, kTrials * 0.98);
}

// Tunes of which bar k + 4 is bar k.
Tunes ReturningTunes() {
  Tunes tunes;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    std::vector<std::uint8_t> half(64, kNoEvent);
    for (int t = 0; t < 64; t += 4) half[t] = static_cast<std::uint8_t>(14 + random.Below(12));
    tunes.events.push_back(half);
    tunes.events.back().insert(tunes.events.back().end(), half.begin(), half.end());
    tunes.contexts.emplace_back();
  }
  return tunes;
}

TEST(ExcerptsOfTest, TellsWaltzesFromJigsWhoseBarsAreAsLong) {
  const TemporaryFolder folder;
  std::vector<TestMelody> melodies;
  for (int i = 0; i < 5; ++i) {
    melodies.push_back({.events = std::vector<std::uint8_t>(24, 14), .context = {}});
    melodies.back().context.metre = i < 3 ? Metre{3, 4} : Metre{6, 8};
  }
  Encoding encoding;
  encoding.inputs = ParseInputs("metre", "inputs");
  WriteMelodies(folder / "tunes", melodies,
                {.settings = "", .held_out = 0, .encoding = encoding, .contexts = true});
  const Dataset dataset(folder / "tunes");
  CheckOptions options{.metre = "6/8", .bars = 2};
  EXPECT_EQ(ExcerptsOf(dataset, dataset.TrainingMelodies(), options).first.events.size(), 2U);
  options.metre = "3/4";
  EXPECT_EQ(ExcerptsOf(dataset, dataset.TrainingMelodies(), options).first.events.size(), 3U);
}

TEST(ExcerptsOfTest, SaysWhichMelodiesAreTooFew) {
  const TemporaryFolder folder;
  std::vector<std::vector<std::uint8_t>> melodies;
  for (std::uint8_t i = 2; i < 38; ++i) melodies.emplace_back(16, i);
  for (const double held_out : {0.0, 0.5}) {
    WriteMelodies(folder / "tunes", melodies, held_out);
    const Dataset dataset(folder / "tunes");
    const auto message = [&](std::span<const Dataset::Events> some) -> std::string {
      try {
        ExcerptsOf(dataset, some, {.metre = "3/4", .bars = 2});
      } catch (const Error& error) {
        return error.what();
      }
      return "";
    };
    const bool all = held_out == 0;
    EXPECT_THAT(
        message(dataset.TrainingMelodies()),
        testing::HasSubstr(all ? " 0 of 36 melodies have 2 bars of 3/4, " : " training mel"));
    if (!all) EXPECT_THAT(message(dataset.HeldOutMelodies()), testing::HasSubstr(" held-out mel"));
  }
}

// Three tunes of a pickup of one beat and three bars, the last without the beat of the pickup.
class ExcerptsTest : public testing::Test {
 protected:
  ExcerptsTest() {
    std::vector<TestMelody> melodies;
    for (const Mode mode : {Mode::kMajor, Mode::kMixolydian, Mode::kMinor}) {
      melodies.push_back({.events = std::vector<std::uint8_t>(4 + 16 + 16 + 12, kNoEvent),
                          .context = {.pickup = 4, .mode = mode}});
      for (int bar = 0; bar < 3; ++bar)
        melodies.back().events[4 + 16 * bar] = static_cast<std::uint8_t>(14 + bar);
    }
    Encoding encoding;
    encoding.inputs = ParseInputs("mode", "inputs");
    WriteMelodies(folder_ / "tunes", melodies,
                  {.settings = "", .held_out = 0, .encoding = encoding, .contexts = true});
  }

  Excerpts Of(const CheckOptions& options) const {
    const Dataset dataset(folder_ / "tunes");
    return ExcerptsOf(dataset, dataset.TrainingMelodies(), options);
  }

  const TemporaryFolder folder_;
};

TEST_F(ExcerptsTest, TheFirstBeginAtABarLineAndTheLastEndWithTheTune) {
  const Excerpts excerpts = Of({.bars = 2});
  ASSERT_EQ(excerpts.first.events.size(), 3U);
  ASSERT_EQ(excerpts.last.events.size(), 3U);
  std::vector<std::uint8_t> first(32, kNoEvent), last(32, kNoEvent);
  first[0] = 14;
  first[16] = last[0] = 15;
  last[16] = 16;
  EXPECT_EQ(excerpts.first.events[0], first);
  EXPECT_EQ(excerpts.last.events[0], last);
}

TEST_F(ExcerptsTest, WithPickupsTheyBeginAndEndAsTheTuneDoes) {
  const Excerpts excerpts = Of({.bars = 2, .pickups = true});
  std::vector<std::uint8_t> first(32, kNoEvent), last(32, kNoEvent);
  first[4] = last[4] = 14;
  first[20] = 15;
  last[4] = 15;
  last[20] = 16;
  ASSERT_EQ(excerpts.first.events.size(), 3U);
  EXPECT_EQ(excerpts.first.events[0], first);
  EXPECT_EQ(excerpts.last.events[0], last);
  EXPECT_EQ(excerpts.first.contexts[0].melody.pickup, 4);
  EXPECT_EQ(excerpts.last.contexts[0].melody.pickup, 4);
}

TEST_F(ExcerptsTest, OnlyThoseOfAModeIfAModeIsGiven) {
  EXPECT_EQ(Of({.bars = 2, .mode = Mode::kMajor}).first.events.size(), 2U);
  EXPECT_THROW(Of({.bars = 2, .mode = Mode::kDorian}), Error);
}

TEST(RuleCheckTest, FormTellsTunesFromShuffledBarsAndFromAModel) {
  CheckOptions options;
  options.compositions = 50;
  const std::vector<Model> models = {RandomModel()};
  const std::vector<RuleCheck> checks =
      CheckRules(RuleSet::Named("song"), {ReturningTunes(), ReturningTunes()}, models, options, 1);
  ASSERT_EQ(checks.size(), Rules().size());
  for (const RuleCheck& check : checks) {
    if (check.rule->name != "form") continue;
    EXPECT_DOUBLE_EQ(check.tunes.value, 4);
    EXPECT_GT(check.bars_shuffled.ordered.value, 0.9);
    EXPECT_GT(check.models[0].ordered.value, 0.9);
  }
}

}  // namespace
}  // namespace rltuner
