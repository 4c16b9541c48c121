// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rltuner {

// Error if the system cannot start another thread.
std::thread StartThread(std::function<void()> work);

// Calls work(task, thread) once for every task 0 .. tasks-1 on at most `threads` threads, one of
// which is the caller's. Tasks are handed out in order to whichever thread is free. The caller is
// thread 0 and begins with task 0. `thread` is 0 .. threads-1. Index scratch space by `thread` and
// results by `task`: the outcome is then the same for any number of threads. After a task throws,
// no further task starts, and the first exception is rethrown here. Error if a thread cannot be
// started.
void ParallelFor(int tasks, int threads, const std::function<void(int task, int thread)>& work);

// Threads for repeated work of a few microseconds, which wait between calls. Use ParallelFor for
// longer work. Not thread-safe: one thread calls Run.
class Team {
 public:
  // The caller of Run and `size` - 1 more threads. Error if the system cannot start them.
  explicit Team(int size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls work(member) on every member at once, 0 .. size() - 1 (the caller is 0), and returns when
  // all are done. The first exception is rethrown here. A waiting member spins for some
  // microseconds and then sleeps. Does not allocate.
  void Run(const std::function<void(int member)>& work);

 private:
  void Do(int member);
  void Dismiss();

  const std::function<void(int)>* work_ = nullptr;  // null: the team is dismissed
  std::atomic<int> calls_{0};                       // of Run
  std::atomic<int> working_{0};                     // threads that have not finished the last call
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

// The number of threads this machine runs at once, at least 1.
int HardwareThreads();

}  // namespace rltuner
