// SPDX-License-Identifier: Apache-2.0
// Tests of whether groups of ratings differ. They use ranks, so the steps of a five-word scale need
// not be equal.
#pragma once

#include <span>
#include <vector>

namespace rltuner::study {

using Ratings = std::vector<double>;

// P(X >= x) of a chi-square variable X with this many degrees of freedom, at least 1.
double ChiSquareSurvival(double x, int degrees_of_freedom);

// Kruskal and Wallis (1952), corrected for ties: do all groups come from one distribution? H is
// compared with chi-square of groups - 1 degrees of freedom, a good approximation from about five
// ratings a group on. Empty groups are skipped. NaN if fewer than two groups or no two different
// ratings are left.
struct KruskalWallisTest {
  double h;
  int degrees_of_freedom;
  double p;
};
KruskalWallisTest KruskalWallis(std::span<const Ratings> groups);

// Tests whether one of the groups tends to have higher ratings (Mann and Whitney, 1947; two-sided,
// normal approximation with corrections for ties and continuity). u counts the pairs in which a's
// rating is the higher one; a tie counts as half a pair. NaN if a group is empty or all ratings are
// equal.
struct MannWhitneyTest {
  double u;
  double p;
};
MannWhitneyTest MannWhitney(const Ratings& a, const Ratings& b);

}  // namespace rltuner::study
