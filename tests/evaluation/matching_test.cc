// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::HasSubstr;

TEST(Matching, KeepsWhatItAchievedInItsFile) {
  const std::vector<MatchedFeature> features = {
      {.name = "metre", .weight = 0.5, .target = 0.25, .before = -1, .after = 0.125},
      {.name = "form: 2", .weight = 3, .target = 0.125, .before = 0, .after = 0.0625}};
  const std::vector<MatchedFeature> read = ReadMatchingJson(MatchingJson(features), "m.json");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].name, "form: 2");
  EXPECT_EQ(read[0].weight, 0.5);
  EXPECT_EQ(read[0].target, 0.25);
  EXPECT_EQ(read[0].before, -1);
  EXPECT_EQ(read[0].after, 0.125);
}

TEST(Matching, SaysWhichTargetsNoMelodyReaches) {
  std::vector<MatchedFeature> features = {
      {.name = "repetition", .target = -0.2, .least = -1, .most = 0},
      {.name = "form: 7", .target = 0.001, .least = 0, .most = 0},  // by chance, perhaps
      {.name = "form: 0", .target = 1, .least = 0, .most = 1}};
  EXPECT_EQ(OutOfReach(features), "");
  features[0].target = 5;
  features[1].target = 0.1;
  EXPECT_THAT(OutOfReach(features), HasSubstr("repetition = 5 (-1 .. 0), form: 7 = 0.1 (0 .. 0)"));
}

TEST(Matching, NamesTheFileThatItCannotRead) {
  EXPECT_THAT(ErrorOf([] { ReadMatchingJson("[{}]", "m.json"); }), HasSubstr("m.json"));
}

}  // namespace
}  // namespace rltuner
