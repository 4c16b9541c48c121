// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace rltuner {
namespace {

TEST(ParallelFor, CallsEveryTaskOnceForAnyThreadCount) {
  for (const int threads : {1, 2, 3, 16, 200}) {
    SCOPED_TRACE(threads);
    std::vector<int> calls(100);
    ParallelFor(100, threads, [&](int task, int) { ++calls.at(static_cast<std::size_t>(task)); });
    EXPECT_EQ(calls, std::vector<int>(100, 1));
  }
}

TEST(ParallelFor, ThreadNumbersStayBelowThreadsAndTasks) {
  std::atomic<int> highest{0};
  const auto record = [&](int, int thread) {
    int seen = highest;
    while (thread > seen && !highest.compare_exchange_weak(seen, thread)) {
    }
  };
  ParallelFor(500, 3, record);
  EXPECT_LT(highest, 3);
  highest = 0;
  ParallelFor(2, 8, record);
  EXPECT_LT(highest, 2);
}

TEST(ParallelFor, NoTwoTasksShareAThreadNumberAtOnce) {
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> shared{false};
  ParallelFor(2000, 4, [&](int, int thread) {
    auto& slot = busy.at(static_cast<std::size_t>(thread));
    if (slot.fetch_add(1) != 0) shared = true;
    slot.fetch_sub(1);
  });
  EXPECT_FALSE(shared);
}

TEST(ParallelFor, NoTasksCallNothing) {
  ParallelFor(0, 4, [](int, int) { FAIL(); });
}

TEST(ParallelFor, ThrowsATasksExceptionAgain) {
  for (const int threads : {1, 4}) {
    SCOPED_TRACE(threads);
    const auto run = [&] {
      ParallelFor(50, threads, [](int task, int) {
        if (task == 7) throw std::runtime_error("task 7");
      });
    };
    EXPECT_THROW(run(), std::runtime_error);
  }
}

TEST(ParallelFor, AnExceptionStopsTheHandingOut) {
  int calls = 0;
  const auto run = [&] {
    ParallelFor(1000, 1, [&](int task, int) {
      ++calls;
      if (task == 3) throw std::runtime_error("task 3");
    });
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(calls, 4);
}

TEST(HardwareThreads, AreAtLeastOne) { EXPECT_GE(HardwareThreads(), 1); }

}  // namespace
}  // namespace rltuner
