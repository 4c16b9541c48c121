// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "rltuner/nn/model.h"

namespace rltuner {
namespace {

// Memory begins a cache line, where a register load is cheapest. Blocks of at least kLargeBlock
// bytes start at different offsets within their pages. If all started at the same offset, as with
// operator new, a loop over several blocks would compete for the same sets of the first-level cache
// and mistake loads for dependent on earlier stores, which doubles its time. For blocks of at least
// kHugeBlock bytes the system is asked for huge pages, because scattered reads from small pages
// miss the TLB nearly every time.
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLargeBlock = 16 * kPage;
constexpr std::size_t kHugeBlock = std::size_t{4} << 20;
constexpr std::size_t kLinesApart = 5;  // from one page number to the next

constexpr std::align_val_t kLineAlignment{kCacheLine};
constexpr std::align_val_t kPageAlignment{kPage};
constexpr std::align_val_t kHugeAlignment{std::size_t{2} << 20};

std::align_val_t Alignment(std::size_t bytes) {
  return bytes < kHugeBlock ? kPageAlignment : kHugeAlignment;
}

}  // namespace

void* AllocateAligned(std::size_t bytes) {
  if (bytes < kLargeBlock) return ::operator new(bytes, kLineAlignment);
  void* const block = ::operator new(bytes + kPage, Alignment(bytes));
#if defined(MADV_HUGEPAGE)
  // A hint: a system without huge pages ignores it.
  if (bytes >= kHugeBlock) madvise(block, bytes, MADV_HUGEPAGE);
#endif
  const std::size_t number = reinterpret_cast<std::uintptr_t>(block) / kPage;
  return static_cast<std::byte*>(block) + number * kLinesApart % (kPage / kCacheLine) * kCacheLine;
}

void FreeAligned(void* block, std::size_t bytes) {
  if (bytes < kLargeBlock) {
    ::operator delete(block, kLineAlignment);
    return;
  }
  const std::size_t into_page = reinterpret_cast<std::uintptr_t>(block) % kPage;
  ::operator delete(static_cast<std::byte*>(block) - into_page, Alignment(bytes));
}

}  // namespace rltuner
