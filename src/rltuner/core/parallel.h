// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

namespace rltuner {

// Error if the system cannot start another thread.
std::thread StartThread(std::function<void()> work);

// Calls work(task, thread) once for every task 0 .. tasks-1 on at most `threads` threads, one of
// which is the caller's. Tasks are handed out in order to whichever thread is free. `thread` is 0
// .. threads-1: index scratch space by it and results by `task`, and the outcome is the same for
// any number of threads. After a task throws, no further task starts and the first exception is
// rethrown here, as is the Error of a thread that cannot be started.
void ParallelFor(int tasks, int threads, const std::function<void(int task, int thread)>& work);

// The number of threads this machine runs at once, at least 1.
int HardwareThreads();

}  // namespace rltuner
