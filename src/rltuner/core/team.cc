// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/team.h"

#include <utility>

#include "rltuner/core/parallel.h"

namespace rltuner {
namespace {

// Longer than the gaps between two pieces of work, shorter than a slice of the scheduler's time.
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

constexpr std::uint64_t kPieceBits = 16;
constexpr std::uint64_t kPieceMask = (1U << kPieceBits) - 1;

}  // namespace

Team::Team(int size) {
  threads_.reserve(size);
  try {
    for (int member = 1; member < size; ++member) {
      threads_.push_back(StartThread([this] {
        for (int seen = 0; !dismissed_; seen = calls_.load(std::memory_order_acquire)) {
          TakePieces();
          WaitWhile(calls_, seen);
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
  dismissed_ = true;
  calls_.fetch_add(1, std::memory_order_release);
  calls_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// The call of Run in a ticket keeps a late member from taking a piece of another call for one of
// the call that it saw. Only who has a piece may look at work_: Run does not return before.
void Team::TakePieces() {
  std::uint64_t ticket = tickets_.load(std::memory_order_acquire);
  for (;;) {
    const std::uint64_t piece = ticket & kPieceMask;
    const std::uint64_t pieces = ticket >> kPieceBits & kPieceMask;
    if (piece >= pieces) return;
    if (!tickets_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
    try {
      (*work_)(static_cast<int>(piece));
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    done_.fetch_add(1, std::memory_order_acq_rel);
    done_.notify_one();
    ticket = tickets_.load(std::memory_order_acquire);
  }
}

void Team::Run(int pieces, const std::function<void(int)>& work) {
  if (threads_.empty()) {
    for (int piece = 0; piece < pieces; ++piece) work(piece);
    return;
  }
  work_ = &work;
  done_.store(0, std::memory_order_relaxed);
  const std::uint64_t call =
      static_cast<std::uint32_t>(calls_.load(std::memory_order_relaxed)) + 1U;
  tickets_.store(call << 2 * kPieceBits | static_cast<std::uint64_t>(pieces) << kPieceBits,
                 std::memory_order_release);
  calls_.fetch_add(1, std::memory_order_release);
  calls_.notify_all();
  TakePieces();
  for (int done = done_.load(std::memory_order_acquire); done < pieces;
       done = done_.load(std::memory_order_acquire)) {
    WaitWhile(done_, done);
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace rltuner
