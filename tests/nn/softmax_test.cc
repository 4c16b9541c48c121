// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "normal.h"
#include "rltuner/nn/simd.h"

namespace rltuner {
namespace {

TEST(Softmax, EqualsTheDefinition) {
  Random random(1);
  for (const int size : {1, 2, 7, 8, 9, 38, 100}) {
    std::vector<float> logits(size);
    for (float& x : logits) x = 5 * static_cast<float>(Normal(random));
    double total = 0;
    for (const float x : logits) total += std::exp(static_cast<double>(x));
    std::vector<float> p(size);
    std::vector<float> log_p(size);
    Softmax(logits, p);
    LogSoftmax(logits, log_p);
    for (int i = 0; i < size; ++i) {
      EXPECT_NEAR(p[i], std::exp(logits[i]) / total, 1e-6);
      EXPECT_NEAR(log_p[i], logits[i] - std::log(total), 1e-5);
    }
  }
}

TEST(LogSumExp, TakesLargeValues) {
  const std::vector<float> logits = {1000, 1000, -1000};
  EXPECT_NEAR(LogSumExp(logits), 1000 + std::log(2.0), 1e-3);
}

// In one order for registers of eight and of sixteen floats: builds for AVX2 and for AVX-512 give
// the same bytes.
TEST(LogSumExp, SumsEightAtATime) {
  constexpr std::uint64_t kSeed = 13;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const int piece = std::min(simd::kLanes, 8);
  for (const int size : {1, 7, 8, 9, 16, 23, 24, 38, 100}) {
    std::vector<float> logits(size);
    for (float& x : logits) x = 3 * static_cast<float>(Normal(random));
    const float maximum = *std::ranges::max_element(logits);
    float total = 0;
    for (int first = 0; first < size; first += piece) {
      float sum = 0;
      for (int i = first; i < std::min(first + piece, size); ++i) {
        float lanes[simd::kLanes];
        simd::Store(lanes, simd::Exp(simd::Broadcast(logits[i] - maximum)));
        sum += lanes[0];
      }
      total += sum;
    }
    EXPECT_EQ(LogSumExp(logits), maximum + std::log(total)) << size;
  }
}

TEST(SampleSoftmax, DrawsInProportion) {
  constexpr std::uint64_t kSoftmaxSeed = 11;
  SCOPED_TRACE(kSoftmaxSeed);
  Random random(kSoftmaxSeed);
  const std::vector<float> logits = {0, std::log(2.0F), std::log(5.0F), -INFINITY};
  std::vector<int> counts(4);
  constexpr int kDraws = 80000;
  for (int i = 0; i < kDraws; ++i) ++counts[SampleSoftmax(logits, random)];
  const double expected[] = {1.0 / 8, 2.0 / 8, 5.0 / 8, 0};
  for (int i = 0; i < 4; ++i) {
    // Five standard deviations of a binomial.
    const double deviation = std::sqrt(expected[i] * (1 - expected[i]) / kDraws);
    EXPECT_NEAR(counts[i] / static_cast<double>(kDraws), expected[i], 5 * deviation) << i;
  }
}

}  // namespace
}  // namespace rltuner
