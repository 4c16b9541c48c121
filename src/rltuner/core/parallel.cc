// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "rltuner/core/error.h"

namespace rltuner {

std::thread StartThread(std::function<void()> work) {
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& error) {
    Fail("cannot start another thread: {}; expected fewer threads or a higher process limit",
         error.code().message());
  }
}

void ParallelFor(int tasks, int threads, const std::function<void(int, int)>& work) {
  std::atomic<int> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](int thread) {
    try {
      for (int task = next++; task < tasks; task = next++) work(task, thread);
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

int HardwareThreads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace rltuner
