// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/parallel.h"

namespace rltuner::studio {

// A thread for each open connection, because a listener of events keeps its thread as long as its
// page is open. A thread is started when none is idle. There are at most `most`; further
// connections wait.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  using Start = std::function<std::thread(std::function<void()>)>;

  // `start` is StartThread, except in tests.
  explicit ConnectionThreads(int most, Start start = StartThread)
      : most_(static_cast<std::size_t>(most)), start_(std::move(start)) {
    threads_.reserve(most_);
  }

  // The result of enqueue: void in some versions of the library, bool (accepted or not) in others.
  using Taken = decltype(std::declval<httplib::TaskQueue>().enqueue({}));

  Taken enqueue(std::function<void()> serve) override {
    std::unique_lock lock(mutex_);
    waiting_.push_back(std::move(serve));
    // If the system cannot start a thread at once, this tries again. Otherwise the connection might
    // wait until the next one comes, because all threads may serve listeners, which never end.
    for (int tries = 0; tries < kTries && !HasThreadForEach(); ++tries) {
      try {
        threads_.push_back(start_([this] { Serve(); }));
        break;
      } catch (const Error&) {
        lock.unlock();
        std::this_thread::sleep_for(kBetweenTries);
        lock.lock();
      }
    }
    changed_.notify_one();
    return static_cast<Taken>(true);
  }

  void shutdown() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  static constexpr int kTries = 100;
  static constexpr std::chrono::milliseconds kBetweenTries{10};

  // Whether each waiting connection has an idle thread, or no more threads may be started.
  bool HasThreadForEach() const { return idle_ >= waiting_.size() || threads_.size() >= most_; }

  void Serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      --idle_;
      if (waiting_.empty()) return;
      const std::function<void()> serve = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      serve();
      lock.lock();
    }
  }

  const std::size_t most_;
  const Start start_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace rltuner::studio
