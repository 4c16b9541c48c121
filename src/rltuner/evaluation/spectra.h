// SPDX-License-Identifier: Apache-2.0
// Measures of sets that need eigenvalues.
#pragma once

#include <span>

namespace rltuner {

// The Frechet distance between Gaussians with the moments of two sets of rows, [n, width] each, of
// two rows or more (Heusel et al., 2017).
double FrechetDistance(std::span<const double> a, std::span<const double> b, int width);

// exp of the entropy of the eigenvalues of K / n: how many of n things are effectively different,
// by their similarities (Friedman and Dieng, 2023). K is [n, n], symmetric, with 1 on its diagonal.
double VendiScore(std::span<const double> kernel, int n);

}  // namespace rltuner
