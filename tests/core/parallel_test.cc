// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "rltuner/core/error.h"

#ifdef __linux__
#define RLTUNER_HAS_PROCESS_LIMIT 1
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#endif

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

TEST(ParallelFor, TheCallerBeginsWithTheFirstTask) {
  for (int i = 0; i < 100; ++i) {
    std::thread::id first;
    ParallelFor(8, 4, [&](int task, int thread) {
      if (task > 0) return;
      first = std::this_thread::get_id();
      EXPECT_EQ(thread, 0);
    });
    ASSERT_EQ(first, std::this_thread::get_id());
  }
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

#ifdef RLTUNER_HAS_PROCESS_LIMIT
TEST(ParallelFor, AThreadThatCannotBeStartedIsAnError) {
  // In a process of its own, which the limit ends with. Root has no limit: as another user.
  const auto run = [] {
    if (getuid() == 0 && setuid(65'534) != 0) std::_Exit(3);
    const rlimit none{1, 1};
    setrlimit(RLIMIT_NPROC, &none);
    try {
      ParallelFor(100, 100, [](int, int) {});
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(0);
    }
    std::_Exit(1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "cannot start another thread: .*; expected fewer");
}
#endif

TEST(HardwareThreads, AreAtLeastOne) { EXPECT_GE(HardwareThreads(), 1); }

}  // namespace
}  // namespace rltuner
