// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "rltuner/cluster/cluster.h"

namespace rltuner {
namespace {

TEST(SingleProcess, IsTheFirstAndOnlyOne) {
  const std::unique_ptr<Cluster> alone = SingleProcess();
  EXPECT_EQ(alone->rank(), 0);
  EXPECT_EQ(alone->size(), 1);
}

TEST(SingleProcess, SumsAreItsOwnValues) {
  const std::unique_ptr<Cluster> alone = SingleProcess();
  std::vector<float> values = {1, 2.5F};
  alone->Sum(std::span(values));
  EXPECT_EQ(values, (std::vector<float>{1, 2.5F}));
}

TEST(SingleProcess, DoesEveryTaskOnce) {
  const std::unique_ptr<Cluster> alone = SingleProcess();
  std::vector<std::atomic<int>> done(20);
  alone->ForEachTask(20, 3, [&](int task) { ++done[task]; });
  for (const std::atomic<int>& count : done) EXPECT_EQ(count, 1);
}

TEST(SingleProcess, PassesOnWhatATaskThrows) {
  const std::unique_ptr<Cluster> alone = SingleProcess();
  EXPECT_THROW(alone->ForEachTask(3, 2, [](int) { throw std::runtime_error("no"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace rltuner
