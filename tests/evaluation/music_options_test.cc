// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/music_options.h"

#include <gtest/gtest.h>

namespace rltuner {
namespace {

TEST(MusicOptionsTest, AModeHasItsTonicAmongTheWhiteKeys) {
  EXPECT_EQ(ContextOf({}, {}).tonic, 0);
  EXPECT_EQ(ContextOf({.bars = 0, .metre = "", .mode = "minor"}, {}).tonic, 9);
  EXPECT_EQ(ContextOf({.bars = 0, .metre = "", .mode = "dorian"}, {}).tonic, 2);
}

TEST(MusicOptionsTest, BarsAreThoseOfTheMetre) {
  const MusicOptions waltz{.bars = 4, .metre = "3/4", .mode = ""};
  EXPECT_EQ(LengthOf(waltz, {}, ContextOf(waltz, {}).metre, 32, false), 48);
}

}  // namespace
}  // namespace rltuner
