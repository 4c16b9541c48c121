// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace rltuner {

// Memory that begins with a cache line, so that kernels' rows start where a register load is
// cheapest. Blocks from kLargeBlock on begin at different places of their pages: where all began at
// the same one, as operator new has it, loops over several of them at once would find their
// elements in the same few places of the first cache, and take loads for repetitions of stores:
// twice the time. For blocks from kHugeBlock on the system is asked for large pages, as reading
// here and there in small ones costs a search for nearly every page.
inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kLargeBlock = 16 * kPage;
inline constexpr std::size_t kHugeBlock = std::size_t{4} << 20;
inline constexpr std::size_t kLinesApart = 5;  // from one page number to the next

void* AllocateAligned(std::size_t bytes);          // throws std::bad_alloc
void FreeAligned(void* block, std::size_t bytes);  // what AllocateAligned(bytes) gave

template <typename T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <typename U>
  explicit(false) AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-*)

  T* allocate(std::size_t n) { return static_cast<T*>(AllocateAligned(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) { FreeAligned(p, n * sizeof(T)); }
  template <typename U>
  bool operator==(const AlignedAllocator<U>&) const {
    return true;
  }
};

using FloatBuffer = std::vector<float, AlignedAllocator<float>>;

}  // namespace rltuner
