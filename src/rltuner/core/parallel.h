// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

namespace rltuner {

// Error if the system has no thread to give.
std::thread StartThread(std::function<void()> work);

// Calls work(task, thread) once for every task 0 .. tasks-1, on at most `threads` threads (the
// caller is one of them), handing tasks out dynamically in order. `thread` is 0 .. threads-1: index
// scratch space by it and results by `task`, and the outcome is the same for any thread count. The
// first exception thrown by a task stops the handing out and is thrown again here; so is the Error
// of a thread that cannot be started.
void ParallelFor(int tasks, int threads, const std::function<void(int task, int thread)>& work);

// The number of threads this machine runs at once, at least 1.
int HardwareThreads();

}  // namespace rltuner
