// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace rltuner {

// Cache-line aligned storage, so that kernels' rows start where a register load is cheapest.
template <typename T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  // Large blocks begin at different places of their pages. Where all began at the same one, as
  // operator new has it, loops over several of them at once would find their elements in the same
  // few places of the first cache, and take loads for repetitions of stores: twice the time.
  static constexpr std::size_t kPage = 4096;
  static constexpr std::align_val_t kPageAlignment{kPage};
  static constexpr std::size_t kLarge = 16 * kPage;
  static constexpr std::size_t kApart = 5;  // cache lines from one page number to the next

  AlignedAllocator() = default;
  template <typename U>
  explicit(false) AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-*)

  T* allocate(std::size_t n) {
    const std::size_t bytes = n * sizeof(T);
    if (bytes < kLarge) return static_cast<T*>(::operator new(bytes, kAlignment));
    auto* const page = static_cast<std::byte*>(::operator new(bytes + kPage, kPageAlignment));
    const std::size_t number = reinterpret_cast<std::uintptr_t>(page) / kPage;
    constexpr std::size_t kLine = static_cast<std::size_t>(kAlignment);
    return reinterpret_cast<T*>(page + number * kApart % (kPage / kLine) * kLine);
  }
  void deallocate(T* p, std::size_t n) {
    if (n * sizeof(T) < kLarge) {
      ::operator delete(p, kAlignment);
    } else {
      const std::size_t into_page = reinterpret_cast<std::uintptr_t>(p) % kPage;
      ::operator delete(reinterpret_cast<std::byte*>(p) - into_page, kPageAlignment);
    }
  }
  template <typename U>
  bool operator==(const AlignedAllocator<U>&) const {
    return true;
  }
};

using FloatBuffer = std::vector<float, AlignedAllocator<float>>;

}  // namespace rltuner
