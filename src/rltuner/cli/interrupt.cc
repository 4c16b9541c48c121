// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/interrupt.h"

#include <atomic>
#include <cstdlib>

namespace rltuner::cli {
namespace {

// The only thing besides std::_Exit that a signal handler may touch.
std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void HandleSignal(int signal) {
  if (requested.exchange(true)) std::_Exit(128 + signal);
  std::signal(signal, HandleSignal);  // some systems forget the handler after a signal
}

}  // namespace

InterruptGuard::InterruptGuard() {
  requested = false;
  before_interrupt_ = std::signal(SIGINT, HandleSignal);
  before_terminate_ = std::signal(SIGTERM, HandleSignal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, before_interrupt_);
  std::signal(SIGTERM, before_terminate_);
}

bool InterruptGuard::Requested() const { return requested.load(std::memory_order_relaxed); }

}  // namespace rltuner::cli
