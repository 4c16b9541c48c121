// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cluster/cluster.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <thread>
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

// The processor time of this thread, in seconds.
double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(MpiCluster, SleepsWhileItWaitsForAnother) {
  constexpr int kSeconds = 2;
  Processes().Wait();
  const double before = ProcessorSeconds();
  if (Processes().rank() == 0) std::this_thread::sleep_for(std::chrono::seconds(kSeconds));
  double one = 1;
  Processes().Sum(std::span(&one, 1));
  EXPECT_LT(ProcessorSeconds() - before, kSeconds / 2.0);
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
