// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/autocorrelation.h"

#include <cassert>
#include <cstddef>
#include <limits>

namespace rltuner {
namespace {

// Keeps a compiler from fusing the multiplication with a later addition, which would skip the
// rounding in between.
double RoundedProduct(double a, double b) {
  volatile double product = a * b;
  return product;
}

// numpy's sum of at most 128 doubles.
double PairwiseSum(std::span<const double> values) {
  const std::size_t size = values.size();
  double sum = 0;
  std::size_t i = 0;
  if (size >= 8) {
    std::array<double, 8> part;
    for (; i < 8; ++i) part[i] = values[i];
    for (; i < size - size % 8; ++i) part[i % 8] += values[i];
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  }
  for (; i < size; ++i) sum += values[i];
  return sum;
}

}  // namespace

void RunningAutocorrelation::Add(int value) { Push(value, 1); }

void RunningAutocorrelation::AddEmpty() { Push(0, 0); }

void RunningAutocorrelation::Push(std::int64_t value, std::int64_t present) {
  ++size_;
  count_ += present;
  sum_ += value;
  squares_ += value * value;
  for (std::size_t i = 0; i < kLags; ++i) {
    pairs_[i] += present * present_[i];
    ends_[i] += value * present_[i] + recent_[i] * present;
    products_[i] += value * recent_[i];
  }
  for (std::size_t i = kLags - 1; i > 0; --i) {
    recent_[i] = recent_[i - 1];
    present_[i] = present_[i - 1];
  }
  recent_[0] = value;
  present_[0] = present;
}

std::array<double, RunningAutocorrelation::kLags> RunningAutocorrelation::Coefficients() const {
  std::array<double, kLags> coefficients;
  if (!HasVariance()) {
    coefficients.fill(std::numeric_limits<double>::quiet_NaN());
    return coefficients;
  }
  const double mean = static_cast<double>(sum_) / static_cast<double>(count_);
  const double deviation = static_cast<double>(squares_) - static_cast<double>(sum_) * mean;
  const double scale = 1 / deviation;
  for (std::size_t i = 0; i < kLags; ++i) {
    coefficients[i] =
        (static_cast<double>(products_[i]) -
         mean * (static_cast<double>(ends_[i]) - mean * static_cast<double>(pairs_[i]))) *
        scale;
  }
  return coefficients;
}

double PublishedAutocorrelation(std::span<const std::uint8_t> values, int lag) {
  const std::size_t size = values.size();
  assert(size > 0 && size <= kLongestPublished);
  int sum = 0;
  for (const int value : values) sum += value;
  const double n = static_cast<double>(size);
  const double mean = sum / n;
  std::array<double, kLongestPublished> centred;
  std::array<double, kLongestPublished> products;
  for (std::size_t i = 0; i < size; ++i) {
    centred[i] = values[i] - mean;
    products[i] = RoundedProduct(centred[i], centred[i]);
  }
  const double variance = PairwiseSum({products.data(), size}) / n;
  const auto shift = static_cast<std::size_t>(lag);
  const std::size_t pairs = size > shift ? size - shift : 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    products[i] = RoundedProduct(centred[i + shift], centred[i]);
  }
  return PairwiseSum({products.data(), pairs}) / n / variance;
}

}  // namespace rltuner
