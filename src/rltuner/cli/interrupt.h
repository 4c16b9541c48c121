// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace rltuner::cli {

// While a guard exists, the first Ctrl-C (SIGINT) or SIGTERM sets a flag instead of ending the
// program; the second ends it at once. A loop polls Requested, saves its work, and the command
// returns kInterrupted. Only one guard may exist at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Fast; safe to call from many threads.
  bool Requested() const;

 private:
  using Handler = void (*)(int);
  Handler before_interrupt_, before_terminate_;
};

// Thrown by a callback to end the command that called it. The command has written nothing.
struct Interrupted {};

}  // namespace rltuner::cli
