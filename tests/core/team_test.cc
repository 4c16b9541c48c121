// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace rltuner {
namespace {

TEST(TeamThreads, EveryPieceIsDoneOnceInEveryRun) {
  for (const int size : {1, 2, 3, 8}) {
    SCOPED_TRACE(size);
    Team team(size);
    EXPECT_EQ(team.size(), size);
    std::vector<int> runs(5);
    for (int run = 0; run < 1000; ++run) {
      team.Run(5, [&](int piece) { ++runs.at(static_cast<std::size_t>(piece)); });
    }
    EXPECT_EQ(runs, std::vector<int>(5, 1000));
  }
}

TEST(TeamThreads, AFailureIsThrownAgainAndTheTeamWorksOn) {
  Team team(3);
  for (const int failing : {0, 2}) {
    EXPECT_THROW(team.Run(3,
                          [&](int piece) {
                            if (piece == failing) throw std::runtime_error("no");
                          }),
                 std::runtime_error);
  }
  std::atomic<int> worked{0};
  team.Run(3, [&](int) { ++worked; });
  EXPECT_EQ(worked, 3);
}

TEST(TeamThreads, RunsWithoutPiecesEnd) {
  Team team(2);
  for (int run = 0; run < 100; ++run) team.Run(0, [](int) { FAIL(); });
}

}  // namespace
}  // namespace rltuner
