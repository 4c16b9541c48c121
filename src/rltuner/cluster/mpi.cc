// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cluster/cluster.h"
#include "rltuner/core/error.h"

#ifdef RLTUNER_HAS_MPI

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "rltuner/core/parallel.h"

namespace rltuner {
namespace {

// Time between two polls for a message: short compared with a task, long compared with the cost of
// a poll.
constexpr std::chrono::milliseconds kPoll{2};

constexpr int kAskTag = 1, kAnswerTag = 2;

// Process 0 hands out the tasks. One of its threads answers the other processes, because the rest
// are busy with tasks. In each other process one thread at a time asks.
class MpiCluster final : public Cluster {
 public:
  MpiCluster() {
    int provided = MPI_THREAD_SINGLE;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
    if (provided < MPI_THREAD_MULTIPLE) {
      MPI_Finalize();
      Fail("this MPI library cannot be called from several threads; expected MPI_THREAD_MULTIPLE");
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    if (rank_ == 0) server_ = StartThread([this] { AnswerOthers(); });
  }

  ~MpiCluster() override {
    Wait();  // no process asks after this
    stop_ = true;
    if (server_.joinable()) server_.join();
    MPI_Finalize();
  }

  MpiCluster(const MpiCluster&) = delete;
  MpiCluster& operator=(const MpiCluster&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void Sum(std::span<float> values) override { Sum(values, MPI_FLOAT); }
  void Sum(std::span<double> values) override { Sum(values, MPI_DOUBLE); }

  void Wait() override {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    Await(&request);
  }

  void ForEachTask(int tasks, int threads, const std::function<void(int)>& work) override {
    const int job = jobs_++;
    ParallelFor(threads, threads, [&](int, int) {
      for (int task = NextTask(job); task < tasks; task = NextTask(job)) work(task);
    });
    Wait();
  }

  void Abort(int exit_code) override { MPI_Abort(MPI_COMM_WORLD, exit_code); }

 private:
  // MPI's own waiting occupies a core. Within a training step the wait is too short to sleep, but a
  // process that waits for minutes must not take a core from those that work.
  static void Await(MPI_Request* request) {
    constexpr int kYields = 2000;
    for (int polls = 0, done = 0;; ++polls) {
      MPI_Test(request, &done, MPI_STATUS_IGNORE);
      if (done != 0) return;
      if (polls < kYields) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(kPoll);
      }
    }
  }

  // Not MPI_Allreduce, whose sums may be rounded differently in each process.
  template <typename T>
  void Sum(std::span<T> values, MPI_Datatype type) {
    Wait();
    const int count = static_cast<int>(values.size());
    if (rank_ == 0) {
      MPI_Reduce(MPI_IN_PLACE, values.data(), count, type, MPI_SUM, 0, MPI_COMM_WORLD);
    } else {
      MPI_Reduce(values.data(), nullptr, count, type, MPI_SUM, 0, MPI_COMM_WORLD);
    }
    MPI_Bcast(values.data(), count, type, 0, MPI_COMM_WORLD);
  }

  int NextTask(int job) {
    const std::lock_guard lock(mutex_);
    if (rank_ == 0) return next_[job]++;
    int task = 0;
    MPI_Request answer = MPI_REQUEST_NULL;
    MPI_Irecv(&task, 1, MPI_INT, 0, kAnswerTag, MPI_COMM_WORLD, &answer);
    MPI_Send(&job, 1, MPI_INT, 0, kAskTag, MPI_COMM_WORLD);
    Await(&answer);
    return task;
  }

  void AnswerOthers() {
    while (!stop_) {
      int waiting = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, kAskTag, MPI_COMM_WORLD, &waiting, &status);
      if (waiting == 0) {
        std::this_thread::sleep_for(kPoll);
        continue;
      }
      int job = 0;
      MPI_Recv(&job, 1, MPI_INT, status.MPI_SOURCE, kAskTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      const int task = NextTask(job);
      MPI_Send(&task, 1, MPI_INT, status.MPI_SOURCE, kAnswerTag, MPI_COMM_WORLD);
    }
  }

  int rank_ = 0, size_ = 1, jobs_ = 0;
  std::mutex mutex_;
  std::map<int, int> next_;  // process 0: the first task of each job that nobody has
  std::atomic<bool> stop_ = false;
  std::thread server_;  // process 0
};

}  // namespace

std::unique_ptr<Cluster> JoinMpi() { return std::make_unique<MpiCluster>(); }

}  // namespace rltuner

#else

namespace rltuner {

std::unique_ptr<Cluster> JoinMpi() {
  Fail(
      "this build has no MPI; install an MPI library and its headers and configure again with "
      "-DRLTUNER_MPI=ON");
}

}  // namespace rltuner

#endif
