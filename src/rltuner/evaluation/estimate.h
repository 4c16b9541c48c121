// SPDX-License-Identifier: Apache-2.0
// Figures with 95 % confidence intervals. A composition is one draw; the events in it depend on
// each other, so intervals come from the variance between compositions, never between events.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace rltuner {

// Of the standard normal distribution: 95 % lie within so many deviations.
inline constexpr double kNormalQuantile = 1.959963984540054;

// A figure and the bounds of its 95 % confidence interval; NaN where there is none.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();

  bool exists() const { return !std::isnan(value); }
  bool has_interval() const { return !std::isnan(low); }
};

// The mean of independent draws, such as one figure of several seeds, with Student's interval. No
// interval from fewer than two draws, nothing at all without one. NaN draws are skipped.
Estimate MeanOfDraws(std::span<const double> draws);

// The ratio of two totals over compositions: sum of numerators / sum of denominators, such as notes
// in a motif / notes. A composition of denominator 0 is skipped. Sums of integers below 2^53 are
// exact; others depend on the order in the last digits, so add in a fixed one.
class RatioSums {
 public:
  void Add(double numerator, double denominator) {
    clusters_ += denominator != 0 ? 1 : 0;
    n_ += numerator;
    d_ += denominator;
    nn_ += numerator * numerator;
    nd_ += numerator * denominator;
    dd_ += denominator * denominator;
  }
  void Add(const RatioSums& other);

  // The ratio as a mean: value +- t * standard error (of the linearised ratio). No interval from
  // fewer than two compositions; nothing at all without a denominator.
  Estimate Mean() const;

  // The ratio as a share, 0 .. 1: Wilson's interval at the effective sample size, which is what a
  // simple random sample of the same variance would have. A share of exactly 0 or 1 has no variance
  // to see; there every composition counts as one draw, which is the cautious choice.
  Estimate Share() const;

 private:
  double Ratio() const { return n_ / d_; }
  double Variance() const;  // of the ratio, by linearisation

  std::int64_t clusters_ = 0;
  double n_ = 0, d_ = 0, nn_ = 0, nd_ = 0, dd_ = 0;
};

// Different kinds / draws, from how often each kind was drawn. The variance of the number of kinds
// S is S (1 - S / T), with T kinds in all by Chao's estimate (1984), less f1^2 / draws, which a
// fixed number of draws takes away (f1: kinds drawn once). Where that leaves nothing (all kinds
// drawn once, or one kind only), the interval reaches as far as a Poisson count of 0 allows: 3.69
// kinds.
Estimate DistinctShare(std::span<const int> counts);

}  // namespace rltuner
