// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/hash.h"

#include <bit>
#include <cstring>

namespace rltuner {
namespace {

constexpr std::uint64_t kLowFactor = 0x9E3779B97F4A7C15;
constexpr std::uint64_t kHighFactor = 0xC2B2AE3D27D4EB4F;

static_assert(std::endian::native == std::endian::little, "bytes are taken as words as they are");

std::uint64_t Word(std::span<const std::byte> bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return word;
}

}  // namespace

std::uint64_t Mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
  return hash ^ (hash >> 33);
}

Hasher& Hasher::Add(std::uint64_t number) {
  low_ = (low_ ^ number) * kLowFactor;
  low_ ^= low_ >> 32;
  high_ = (std::rotl(high_, 31) + number) * kHighFactor;
  high_ ^= high_ >> 29;
  return *this;
}

Hasher& Hasher::Add(std::span<const std::byte> bytes) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  Add(bytes.size());
  for (; bytes.size() >= kWord; bytes = bytes.subspan(kWord)) {
    Add(Word(bytes.first(kWord)));
  }
  return bytes.empty() ? *this : Add(Word(bytes));
}

Hash128 Hasher::Hash() const { return {Mixed(low_ ^ high_), Mixed(high_ + kLowFactor)}; }

}  // namespace rltuner
