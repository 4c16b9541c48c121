// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bars.h"

#include <gtest/gtest.h>

#include <utility>

namespace rltuner {
namespace {

using Position = std::pair<std::int64_t, int>;  // bar and step in it

Position PlaceOf(const Bars& bars, int step) { return {bars.At(step).bar, bars.At(step).position}; }

TEST(Bars, WithoutAPickupBeginAtStepZero) {
  const Bars bars({.metre = {3, 4}}, 4);
  EXPECT_EQ(PlaceOf(bars, 0), (Position{0, 0}));
  EXPECT_EQ(PlaceOf(bars, 25), (Position{2, 1}));
  EXPECT_EQ(bars.StepAt(2, 1), 25);
  EXPECT_EQ(bars.StepAt(-1, 0), -1);
}

TEST(Bars, APickupEndsAsABarEnds) {
  const Bars bars({.metre = {3, 4}, .pickup = 4}, 4);
  EXPECT_EQ(PlaceOf(bars, 0), (Position{-1, 8}));
  EXPECT_EQ(PlaceOf(bars, 4), (Position{0, 0}));
  EXPECT_EQ(bars.StepAt(-1, 7), -1);
  EXPECT_EQ(bars.StepAt(-1, 8), 0);
}

TEST(Bars, FollowChangesOfMetre) {
  const Bars bars({.metre = {4, 4}, .changes = {{16, {3, 4}}, {40, {6, 8}}}}, 4);
  EXPECT_EQ(PlaceOf(bars, 15), (Position{0, 15}));
  EXPECT_EQ(PlaceOf(bars, 28), (Position{2, 0}));
  EXPECT_EQ(PlaceOf(bars, 41), (Position{3, 1}));
  EXPECT_EQ(bars.StepAt(2, 11), 39);
  EXPECT_EQ(bars.StepAt(2, 12), -1);
  EXPECT_EQ(bars.StepAt(0, 12), 12);
}

TEST(Bars, AMetreMayBeginInsideThePickup) {
  const Bars bars({.metre = {4, 4}, .pickup = 8, .changes = {{4, {3, 4}}}}, 4);
  EXPECT_EQ(PlaceOf(bars, 3), (Position{-1, 11}));
  EXPECT_EQ(PlaceOf(bars, 4), (Position{0, 0}));
}

TEST(Bars, OfAScoreAreCountedBackFromTheFirstBarLine) {
  const Bars bars({{.begin = 4, .metre = {3, 4}, .first_bar = 2}}, 4);
  EXPECT_EQ(PlaceOf(bars, -9), (Position{0, 11}));
  EXPECT_EQ(bars.LineAt(3), -8);
}

TEST(BarClockTest, OnlyCompoundBeatsHaveThreeParts) {
  Encoding twelve;
  twelve.steps_per_quarter = 12;
  BarClock clock;
  clock.Prepare(MusicContext({.metre = {6, 4}}, twelve));
  EXPECT_EQ(clock.part_steps(), 6);
  clock.Prepare(MusicContext({.metre = {6, 8}}, twelve));
  EXPECT_EQ(clock.part_steps(), 6);
}

// Bar lines are after these events of a composition with a pickup.
std::vector<int> EndsOfBars(BarClock& clock, int length) {
  std::vector<int> ends;
  clock.Start(length);
  for (int step = 0; step < length; ++step, clock.Advance()) {
    if (clock.ends_bar()) ends.push_back(step + 1);
  }
  EXPECT_EQ(clock.bars() + 1, std::ssize(ends)) << "but for the pickup";
  return ends;
}

TEST(BarClockTest, ALastBarThatLacksThePickupEndsWithTheComposition) {
  BarClock clock;
  clock.Prepare(MusicContext({.metre = {4, 4}, .pickup = 4}));
  EXPECT_EQ(EndsOfBars(clock, 48), (std::vector{4, 20, 36, 48}));
  EXPECT_EQ(EndsOfBars(clock, 47), (std::vector{4, 20, 36})) << "cut off elsewhere";
}

TEST(BarClockTest, ACompositionMayHaveAPickupOfItsOwn) {
  BarClock clock;
  clock.Prepare(MusicContext({.metre = {6, 8}}));
  clock.SetPickup(2);
  EXPECT_EQ(EndsOfBars(clock, 24), (std::vector{2, 14, 24}));
  clock.SetPickup(0);
  clock.Start(24);
  EXPECT_EQ(clock.bars(), 2);
  EXPECT_EQ(clock.bar(), 0);
}

// As Bars counts them, event by event.
TEST(BarClockTest, CountsAsBarsDo) {
  const MelodyContext melodies[] = {
      {},
      {.metre = {3, 4}, .pickup = 4},
      {.metre = {6, 8}, .pickup = 2, .changes = {{14, {2, 4}}, {27, {3, 4}}}},
      {.metre = {4, 4}, .pickup = 16}};
  for (const MelodyContext& melody : melodies) {
    const Bars bars(melody, 4);
    BarClock clock;
    clock.Prepare(MusicContext(melody));
    clock.Start(100);
    for (int step = 0; step < 100; ++step, clock.Advance()) {
      ASSERT_EQ(PlaceOf(bars, step), (Position{clock.bar(), clock.step()})) << step;
      ASSERT_EQ(clock.ends_bar(), bars.At(step + 1).position == 0) << step;
    }
    for (int length = 1; length < 100; ++length) {
      clock.Start(length);
      for (int step = 1; step < length; ++step) clock.Advance();
      const bool is_whole = bars.At(length).position == 0 || bars.CompletesPickup(length);
      ASSERT_EQ(clock.ends_bar(), is_whole) << length;
    }
  }
}

}  // namespace
}  // namespace rltuner
