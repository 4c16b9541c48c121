// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "test_support.h"

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

TEST(MusicOptionsTest, AMetreThatTheGridCannotHoldIsToldWithWhatHelps) {
  MusicOptions options;
  options.metre = "7/32";
  EXPECT_THAT(ErrorOf([&] { ContextOf(options, {}); }),
              testing::HasSubstr("--steps-per-quarter 8"));
  Encoding thirds;
  thirds.steps_per_quarter = 12;
  EXPECT_THAT(ErrorOf([&] { ContextOf(options, thirds); }),
              testing::HasSubstr("--steps-per-quarter 24"));
  thirds.steps_per_quarter = 24;
  EXPECT_EQ(ContextOf(options, thirds).metre.Text(), "7/32");
}

}  // namespace
}  // namespace rltuner
