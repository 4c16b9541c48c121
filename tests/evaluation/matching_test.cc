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

TEST(Matching, NamesTheFileThatItCannotRead) {
  EXPECT_THAT(ErrorOf([] { ReadMatchingJson("[{}]", "m.json"); }), HasSubstr("m.json"));
}

}  // namespace
}  // namespace rltuner
