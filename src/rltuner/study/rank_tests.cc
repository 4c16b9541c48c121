// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/rank_tests.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace rltuner::study {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Ranks {
  std::vector<double> ranks;  // from 1 on; equal values share the mean of theirs
  double ties = 0;            // sum of t^3 - t over the groups of t equal values
};

Ranks RanksOf(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  Ranks result{.ranks = std::vector<double>(values.size())};
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    const double mean_rank = static_cast<double>(first + 1 + last) / 2;
    for (std::size_t i = first; i < last; ++i) result.ranks[order[i]] = mean_rank;
    const auto t = static_cast<double>(last - first);
    result.ties += t * t * t - t;
    first = last;
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
  std::vector<double> all;
  int filled = 0;
  for (const Ratings& group : groups) {
    all.insert(all.end(), group.begin(), group.end());
    filled += group.empty() ? 0 : 1;
  }
  KruskalWallisTest test{kNone, filled - 1, kNone};
  const auto n = static_cast<double>(all.size());
  const Ranks ranks = RanksOf(all);
  const double correction = 1 - ranks.ties / (n * n * n - n);
  if (filled < 2 || !(correction > 0)) return test;

  double sum = 0;
  std::size_t first = 0;
  for (const Ratings& group : groups) {
    if (group.empty()) continue;
    const auto begin = ranks.ranks.begin() + static_cast<std::ptrdiff_t>(first);
    const double rank_sum =
        std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(group.size()), 0.0);
    sum += rank_sum * rank_sum / static_cast<double>(group.size());
    first += group.size();
  }
  test.h = (12 / (n * (n + 1)) * sum - 3 * (n + 1)) / correction;
  test.p = ChiSquareSurvival(test.h, test.degrees_of_freedom);
  return test;
}

MannWhitneyTest MannWhitney(std::span<const double> a, std::span<const double> b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const auto na = static_cast<double>(a.size()), nb = static_cast<double>(b.size());
  const double n = na + nb;
  const Ranks ranks = RanksOf(all);
  const double rank_sum = std::accumulate(
      ranks.ranks.begin(), ranks.ranks.begin() + static_cast<std::ptrdiff_t>(a.size()), 0.0);
  MannWhitneyTest test{rank_sum - na * (na + 1) / 2, kNone};
  const double variance = na * nb / 12 * (n + 1 - ranks.ties / (n * (n - 1)));
  if (a.empty() || b.empty() || !(variance > 0)) return {kNone, kNone};
  const double distance = std::max(0.0, std::abs(test.u - na * nb / 2) - 0.5);
  test.p = TwoSided(distance / std::sqrt(variance));
  return test;
}

}  // namespace rltuner::study
