// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/aligned.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rltuner {
namespace {

std::uintptr_t Address(const FloatBuffer& buffer) {
  return reinterpret_cast<std::uintptr_t>(buffer.data());
}

TEST(FloatBuffer, BlocksOfEverySizeBeginACacheLineAndAreWhole) {
  constexpr std::size_t kLarge = AlignedAllocator<float>::kLarge / sizeof(float);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{100}, kLarge - 1, kLarge, kLarge + 1, 20 * kLarge}) {
    SCOPED_TRACE(size);
    FloatBuffer buffer(size);
    EXPECT_EQ(Address(buffer) % 64, 0U);
    buffer.front() = 1;
    buffer.back() = 2;
    const FloatBuffer copy = buffer;
    EXPECT_EQ(copy, buffer);
  }
}

// What begins a page later begins at another place of its page; see aligned.h.
TEST(FloatBuffer, LargeBlocksBeginWhereTheirPageSays) {
  using Allocator = AlignedAllocator<float>;
  for (int i = 0; i < 5; ++i) {
    const FloatBuffer buffer(Allocator::kLarge);
    const std::uintptr_t page = Address(buffer) / Allocator::kPage;
    EXPECT_EQ(Address(buffer) % Allocator::kPage, page * Allocator::kApart % 64 * 64);
  }
}

}  // namespace
}  // namespace rltuner
