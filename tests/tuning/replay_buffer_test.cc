// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/replay_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rltuner {
namespace {

ReplayBuffer::Layout SmallLayout() {
  return {.capacity = 4,
          .state_size = 2,
          .vocabulary = 3,
          .keeps_log_prior = true,
          .keeps_after_last = false};
}

// Plays event number n: its state is (n, 10 n), its log prior n everywhere, its reward -n.
// After a last one, the state is (7, 8) and the log prior (-1, -2, -3).
void Play(ReplayBuffer* replay, int n, bool last = false) {
  const auto x = static_cast<float>(n);
  replay->Add({.inputs = std::array{n % 3},
               .state = std::array{x, 10 * x},
               .log_prior = std::array{x, x, x},
               .action = (n + 1) % 3,
               .reward = -x,
               .last = last,
               .state_after = std::array{7.0F, 8.0F},
               .log_prior_after = std::array{-1.0F, -2.0F, -3.0F}});
}

TEST(ReplayBuffer, TheNextStateIsTheStateOfTheNextEvent) {
  ReplayBuffer replay(SmallLayout());
  Play(&replay, 1);
  Play(&replay, 2);
  const ReplayBuffer::Transition first = replay.at(0);
  EXPECT_EQ(first.inputs[0], 1);
  EXPECT_EQ(first.action, 2);
  EXPECT_EQ(first.reward, -1);
  EXPECT_EQ(first.state[1], 10);
  EXPECT_EQ(first.next_state[1], 20);
  EXPECT_EQ(first.next_log_prior[0], 2);
}

TEST(ReplayBuffer, TheNewestTransitionWaitsForItsNextState) {
  ReplayBuffer replay(SmallLayout());
  EXPECT_EQ(replay.sampleable(), 0);
  Play(&replay, 1);
  EXPECT_EQ(replay.sampleable(), 0);
  Play(&replay, 2);
  EXPECT_EQ(replay.sampleable(), 1);
}

// A minibatch is drawn before an event is played, and used after it was added.
TEST(ReplayBuffer, SaysHowManyCanBeSampledAfterTheNext) {
  ReplayBuffer replay(SmallLayout());
  for (int n = 0; n < 12; ++n) {
    SCOPED_TRACE(n);
    const int expected = replay.sampleable_after_add();
    EXPECT_EQ(expected, std::min(n, 3));
    Play(&replay, n);
    ASSERT_EQ(replay.sampleable(), expected);
    for (int i = 0; i < expected; ++i) {
      EXPECT_EQ(replay.at(i).reward, static_cast<float>(-(n - expected + i)));
      EXPECT_EQ(replay.at(i).next_state[0], static_cast<float>(n - expected + i + 1));
    }
  }
}

// Seven events in five slots, of which four transitions are kept and three sampled.
TEST(ReplayBuffer, LastRewardsGrow) {
  ReplayBuffer replay(SmallLayout());
  for (int n = 0; n < 7; ++n) Play(&replay, n);
  replay.AddToLastRewards(std::vector<float>{0.25F, 0.5F, 0.75F});
  Play(&replay, 7);
  EXPECT_EQ(replay.at(0).reward, -4 + 0.25F);
  EXPECT_EQ(replay.at(1).reward, -5 + 0.5F);
  EXPECT_EQ(replay.at(2).reward, -6 + 0.75F);
}

TEST(ReplayBuffer, LastRewardsOfMoreThanItKeeps) {
  ReplayBuffer replay(SmallLayout());
  for (int n = 0; n < 7; ++n) Play(&replay, n);
  replay.AddToLastRewards(std::vector<float>{8, 9, 1, 2, 3, 4});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(replay.at(i).reward, -(3 + i) + 1 + i);
}

TEST(ReplayBuffer, KeepsTheLastTransitionsOnly) {
  ReplayBuffer replay(SmallLayout());
  for (int n = 0; n < 11; ++n) Play(&replay, n);
  EXPECT_EQ(replay.sampleable(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(replay.at(i).reward, -(7 + i));
    EXPECT_EQ(replay.at(i).state[0], 7 + i);
    EXPECT_EQ(replay.at(i).next_state[0], 8 + i);
  }
}

TEST(ReplayBuffer, ALastEventHasNoNextState) {
  ReplayBuffer replay(SmallLayout());
  Play(&replay, 1, true);
  Play(&replay, 2);
  EXPECT_TRUE(replay.at(0).last);
  EXPECT_TRUE(replay.at(0).next_state.empty());
}

TEST(ReplayBuffer, ALastEventKeepsTheStateAfterItIfAsked) {
  ReplayBuffer::Layout layout = SmallLayout();
  layout.keeps_after_last = true;
  ReplayBuffer replay(layout);
  Play(&replay, 1, true);
  Play(&replay, 2);
  EXPECT_EQ(replay.at(0).next_state[1], 8);
  EXPECT_EQ(replay.at(0).next_log_prior[2], -3);
}

}  // namespace
}  // namespace rltuner
