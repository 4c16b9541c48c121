// SPDX-License-Identifier: Apache-2.0
// Counts what operator new is asked for. It replaces the operators of the whole program: include it
// in one file of a test program only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace rltuner {

inline std::atomic<std::int64_t> allocation_count{0};

// The number of allocations that `action` makes, on any thread.
template <typename Action>
std::int64_t AllocationsOf(const Action& action) {
  const std::int64_t before = allocation_count;
  action();
  return allocation_count - before;
}

inline void* CountedAllocation(std::size_t size, std::size_t alignment) {
  ++allocation_count;
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, whole > 0 ? whole : alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace rltuner

// Not inline: GCC takes an inlined half of a pair for a mismatch.

[[gnu::noinline]] void* operator new(std::size_t size) {
  return rltuner::CountedAllocation(size, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
  return rltuner::CountedAllocation(size, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return rltuner::CountedAllocation(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void* operator new[](std::size_t size, std::align_val_t alignment) {
  return rltuner::CountedAllocation(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
