// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/model_inputs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "check_script.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "test_support.h"

namespace rltuner {
namespace {

using Rows = std::vector<int>;

// The rows of one input, counted from its first, after the events of a melody; the first event
// given is the priming event.
class RowsTest : public testing::Test {
 protected:
  Rows RowsOf(const char* input, const std::vector<int>& events, int given = 1) {
    Encoding encoding;
    encoding.inputs = ParseInputs(input, "inputs");
    MelodyInputs inputs(encoding, context_);
    inputs.Start(given, static_cast<int>(events.size()) - given, phase_);
    Rows rows;
    for (const int event : events) {
      inputs.Place(event);
      EXPECT_EQ(inputs.rows()[0], event);
      rows.push_back(inputs.rows()[1] - encoding.classes());
    }
    return rows;
  }

  // In 1/4, so that a bar has four steps.
  MelodyContext context_{.metre = {1, 4}};
  int phase_ = 0;
};

TEST_F(RowsTest, PositionIsThatOfTheEventToCome) {
  EXPECT_EQ(RowsOf("position", {9, 1, 1, 1, 1, 1}), (Rows{0, 1, 2, 3, 0, 1}));
}

TEST_F(RowsTest, APickupEndsAtTheBarLine) {
  context_.pickup = 1;
  EXPECT_EQ(RowsOf("position", {9, 1, 1}), (Rows{3, 0, 1}));
}

TEST_F(RowsTest, APhaseIsAPickup) {
  phase_ = 3;
  EXPECT_EQ(RowsOf("position", {9, 1, 1, 1, 1}), (Rows{1, 2, 3, 0, 1}));
  EXPECT_EQ(RowsOf("bars_left", {9, 1, 1, 1, 1, 1, 1, 1}), (Rows{1, 1, 1, 0, 0, 0, 0, 0}));
}

TEST(MelodyInputs, DrawPhasesAsOftenAsTheTunesHaveThem) {
  Encoding encoding{.inputs = {Input::kEvent, Input::kPosition}};
  encoding.pickups = {{{4, 4}, 0, 0.3}, {{4, 4}, 2, 0.1}, {{4, 4}, 4, 0.5}, {{6, 8}, 6, 1}};
  const MelodyInputs inputs(encoding);
  constexpr int kDraws = 20'000;
  std::map<int, int> drawn;
  Random random(1);
  for (int i = 0; i < kDraws; ++i) ++drawn[inputs.DrawPhase(random)];
  EXPECT_EQ(drawn.size(), 3);
  EXPECT_NEAR(drawn[0], kDraws * 0.3 / 0.9, 350);
  EXPECT_NEAR(drawn[2], kDraws * 0.1 / 0.9, 350);
  MelodyInputs known(encoding, {.pickup = 8});
  EXPECT_EQ(known.DrawPhase(random), 0) << "the context's pickup stays";
  known.SetContext({.metre = {6, 8}});
  EXPECT_EQ(known.DrawPhase(random), 6);
}

TEST_F(RowsTest, GivenEventsAreTheBeginning) {
  EXPECT_EQ(RowsOf("position", {5, 1, 1, 1}, 2), (Rows{1, 2, 3, 0}));
}

TEST_F(RowsTest, PositionsBeyondTheBlockShareItsLastRow) {
  context_.metre = {12, 4};
  EXPECT_EQ(RowsOf("position", Rows(40, 1)).back(), 31);
}

TEST_F(RowsTest, MetreFollowsItsChanges) {
  context_.changes = {{4, {6, 8}}};
  EXPECT_EQ(RowsOf("metre", {9, 1, 1, 1, 1}), (Rows{15, 15, 15, 15, 4}));
}

TEST_F(RowsTest, BarsLeftReachZeroInTheLastBar) {
  EXPECT_EQ(RowsOf("bars_left", {9, 1, 1, 1, 1, 1, 1}), (Rows{1, 1, 1, 1, 0, 0, 0}));
}

TEST_F(RowsTest, ModeIsMinorByItsThird) {
  context_.mode = Mode::kDorian;
  EXPECT_EQ(RowsOf("mode", {9}), Rows{1});
  context_.mode = Mode::kMixolydian;
  EXPECT_EQ(RowsOf("mode", {9}), Rows{0});
}

TEST_F(RowsTest, LookbackIsTheClassAtThePlaceToCome) {
  EXPECT_EQ(RowsOf("lookback_1", {9, 14, 1, 0, 16, 18, 1}), (Rows{38, 38, 38, 38, 14, 1, 0}));
}

TEST_F(RowsTest, LookbackSeesNothingBeforeAPickup) {
  context_.pickup = 1;
  EXPECT_EQ(RowsOf("lookback_1", {9, 14, 2, 3, 4, 5}), (Rows{38, 38, 38, 38, 14, 2}));
}

TEST_F(RowsTest, LookbackSeesNothingWhereTheBarWasShorter) {
  context_.changes = {{4, {2, 4}}};
  EXPECT_EQ(RowsOf("lookback_1", {9, 14, 2, 3, 4, 5, 6, 7, 8}),
            (Rows{38, 38, 38, 38, 14, 2, 3, 4, 38}));
}

TEST_F(RowsTest, AgreementCountsEventsInARow) {
  const Rows bar = {9, 14, 1, 0, 16};  // after the priming event
  Rows events = bar;
  for (int repeat = 0; repeat < 5; ++repeat)
    events.insert(events.end(), bar.begin() + 1, bar.end());
  events.push_back(20);
  const Rows rows = RowsOf("agreement_1", events);
  EXPECT_EQ(Rows(rows.begin() + 4, rows.begin() + 9), (Rows{0, 1, 2, 2, 3}));
  EXPECT_EQ(rows[20], 5);
  EXPECT_EQ(rows.back(), 0);
}

// Class 14 is pitch row 24, 12 is 20, 21 is 38.
TEST_F(RowsTest, HighestAndLowestSayWhetherTheyWerePlayedOnce) {
  EXPECT_EQ(RowsOf("highest", {30, 1, 14, 12, 14, 21}), (Rows{72, 72, 25, 25, 24, 39}));
  EXPECT_EQ(RowsOf("lowest", {3, 0, 14, 12, 14, 12}), (Rows{72, 72, 25, 21, 21, 20}));
}

TEST_F(RowsTest, ALeapIsOpenUntilTheMelodyIsBack) {
  EXPECT_EQ(RowsOf("leap", {9, 14, 21, 1, 19, 14}), (Rows{72, 72, 25, 25, 25, 72}));
  EXPECT_EQ(RowsOf("leap", {9, 21, 14, 22, 14}), (Rows{72, 72, 38, 72, 40}));
}

TEST_F(RowsTest, AutocorrelationsAreInTenths) {
  EXPECT_EQ(RowsOf("autocorrelation_1", {9, 14, 15, 14}), (Rows{12, 12, 1, 0}));
  EXPECT_EQ(RowsOf("autocorrelation_2", {9, 14, 15, 14}), (Rows{12, 12, 6, 7}));
}

class AllInputsTest : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Names, AllInputsTest, testing::Values("all", "rules"));

TEST_P(AllInputsTest, StayWithinTheWidth) {
  Encoding encoding{.lowest_pitch = 60, .highest_pitch = 72, .steps_per_quarter = 3};
  encoding.inputs = ParseInputs(GetParam(), "inputs");
  MelodyInputs inputs(encoding, {.metre = {6, 8}, .pickup = 2});
  inputs.Start(1, 300, 0);
  for (int i = 0; i < 301; ++i) {
    inputs.Place(i % encoding.classes());
    int first = 0;
    for (std::size_t k = 0; k < encoding.inputs.size(); ++k) {
      const int width = encoding.Width(encoding.inputs[k]);
      ASSERT_GE(inputs.rows()[k], first);
      ASSERT_LT(inputs.rows()[k], first + width);
      first += width;
    }
  }
}

TEST_P(AllInputsTest, ACloneGoesOnAlone) {
  Encoding encoding;
  encoding.inputs = ParseInputs(GetParam(), "inputs");
  MelodyInputs inputs(encoding);
  inputs.Start(1, 32, 0);
  for (const int event : {3, 14, 1}) inputs.Place(event);
  const std::unique_ptr<InputRows> clone = inputs.Clone();
  clone->Place(20);
  inputs.Place(16);
  EXPECT_EQ(clone->rows()[0], 20);
  EXPECT_EQ(inputs.rows()[0], 16);
}

// The helper for other runtimes makes the same rows.
TEST(MelodyInputs, AreThoseOfTheExampleInPython) {
  std::mt19937 random(5);
  nlohmann::json melodies;
  for (const Metre metre : {Metre{4, 4}, Metre{6, 8}, Metre{5, 4}, Metre{11, 8}}) {
    const MelodyContext context{
        .metre = metre, .pickup = static_cast<int>(random() % 8), .mode = Mode::kDorian};
    Encoding encoding{.lowest_pitch = 60, .highest_pitch = 76};
    encoding.inputs = ParseInputs(metre.numerator < 6 ? "rules" : "all", "inputs");
    MelodyInputs inputs(encoding, context);
    inputs.Start(1, 150, 0);
    nlohmann::json rows;
    std::vector<int> events;
    int event = 3;
    for (int t = 0; t < 150; ++t) {
      inputs.Place(event);
      rows.push_back(inputs.rows());
      // Mostly what stood a bar before, so that there are agreements.
      const int before = t - metre.BarSteps(4);
      event = before >= 0 && random() % 20 != 0 ? events[before] : static_cast<int>(random() % 19);
      events.push_back(event);
    }
    melodies.push_back({{"encoding", nlohmann::json::parse(encoding.FullJson())},
                        {"length", 150},
                        {"metre", {metre.numerator, metre.denominator}},
                        {"pickup", context.pickup},
                        {"minor", true},
                        {"primer", 3},
                        {"events", events},
                        {"rows", rows}});
  }
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "rows.json", melodies.dump());
  ExpectCheckScriptPasses(fmt::format("python3 '{}/tests/melody/check_input_rows.py' '{}'",
                                      RLTUNER_SOURCE_DIR, (folder / "rows.json").string()));
}

TEST(MelodyInputs, AreNoneForTheEventAlone) { EXPECT_EQ(InputsOf({}, {}), nullptr); }

}  // namespace
}  // namespace rltuner
