// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "rltuner/core/parallel.h"

namespace rltuner {
namespace {

TEST(TeamThreads, EveryMemberWorksOnceInEveryRun) {
  for (const int size : {1, 2, 3, 8}) {
    SCOPED_TRACE(size);
    Team team(size);
    EXPECT_EQ(team.size(), size);
    std::vector<int> runs(size);
    for (int run = 0; run < 1000; ++run) {
      team.Run([&](int member) { ++runs.at(static_cast<std::size_t>(member)); });
    }
    EXPECT_EQ(runs, std::vector<int>(size, 1000));
  }
}

TEST(TeamThreads, AFailureIsThrownAgainAndTheTeamWorksOn) {
  Team team(3);
  for (const int failing : {0, 2}) {
    EXPECT_THROW(team.Run([&](int member) {
      if (member == failing) throw std::runtime_error("no");
    }),
                 std::runtime_error);
  }
  std::atomic<int> worked{0};
  team.Run([&](int) { ++worked; });
  EXPECT_EQ(worked, 3);
}

}  // namespace
}  // namespace rltuner
