// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/metre.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support.h"

namespace rltuner {
namespace {

std::pair<int, int> PlaceOf(const Bars& bars, int step) {
  return {bars.At(step).bar, bars.At(step).position};
}

TEST(Metre, CompoundMetresHaveBeatsOfThreeEighths) {
  EXPECT_EQ((Metre{6, 8}.BeatSteps(4)), 6);
  EXPECT_EQ((Metre{3, 8}.BeatSteps(4)), 2);
  EXPECT_EQ((Metre{6, 4}.BeatSteps(4)), 4);
}

TEST(Metre, FitsAGridOfWholeSteps) {
  EXPECT_TRUE((Metre{5, 4}.FitsGrid(3)));
  EXPECT_FALSE((Metre{3, 8}.FitsGrid(3)));
}

TEST(ParseMetre, RefusesWhatIsNone) {
  for (const char* text : {"", "4", "4/", "3/5", "0/4", "4/4/4", "65/4"}) {
    EXPECT_THAT(ErrorOf([&] { ParseMetre(text, "--metre"); }), testing::StartsWith("--metre "));
  }
  EXPECT_EQ(ParseMetre("6/8", "--metre"), (Metre{6, 8}));
}

TEST(Bars, WithoutAPickupBeginAtStepZero) {
  const Bars bars({.metre = {3, 4}}, 4);
  EXPECT_EQ(PlaceOf(bars, 0), std::pair(0, 0));
  EXPECT_EQ(PlaceOf(bars, 25), std::pair(2, 1));
  EXPECT_EQ(bars.StepAt(2, 1), 25);
  EXPECT_EQ(bars.StepAt(-1, 0), -1);
}

TEST(Bars, APickupEndsAsABarEnds) {
  const Bars bars({.metre = {3, 4}, .pickup = 4}, 4);
  EXPECT_EQ(PlaceOf(bars, 0), std::pair(0, 8));
  EXPECT_EQ(PlaceOf(bars, 4), std::pair(1, 0));
  EXPECT_EQ(bars.StepAt(0, 7), -1);
  EXPECT_EQ(bars.StepAt(0, 8), 0);
}

TEST(Bars, FollowChangesOfMetre) {
  const Bars bars({.metre = {4, 4}, .changes = {{16, {3, 4}}, {40, {6, 8}}}}, 4);
  EXPECT_EQ(PlaceOf(bars, 15), std::pair(0, 15));
  EXPECT_EQ(PlaceOf(bars, 28), std::pair(2, 0));
  EXPECT_EQ(PlaceOf(bars, 41), std::pair(3, 1));
  EXPECT_EQ(bars.StepAt(2, 11), 39);
  EXPECT_EQ(bars.StepAt(2, 12), -1);
  EXPECT_EQ(bars.StepAt(0, 12), 12);
}

}  // namespace
}  // namespace rltuner
