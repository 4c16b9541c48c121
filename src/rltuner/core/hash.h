// SPDX-License-Identifier: Apache-2.0
// A 128-bit hash that identifies equal data and detects damage. It is the same on every machine. It
// does not protect against deliberate collisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rltuner {

struct Hash128 {
  std::uint64_t low = 0, high = 0;
  auto operator<=>(const Hash128&) const = default;
};

// For std::unordered_set and the like.
struct HashOfHash128 {
  std::size_t operator()(const Hash128& hash) const { return static_cast<std::size_t>(hash.low); }
};

// FNV-1a, 64 bits: a step with one number, and the hash of several.
inline constexpr std::uint64_t kFnvStart = 0xCBF29CE484222325;
constexpr std::uint64_t Fnv1a(std::uint64_t hash, std::uint64_t number) {
  return (hash ^ number) * 0x100000001B3;
}
template <typename Numbers>
std::uint64_t Fnv1a(const Numbers& numbers) {
  std::uint64_t hash = kFnvStart;
  for (const auto number : numbers) hash = Fnv1a(hash, static_cast<std::uint64_t>(number));
  return hash;
}

// Makes every bit of the result depend on every bit of the hash.
std::uint64_t Mixed(std::uint64_t hash);

// The hash depends on the boundaries of added parts: "a", "bc" differs from "ab", "c".
class Hasher {
 public:
  Hasher& Add(std::span<const std::byte> bytes);
  Hasher& Add(std::string_view text) { return Add(std::as_bytes(std::span(text))); }
  Hasher& Add(std::uint64_t number);

  Hash128 Hash() const;

 private:
  std::uint64_t low_ = 0x243F6A8885A308D3, high_ = 0x13198A2E03707344;  // digits of pi
};

inline Hash128 HashBytes(std::span<const std::byte> bytes) { return Hasher().Add(bytes).Hash(); }

}  // namespace rltuner
