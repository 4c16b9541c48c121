// SPDX-License-Identifier: Apache-2.0
// Threads that stand ready for work of microseconds, over and over. For longer work that comes
// seldom there is ParallelFor.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rltuner {

// Not thread-safe: one thread calls Run.
class Team {
 public:
  // The caller of Run and `size` - 1 more threads. Error if the system has no thread to give.
  explicit Team(int size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls work(piece) for 0 .. pieces - 1 and returns when all are done. Who is free takes the next
  // piece, the caller too: a member that the system keeps waiting holds up nobody. The first
  // exception is thrown again here. A member who waits spins for some microseconds and then sleeps.
  // Does not allocate. 0 <= pieces < 65,536.
  void Run(int pieces, const std::function<void(int piece)>& work);

 private:
  void TakePieces();
  void Dismiss();

  const std::function<void(int)>* work_ = nullptr;
  std::atomic<bool> dismissed_{false};
  std::atomic<std::uint64_t> tickets_{0};  // [call of Run | pieces | next piece]
  std::atomic<int> calls_{0};              // of Run
  std::atomic<int> done_{0};               // pieces of the last one
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace rltuner
