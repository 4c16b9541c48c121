// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "rltuner/cli/progress_bar.h"

namespace rltuner::cli {
namespace {

class CheckpointPaceTest : public testing::Test {
 protected:
  double now_ = 1000;
  CheckpointPace pace_{[this] { return now_; }};
};

TEST_F(CheckpointPaceTest, TheFirstIsDueAfterHalfAMinute) {
  EXPECT_FALSE(pace_.Due());
  now_ += 29;
  EXPECT_FALSE(pace_.Due());
  now_ += 1;
  EXPECT_TRUE(pace_.Due());
  EXPECT_FALSE(pace_.Due());
}

TEST_F(CheckpointPaceTest, ACheapOneIsDueEveryHalfMinute) {
  now_ += 30;
  ASSERT_TRUE(pace_.Due());
  now_ += 0.1;
  EXPECT_FALSE(pace_.Due());
  now_ += 29.9;
  EXPECT_TRUE(pace_.Due());
}

TEST_F(CheckpointPaceTest, AnExpensiveOneIsDueTwoHundredTimesItsCostLater) {
  now_ += 30;
  ASSERT_TRUE(pace_.Due());
  now_ += 2;  // what saving took
  EXPECT_FALSE(pace_.Due());
  now_ += 397;
  EXPECT_FALSE(pace_.Due());
  now_ += 1;
  EXPECT_TRUE(pace_.Due());
}

}  // namespace
}  // namespace rltuner::cli
