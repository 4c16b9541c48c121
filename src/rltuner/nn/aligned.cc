// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/aligned.h"

#include <cstdint>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace rltuner {
namespace {

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
