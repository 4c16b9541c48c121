// SPDX-License-Identifier: Apache-2.0
// The processes that share one run: a single one, or several started together (MPI).
#pragma once

#include <functional>
#include <memory>
#include <span>

namespace rltuner {

// Every process of a cluster makes the same calls in the same order. Each call except rank and size
// waits for the other processes, asleep if the wait is long. Make calls from one thread at a time;
// only the work of ForEachTask runs on several.
class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual int rank() const = 0;  // 0 .. size()-1; rank 0 writes files and prints
  virtual int size() const = 0;

  // values[i] becomes the sum over all processes, the same bits in each of them. Sums of more than
  // two processes may differ in rounding from those of one.
  virtual void Sum(std::span<float> values) = 0;
  virtual void Sum(std::span<double> values) = 0;

  // Whether `here` is true in at least one process.
  bool Any(bool here) {
    double count = here ? 1 : 0;
    Sum(std::span(&count, 1));
    return count > 0;
  }

  // Returns when every process has called it.
  virtual void Wait() = 0;

  // Calls work(task) once for every task 0 .. tasks-1 somewhere in the cluster, on at most
  // `threads` threads of each process. Tasks are handed out in order to whichever process is free.
  // Returns when all are done. After a task throws, this process takes no further task, and the
  // exception is rethrown here without waiting for the others.
  virtual void ForEachTask(int tasks, int threads, const std::function<void(int task)>& work) = 0;

  // Ends all processes with this exit code at once. Does nothing in a cluster of one.
  virtual void Abort(int exit_code) = 0;
};

// A cluster of this process alone.
std::unique_ptr<Cluster> SingleProcess();

// Joins the processes that an MPI launcher started with this one. Call it at most once per process.
// Error in a build without MPI.
std::unique_ptr<Cluster> JoinMpi();

}  // namespace rltuner
