// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/metre.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support.h"

namespace rltuner {
namespace {

TEST(Metre, CompoundMetresHaveBeatsOfThreeEighths) {
  EXPECT_EQ((Metre{6, 8}.BeatSteps(4)), 6);
  EXPECT_EQ((Metre{3, 8}.BeatSteps(4)), 2);
  EXPECT_EQ((Metre{6, 4}.BeatSteps(4)), 4);
}

TEST(Metre, FitsAGridOfWholeBeats) {
  EXPECT_TRUE((Metre{5, 4}.FitsGrid(3)));
  EXPECT_FALSE((Metre{3, 8}.FitsGrid(3)));
  EXPECT_FALSE((Metre{6, 8}.FitsGrid(3)));  // nine steps, but beats of four and a half
  EXPECT_TRUE((Metre{6, 8}.FitsGrid(2)));
}

TEST(ParseMetre, RefusesWhatIsNone) {
  for (const char* text : {"", "4", "4/", "3/5", "0/4", "4/4/4", "65/4"}) {
    EXPECT_THAT(ErrorOf([&] { ParseMetre(text, "--metre"); }), testing::StartsWith("--metre "));
  }
  EXPECT_EQ(ParseMetre("6/8", "--metre"), (Metre{6, 8}));
}

}  // namespace
}  // namespace rltuner
