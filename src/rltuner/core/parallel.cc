// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/parallel.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "rltuner/core/error.h"

namespace rltuner {
namespace {

// Longer than the gaps between two pieces of work, shorter than a time slice of the scheduler.
constexpr int kSpins = 2000;

void Relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Returns once `value` is no longer `old`.
void WaitWhile(const std::atomic<int>& value, int old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
    Relax();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

std::thread StartThread(std::function<void()> work) {
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& error) {
    Fail("cannot start another thread: {}; expected fewer threads or a higher process limit",
         error.code().message());
  }
}

void ParallelFor(int tasks, int threads, const std::function<void(int, int)>& work) {
  std::atomic<int> next{1};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](int thread) {
    try {
      for (int task = thread == 0 ? 0 : next++; task < tasks; task = next++) work(task, thread);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
      next = tasks;
    }
  };
  std::vector<std::thread> helpers;
  try {
    helpers.reserve(static_cast<std::size_t>(std::max(threads, 1)));
    for (int i = 1; i < std::min(threads, tasks); ++i) {
      helpers.push_back(StartThread([&run, i] { run(i); }));
    }
    run(0);
  } catch (...) {  // no thread to be had, or no memory for one
    const std::scoped_lock lock(mutex);
    failure = std::current_exception();
    next = tasks;
  }
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

Team::Team(int size) {
  threads_.reserve(size);
  try {
    for (int member = 1; member < size; ++member) {
      threads_.push_back(StartThread([this, member] {
        for (int seen = 0;; ++seen) {
          WaitWhile(calls_, seen);
          if (work_ == nullptr) return;
          Do(member);
          if (working_.fetch_sub(1, std::memory_order_acq_rel) == 1) working_.notify_one();
        }
      }));
    }
  } catch (...) {
    Dismiss();
    throw;
  }
}

Team::~Team() { Dismiss(); }

void Team::Dismiss() {
  work_ = nullptr;
  calls_.fetch_add(1, std::memory_order_release);
  calls_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::Do(int member) {
  try {
    (*work_)(member);
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

void Team::Run(const std::function<void(int)>& work) {
  if (threads_.empty()) {
    work(0);
    return;
  }
  work_ = &work;
  working_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  calls_.fetch_add(1, std::memory_order_release);
  calls_.notify_all();
  Do(0);
  for (int left = working_.load(std::memory_order_acquire); left > 0;
       left = working_.load(std::memory_order_acquire)) {
    WaitWhile(working_, left);
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

int HardwareThreads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace rltuner
