// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace rltuner {

// Memory aligned to a cache line, where a register load is cheapest. Blocks of at least kLargeBlock
// bytes start at different offsets within their pages. If all started at the same offset, as with
// operator new, a loop over several blocks would compete for the same sets of the first-level cache
// and mistake loads for dependent on earlier stores, which doubles its time. For blocks of at least
// kHugeBlock bytes the system is asked for huge pages, because scattered reads from small pages
// miss the TLB nearly every time.
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
