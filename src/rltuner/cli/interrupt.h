// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace rltuner::cli {

// While one lives, the first Ctrl-C (SIGINT) or SIGTERM sets a flag instead of ending the program;
// the second ends it at once. A loop that polls Requested saves what it has and its command returns
// kInterrupted. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Safe to call from many threads, costs nothing.
  bool Requested() const;

 private:
  using Handler = void (*)(int);
  Handler before_interrupt_, before_terminate_;
};

// What a callback throws to leave the work that it was called from.
struct Interrupted {};

}  // namespace rltuner::cli
