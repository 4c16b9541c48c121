// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/connection_threads.h"

#include <gtest/gtest.h>

#include <atomic>

#include "test_support.h"

namespace rltuner::studio {
namespace {

TEST(ConnectionThreadsTest, AConnectionIsServedThoughTheSystemWasOutOfThreadsForAMoment) {
  int starts = 0;
  ConnectionThreads threads(10, [&](std::function<void()> work) {
    ++starts;
    if (starts == 2 || starts == 3) Fail("no more threads");
    return StartThread(std::move(work));
  });
  std::atomic<bool> ended = false;
  std::atomic<bool> served = false;
  threads.enqueue([&] { Eventually([&] { return ended.load(); }); });  // a listener
  threads.enqueue([&] { served = true; });
  EXPECT_TRUE(Eventually([&] { return served.load(); }));
  ended = true;
  threads.shutdown();
}

}  // namespace
}  // namespace rltuner::studio
