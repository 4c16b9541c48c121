// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/evaluation/metrics.h"

namespace rltuner {
namespace {

constexpr double kPoissonZeroBound = 3.688879454113936;  // -log(.025)

// Student's t at .975: its closed forms at 1 and 2 degrees, from 3 up its expansion in 1 / degrees,
// which is then within 1 %.
double StudentQuantile(double degrees) {
  if (degrees == 1) return 12.706204736174698;
  if (degrees == 2) return 4.302652729749464;
  const double z = kNormalQuantile;
  const double z2 = z * z;
  const double first = z * (z2 + 1) / 4;
  const double second = z * ((5 * z2 + 16) * z2 + 3) / 96;
  const double third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  return z + (first + (second + third / degrees) / degrees) / degrees;
}

}  // namespace

Estimate MeanOfDraws(std::span<const double> draws) {
  RatioSums sums;
  for (const double draw : draws) {
    if (!std::isnan(draw)) sums.Add(draw, 1);
  }
  return sums.Mean();
}

void RatioSums::Add(const RatioSums& other) {
  clusters_ += other.clusters_;
  n_ += other.n_;
  d_ += other.d_;
  nn_ += other.nn_;
  nd_ += other.nd_;
  dd_ += other.dd_;
}

double RatioSums::Variance() const {
  const double r = Ratio();
  const double squares = nn_ - 2 * r * nd_ + r * r * dd_;
  const auto n = static_cast<double>(clusters_);
  return std::max(squares, 0.0) / (d_ * d_) * n / (n - 1);
}

Estimate RatioSums::Mean() const {
  if (clusters_ == 0) return {};
  Estimate estimate{.value = Ratio()};
  if (clusters_ > 1) {
    const double half = StudentQuantile(static_cast<double>(clusters_ - 1)) * std::sqrt(Variance());
    estimate.low = estimate.value - half;
    estimate.high = estimate.value + half;
  }
  return estimate;
}

Estimate RatioSums::Share() const {
  if (clusters_ == 0) return {};
  const double p = Ratio();
  double draws = static_cast<double>(clusters_);
  const double variance = clusters_ > 1 ? Variance() : 0;
  if (p > 0 && p < 1 && variance > 0) draws = p * (1 - p) / variance;
  const double z2 = kNormalQuantile * kNormalQuantile;
  const double centre = (p + z2 / (2 * draws)) / (1 + z2 / draws);
  const double half = kNormalQuantile * std::sqrt(p * (1 - p) / draws + z2 / (4 * draws * draws)) /
                      (1 + z2 / draws);
  // At 0 and 1 the bound is the value itself, which rounding must not change.
  return {.value = p,
          .low = p == 0 ? 0 : std::clamp(centre - half, 0.0, p),
          .high = p == 1 ? 1 : std::clamp(centre + half, p, 1.0)};
}

Estimate DistinctShare(std::span<const int> counts) {
  double draws = 0;
  double once = 0;
  double twice = 0;
  for (const int count : counts) {
    draws += count;
    once += count == 1 ? 1 : 0;
    twice += count == 2 ? 1 : 0;
  }
  if (draws == 0) return {};
  const auto kinds = static_cast<double>(counts.size());
  const double all_kinds = kinds + once * (once - 1) / (2 * (twice + 1));
  const double variance = kinds * (1 - kinds / all_kinds) - once * once / draws;
  const double half = variance > 0 ? kNormalQuantile * std::sqrt(variance) : kPoissonZeroBound;
  return {.value = kinds / draws,
          .low = std::max(kinds - half, 1.0) / draws,
          .high = std::min(kinds + half, draws) / draws};
}

}  // namespace rltuner
