// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/rank_tests.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace rltuner::study {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct RankSums {
  std::vector<double> sums;  // of each group's ranks, from 1 on; equal values share their mean rank
  double n = 0;              // values of all groups
  double ties = 0;           // sum of t^3 - t over the sets of t equal values
};

RankSums RankSumsOf(std::span<const Ratings> groups) {
  std::vector<std::pair<double, std::size_t>> values;  // with their groups
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const double value : groups[group]) values.emplace_back(value, group);
  }
  std::ranges::sort(values);
  RankSums result{.sums = std::vector<double>(groups.size()),
                  .n = static_cast<double>(values.size())};
  for (std::size_t first = 0, last = 0; first < values.size(); first = last) {
    while (last < values.size() && values[last].first == values[first].first) ++last;
    const double mean_rank = static_cast<double>(first + 1 + last) / 2;
    for (std::size_t i = first; i < last; ++i) result.sums[values[i].second] += mean_rank;
    const auto t = static_cast<double>(last - first);
    result.ties += t * t * t - t;
  }
  return result;
}

// P(|Z| >= z) of a standard normal variable.
double TwoSided(double z) { return std::erfc(z / std::sqrt(2)); }

}  // namespace

double ChiSquareSurvival(double x, int degrees_of_freedom) {
  assert(degrees_of_freedom >= 1);
  if (x <= 0) return 1;
  // The upper incomplete gamma function Q(s, y) from s = 1/2 or 1 up: Q(s + 1, y) is
  // Q(s, y) + y^s exp(-y) / Gamma(s + 1).
  const double y = x / 2;
  const bool odd = degrees_of_freedom % 2 == 1;
  double s = odd ? 0.5 : 1;
  double q = odd ? std::erfc(std::sqrt(y)) : std::exp(-y);
  for (; s < degrees_of_freedom / 2.0; ++s) {
    q += std::exp(s * std::log(y) - y - std::lgamma(s + 1));
  }
  return q;
}

KruskalWallisTest KruskalWallis(std::span<const Ratings> groups) {
  const auto filled = static_cast<int>(
      std::ranges::count_if(groups, [](const Ratings& group) { return !group.empty(); }));
  KruskalWallisTest test{kNone, filled - 1, kNone};
  const auto [sums, n, ties] = RankSumsOf(groups);
  const double correction = 1 - ties / (n * n * n - n);
  if (filled < 2 || !(correction > 0)) return test;

  double sum = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!groups[i].empty()) sum += sums[i] * sums[i] / static_cast<double>(groups[i].size());
  }
  test.h = (12 / (n * (n + 1)) * sum - 3 * (n + 1)) / correction;
  test.p = ChiSquareSurvival(test.h, test.degrees_of_freedom);
  return test;
}

MannWhitneyTest MannWhitney(const Ratings& a, const Ratings& b) {
  const auto na = static_cast<double>(a.size()), nb = static_cast<double>(b.size());
  const auto [sums, n, ties] = RankSumsOf(std::array{a, b});
  const double variance = na * nb / 12 * (n + 1 - ties / (n * (n - 1)));
  if (a.empty() || b.empty() || !(variance > 0)) return {kNone, kNone};
  const double u = sums[0] - na * (na + 1) / 2;
  const double distance = std::max(0.0, std::abs(u - na * nb / 2) - 0.5);
  return {u, TwoSided(distance / std::sqrt(variance))};
}

}  // namespace rltuner::study
