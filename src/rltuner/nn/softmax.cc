// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/softmax.h"

#include <algorithm>
#include <cmath>

#include "rltuner/nn/simd.h"

namespace rltuner {
namespace {

using simd::kLanes;

// Sums take this many values at a time, so that AVX-512 gives the same bits as AVX2.
constexpr int kPiece = std::min(kLanes, 8);

// Calls visit(first, count, values) for up to kLanes values e^(logit - maximum) at a
// time and returns the sum of all of them.
template <typename Visit>
float SumOfExp(std::span<const float> logits, float maximum, Visit visit) {
  const int n = static_cast<int>(logits.size());
  float total = 0;
  float lanes[kLanes] = {};
  const auto add = [&](int begin, int end) {
    float piece = 0;
    for (int i = begin; i < end; ++i) piece += lanes[i];
    total += piece;
  };
  int first = 0;
  // Whole registers are separate from the rest, because compilers unroll a fixed count.
  for (; first + kLanes <= n; first += kLanes) {
    simd::Store(lanes, simd::Exp(simd::Load(&logits[first]) - maximum));
    for (int begin = 0; begin < kLanes; begin += kPiece) add(begin, begin + kPiece);
    visit(first, kLanes, lanes);
  }
  if (first < n) {
    const int count = n - first;
    for (int i = 0; i < count; ++i) lanes[i] = logits[first + i];
    simd::Store(lanes, simd::Exp(simd::Load(lanes) - maximum));
    for (int begin = 0; begin < count; begin += kPiece) {
      add(begin, std::min(begin + kPiece, count));
    }
    visit(first, count, lanes);
  }
  return total;
}

void Ignore(int, int, const float*) {}

// The index where the running sum of values passes `left`.
class Draw {
 public:
  explicit Draw(float left) : left_(left) {}

  void Pass(int first, int count, const float* values) {
    for (int i = 0; i < count && drawn_ < 0; ++i) {
      if (values[i] > 0) last_possible_ = first + i;
      left_ -= values[i];
      if (left_ < 0) drawn_ = first + i;
    }
  }
  // Rounding may leave a remainder.
  int drawn() const { return drawn_ < 0 ? last_possible_ : drawn_; }

 private:
  float left_;
  int drawn_ = -1, last_possible_ = 0;
};

}  // namespace

float Maximum(std::span<const float> values) {
  const int n = static_cast<int>(values.size());
  float maximum = values[0];
  int first = 0;
  if (n >= kLanes) {
    simd::Floats most = simd::Load(values.data());
    for (first = kLanes; first + kLanes <= n; first += kLanes) {
      most = simd::Max(most, simd::Load(&values[first]));
    }
    float lanes[kLanes];
    simd::Store(lanes, most);
    for (const float lane : lanes) maximum = std::max(maximum, lane);
  }
  for (; first < n; ++first) maximum = std::max(maximum, values[first]);
  return maximum;
}

float LogSumExp(std::span<const float> logits) {
  const float maximum = Maximum(logits);
  return maximum + std::log(SumOfExp(logits, maximum, Ignore));
}

void LogSoftmax(std::span<const float> logits, std::span<float> log_probabilities) {
  const float normalizer = LogSumExp(logits);
  for (std::size_t i = 0; i < logits.size(); ++i) log_probabilities[i] = logits[i] - normalizer;
}

void Softmax(std::span<const float> logits, std::span<float> probabilities) {
  const float total =
      SumOfExp(logits, Maximum(logits), [&](int first, int count, const float* values) {
        std::copy_n(values, count, &probabilities[first]);
      });
  const float scale = 1.0F / total;
  for (float& p : probabilities) p *= scale;
}

int ArgMax(std::span<const float> values) {
  return static_cast<int>(std::ranges::max_element(values) - values.begin());
}

int SampleSoftmax(std::span<const float> logits, Random& random) {
  const float maximum = Maximum(logits);
  // Computes the exponentials twice: the draw is where their running sum passes its share.
  Draw draw(random.Uniform() * SumOfExp(logits, maximum, Ignore));
  SumOfExp(logits, maximum,
           [&](int first, int count, const float* values) { draw.Pass(first, count, values); });
  return draw.drawn();
}

SoftmaxDraw DrawSoftmax(std::span<const float> logits, float uniform,
                        std::span<float> probabilities) {
  const float maximum = Maximum(logits);
  const float total = SumOfExp(logits, maximum, [&](int first, int count, const float* values) {
    std::copy_n(values, count, &probabilities[first]);
  });
  Draw draw(uniform * total);
  draw.Pass(0, static_cast<int>(logits.size()), probabilities.data());
  const float scale = 1.0F / total;
  for (float& p : probabilities) p *= scale;
  const int drawn = draw.drawn();
  return {.drawn = drawn, .log_probability = logits[drawn] - (maximum + std::log(total))};
}

}  // namespace rltuner
