// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/random.h"

#include <cassert>

namespace rltuner {
namespace {

std::uint64_t SplitMix(std::uint64_t& x) {
  x += 0x9e3779b97f4a7c15U;
  std::uint64_t z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_{} {
  std::uint64_t from_stream = stream;
  std::uint64_t mixed = seed ^ SplitMix(from_stream);
  for (std::uint64_t& word : state_) word = SplitMix(mixed);
}

std::uint32_t Random::Below(std::uint32_t n) {
  assert(n > 0);
  // Lemire's method: the high half of a 32 x 32 product, rejecting the few biased low halves.
  std::uint64_t product = (Next() >> 32) * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t threshold = (0U - n) % n;
    while (static_cast<std::uint32_t>(product) < threshold) product = (Next() >> 32) * n;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace rltuner
