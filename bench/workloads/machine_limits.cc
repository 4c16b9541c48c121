// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "bench/workloads/workloads.h"
#include "rltuner/nn/model.h"
#include "rltuner/nn/simd.h"

namespace rltuner::bench {
namespace {

// Compilers drop loops whose result nobody reads.
void Keep(simd::Floats value) {
  std::array<float, simd::kLanes> lanes;
  simd::Store(lanes.data(), value);
  volatile float sink = lanes[0];
  static_cast<void>(sink);
}

const FloatBuffer& Memory(std::size_t floats) {
  static const FloatBuffer cached(kL2Floats, 1.0F);
  if (floats <= cached.size()) return cached;
  static const FloatBuffer large(kMemoryFloats, 1.0F);
  return large;
}

}  // namespace

double RunMultiplyAdds(int rounds) {
  // Enough sums to fill the latency of two units on every processor of today.
  constexpr int kSums = 12;
  constexpr int kPerRound = 1000;
  std::array<simd::Floats, kSums> sums;
  for (int i = 0; i < kSums; ++i) sums[i] = simd::Broadcast(static_cast<float>(i));
  const simd::Floats a = simd::Broadcast(1.0000001F);
  const simd::Floats b = simd::Broadcast(1e-9F);
  for (int round = 0; round < rounds; ++round) {
    for (int n = 0; n < kPerRound; ++n) {
      for (simd::Floats& sum : sums) sum = sum * a + b;
    }
  }
  for (const simd::Floats& sum : sums) Keep(sum);
  return 2.0 * rounds * kPerRound * kSums * simd::kLanes;
}

double ReadFloats(std::size_t floats, int rounds) {
  constexpr std::size_t kSums = 8;
  constexpr std::size_t kStep = kSums * simd::kLanes;
  const float* const data = Memory(floats).data();
  const std::size_t whole = floats / kStep * kStep;
  std::array<simd::Floats, kSums> sums{};
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < whole; i += kStep) {
      for (std::size_t k = 0; k < kSums; ++k) sums[k] += simd::Load(data + i + k * simd::kLanes);
    }
  }
  for (const simd::Floats& sum : sums) Keep(sum);
  return static_cast<double>(rounds) * static_cast<double>(whole) * sizeof(float);
}

}  // namespace rltuner::bench
