// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>

#include "rltuner/nn/model.h"

namespace rltuner {
namespace {

constexpr std::size_t kLargeBlock = std::size_t{64} << 10;

std::uintptr_t Address(const FloatBuffer& buffer) {
  return reinterpret_cast<std::uintptr_t>(buffer.data());
}

TEST(FloatBuffer, BlocksOfEverySizeBeginACacheLineAndAreWhole) {
  constexpr std::size_t kLarge = kLargeBlock / sizeof(float);
  constexpr std::size_t kHuge = (std::size_t{4} << 20) / sizeof(float);
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, kLarge - 1, kLarge, kLarge + 1,
                                 kHuge - 1, kHuge, 3 * kHuge + 1}) {
    SCOPED_TRACE(size);
    FloatBuffer buffer(size);
    EXPECT_EQ(Address(buffer) % 64, 0U);
    buffer.front() = 1;
    buffer.back() = 2;
    const FloatBuffer copy = buffer;
    EXPECT_EQ(copy, buffer);
  }
}

// What begins a page later begins five cache lines later in its page; see aligned.cc.
TEST(FloatBuffer, LargeBlocksBeginWhereTheirPageSays) {
  for (int i = 0; i < 5; ++i) {
    const FloatBuffer buffer(kLargeBlock);
    const std::uintptr_t page = Address(buffer) / 4096;
    EXPECT_EQ(Address(buffer) % 4096, page * 5 % 64 * 64);
  }
}

}  // namespace
}  // namespace rltuner
