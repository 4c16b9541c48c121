// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/music_options.h"

#include <gtest/gtest.h>

namespace rltuner {
namespace {

TEST(MusicOptionsTest, AModeHasItsTonicAmongTheWhiteKeys) {
  MusicOptions options;
  EXPECT_EQ(ContextOf(options, {}).tonic, 0);
  options.mode = "minor";
  EXPECT_EQ(ContextOf(options, {}).tonic, 9);
  options.mode = "dorian";
  EXPECT_EQ(ContextOf(options, {}).tonic, 2);
}

TEST(MusicOptionsTest, BarsAreThoseOfTheMetre) {
  MusicOptions waltz;
  waltz.bars = 4;
  waltz.metre = "3/4";
  EvaluationOptions options;
  SetLength(waltz, {}, ContextOf(waltz, {}).metre, false, Describe(options));
  EXPECT_EQ(options.length, 48);
}

}  // namespace
}  // namespace rltuner
