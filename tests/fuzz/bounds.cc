// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <ctime>

#include "fuzz/fuzz_target.h"
#include "rltuner/core/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define RLTUNER_WATCHES_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RLTUNER_WATCHES_HEAP 1
#endif
#endif

#ifdef RLTUNER_WATCHES_HEAP
// As sanitizer/allocator_interface.h has them, which GCC does not install.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void* pointer, std::size_t size),
    void (*freed)(const volatile void* pointer));
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void* pointer);
#endif

namespace rltuner {
namespace {

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
constexpr std::int64_t kAllowance = 64 * kMebibyte;

// What is allocated since the input began, and how much may be. Written by the allocator's hooks.
std::atomic<std::int64_t> in_use{0};
std::atomic<std::int64_t> limit{0};  // 0: no input is being read

#ifdef RLTUNER_WATCHES_HEAP
void Allocated(const volatile void* /*pointer*/, std::size_t size) {
  const auto bytes = static_cast<std::int64_t>(size);
  const std::int64_t now = in_use.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const std::int64_t most = limit.exchange(0, std::memory_order_relaxed);  // none while it prints
  if (most != 0 && now > most) {
    std::fprintf(stderr, "fuzz: %lld bytes of heap at once, expected at most %lld\n",
                 static_cast<long long>(now), static_cast<long long>(most));
    std::abort();
  }
  limit.store(most, std::memory_order_relaxed);
}

void Freed(const volatile void* pointer) {
  if (pointer == nullptr) return;
  in_use.fetch_sub(static_cast<std::int64_t>(__sanitizer_get_allocated_size(pointer)),
                   std::memory_order_relaxed);
}

void WatchHeap() {
  static const bool installed = __sanitizer_install_malloc_and_free_hooks(Allocated, Freed) != 0;
  Require(installed);
}
#else
void WatchHeap() {}
#endif

// Too slow for a test on a busy machine, right for a fuzz run: processor time, not the clock's.
void CheckTime(std::clock_t start, std::size_t size) {
#ifdef RLTUNER_FUZZ_BUILD
  const double taken = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double most = 1 + static_cast<double>(size) / kMebibyte;
  if (taken > most) {
    std::fprintf(stderr, "fuzz: %.2f s of processor time, expected at most %.2f\n", taken, most);
    std::abort();
  }
#else
  static_cast<void>(start);
  static_cast<void>(size);
#endif
}

}  // namespace

void ReadWithinBounds(ReadInput read, std::span<const std::uint8_t> input) {
  WatchHeap();
  const std::clock_t start = std::clock();
  in_use = 0;
  limit = kAllowance + static_cast<std::int64_t>(input.size());
  try {
    read(input);
  } catch (const Error& error) {
    Require(std::string_view(error.what()).find('\n') == std::string_view::npos);
  }
  limit = 0;
  CheckTime(start, input.size());
}

}  // namespace rltuner
