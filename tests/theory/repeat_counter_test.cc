// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/repeat_counter.h"

#include <gtest/gtest.h>

#include <vector>

namespace rltuner {
namespace {

bool TooOften(const std::vector<int>& before, int event, const RepeatLimits& limits) {
  RepeatCounter counter;
  counter.Start();
  for (const int placed : before) counter.Add(placed);
  return counter.TooOften(event, limits);
}

TEST(RepeatCounter, NoteOffsHaveTheLimitsOfOtherEventsToo) {
  const RepeatLimits limits{.limit = 2, .limit_with_gaps = 3, .limit_offs = 100};
  EXPECT_FALSE(TooOften({14, 0, 0}, 0, limits));
  EXPECT_TRUE(TooOften({14, 0, 0, 0}, 0, limits));
  // One hold among them is a gap.
  EXPECT_FALSE(TooOften({14, 0, 0, 1, 0}, 0, limits));
  EXPECT_TRUE(TooOften({14, 0, 0, 1, 0, 0}, 0, limits));
}

TEST(RepeatCounter, HoldsHaveAGapWhereANoteOffIsAmongThem) {
  const RepeatLimits limits{.limit = 2, .limit_with_gaps = 3, .limit_offs = 100};
  EXPECT_TRUE(TooOften({14, 1, 1, 1}, 1, limits));
  EXPECT_FALSE(TooOften({14, 1, 0, 1, 1}, 1, limits));
  EXPECT_TRUE(TooOften({14, 1, 0, 1, 1, 1}, 1, limits));
}

}  // namespace
}  // namespace rltuner
