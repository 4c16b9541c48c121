// SPDX-License-Identifier: Apache-2.0
// The processes that work on one job: one, or several that were started together (MPI).
#pragma once

#include <functional>
#include <memory>
#include <span>

namespace rltuner {

// Every process of a cluster makes the same calls in the same order; each call but the first two
// waits for the others, asleep unless the wait is short. One thread at a time, except for the work
// of ForEachTask.
class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual int rank() const = 0;  // 0 .. size()-1; 0 writes files and speaks
  virtual int size() const = 0;

  // values[i] becomes the sum over all processes, the same bits in each of them. Sums of more than
  // two processes may differ in rounding from those of one.
  virtual void Sum(std::span<float> values) = 0;
  virtual void Sum(std::span<double> values) = 0;

  // Returns when every process has come here.
  virtual void Wait() = 0;

  // Calls work(task) once for every task 0 .. tasks-1 somewhere in the cluster, on at most
  // `threads` threads of each process, handing tasks out in order to whoever is free. Returns when
  // all are done. An exception of a task stops the handing out to this process and is thrown again
  // here, without waiting for the others.
  virtual void ForEachTask(int tasks, int threads, const std::function<void(int task)>& work) = 0;

  // Ends all processes with this exit code, whatever they do. Does nothing where there is one only.
  virtual void Abort(int exit_code) = 0;
};

// A process by itself.
std::unique_ptr<Cluster> SingleProcess();

// Whether this library can join processes at all.
bool HasMpi();

// Joins the processes that an MPI launcher started with this one; at most once in a process. Error
// without HasMpi().
std::unique_ptr<Cluster> JoinMpi();

}  // namespace rltuner
