// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace rltuner {

// The autocorrelation of a growing series at lags 1 .. 3, from exact running sums. Adding a value
// takes the same time at any length of the series.
//
// With n values of mean m and (population) variance v, the coefficient at a lag is
//   sum over i of (x[i] - m) (x[i + lag] - m) / n / v.
// AddEmpty adds an empty place, which counts neither in n nor in any product but keeps its
// neighbours two places apart.
class RunningAutocorrelation {
 public:
  static constexpr int kLags = 3;

  void Reset() { *this = RunningAutocorrelation(); }
  void Add(int value);  // any value whose square and count keep the sums within 63 bits
  void AddEmpty();

  int size() const { return size_; }  // places, including empty ones

  // False as long as all values are equal: then no coefficient exists.
  bool HasVariance() const { return count_ * squares_ != sum_ * sum_; }

  // All lags; NaN without variance. A lag without a pair gives 0.
  std::array<double, kLags> Coefficients() const;

 private:
  void Push(std::int64_t value, std::int64_t present);

  int size_ = 0;
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t squares_ = 0;
  std::array<std::int64_t, kLags> pairs_{};     // both values present
  std::array<std::int64_t, kLags> ends_{};      // x[i] + x[i + lag] of those pairs
  std::array<std::int64_t, kLags> products_{};  // x[i] x[i + lag]
  std::array<std::int64_t, kLags> recent_{};    // the last values, newest first; 0 where empty
  std::array<std::int64_t, kLags> present_{};   // 1 or 0
};

// The same coefficient in plain double arithmetic, summed in the order that numpy uses (eight
// partial sums), of at most kLongestPublished values. If a coefficient equals a threshold exactly,
// rounding decides on which side it falls. The paper's results have this rounding.
inline constexpr int kLongestPublished = 128;
double PublishedAutocorrelation(std::span<const std::uint8_t> values, int lag);

}  // namespace rltuner
