// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cluster/cluster.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "processes.h"

namespace rltuner {
namespace {

std::unique_ptr<Cluster> joined;

TEST(MpiCluster, KnowsItsProcesses) {
  EXPECT_GT(Processes().size(), 1);
  EXPECT_LT(Processes().rank(), Processes().size());
}

TEST(MpiCluster, SumsOverAllProcesses) {
  const int n = Processes().size();
  std::vector<float> values = {1, static_cast<float>(Processes().rank())};
  Processes().Sum(std::span(values));
  EXPECT_EQ(values[0], n);
  EXPECT_EQ(values[1], n * (n - 1) / 2);
}

TEST(MpiCluster, HandsOutEveryTaskOnce) {
  constexpr int kTasks = 50;
  for (int job = 0; job < 3; ++job) {
    std::vector<double> done(kTasks);
    Processes().ForEachTask(kTasks, 1, [&](int task) { ++done[task]; });
    Processes().Sum(std::span(done));
    EXPECT_EQ(done, std::vector<double>(kTasks, 1)) << "job " << job;
  }
}

TEST(MpiCluster, HandsOutTasksToManyThreadsOfEachProcess) {
  constexpr int kTasks = 50;
  std::vector<double> done(kTasks);
  Processes().ForEachTask(kTasks, 3, [&](int task) { ++done[task]; });  // each entry by one thread
  Processes().Sum(std::span(done));
  EXPECT_EQ(done, std::vector<double>(kTasks, 1));
}

}  // namespace

Cluster& Processes() { return *joined; }

}  // namespace rltuner

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  rltuner::joined = rltuner::JoinMpi();
  const int failed = RUN_ALL_TESTS();
  rltuner::joined.reset();
  return failed;
}
