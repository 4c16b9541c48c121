// SPDX-License-Identifier: Apache-2.0
// A small random generator with explicit streams: the same seed gives the same numbers on every
// machine and with every standard library. The distributions of std:: do not promise this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace rltuner {

// xoshiro256++ (Blackman and Vigna, 2019), seeded by SplitMix64 from (seed, stream). Streams of one
// seed are independent for all practical purposes: give each thread, composition or purpose its own
// stream. Not thread-safe; copying copies the position.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  // For checkpoints: a generator built from state() continues where the other one stopped.
  explicit Random(const State& state) : state_(state) {}
  const State& state() const { return state_; }

  std::uint64_t Next() {
    const std::uint64_t result = RotateLeft(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = RotateLeft(state_[3], 45);
    return result;
  }

  // Uniform in [0, 1), 24 random bits: every value is exact in a float.
  float Uniform() { return static_cast<float>(Next() >> 40) * 0x1p-24F; }

  // Uniform in [0, 1), 53 random bits.
  double UniformDouble() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  // Uniform in 0 .. n-1, without bias. n must be positive.
  std::uint32_t Below(std::uint32_t n);

 private:
  static std::uint64_t RotateLeft(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  State state_;
};

// Puts the values in random order (Fisher and Yates, 1938).
template <typename T>
void Shuffle(std::vector<T>& values, Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[random.Below(static_cast<std::uint32_t>(i))]);
  }
}

// Keeps `count` of the values, drawn without replacement. `count` is at most their number.
template <typename T>
void KeepRandom(std::vector<T>& values, std::size_t count, Random& random) {
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(values[i], values[i + random.Below(static_cast<std::uint32_t>(values.size() - i))]);
  }
  values.resize(count);
}

}  // namespace rltuner
