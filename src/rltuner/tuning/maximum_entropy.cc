// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/maximum_entropy.h"

#include <algorithm>
#include <cmath>

namespace rltuner {
namespace {

constexpr int kSteps = 60;
constexpr double kRidge = 0.01;  // factor of a weight's square, in units of its feature's deviation
constexpr double kMost = 8;      // limit of a weight, in that unit
constexpr double kClose = 1e-5;  // distance at which a mean counts as met, in that unit

double Dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Solves A x = b by Cholesky factors. A is [n, n], symmetric and positive, and is overwritten.
std::vector<double> Solve(std::vector<double> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < j; ++k) a[j * n + j] -= a[j * n + k] * a[j * n + k];
    a[j * n + j] = std::sqrt(std::max(a[j * n + j], 1e-12));
    for (std::size_t i = j + 1; i < n; ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i * n + j] -= a[i * n + k] * a[j * n + k];
      a[i * n + j] /= a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return b;
}

// The samples with half a sample more for every entry of every table, at the mean of all other
// features.
FeatureSamples WithPseudoSamples(const FeatureSamples& samples, std::span<const int> table_of) {
  FeatureSamples all = samples;
  const auto features = static_cast<std::size_t>(samples.features);
  const Reweighted plain = Reweigh(samples, std::vector<double>(features));
  std::vector<double> mean(features);
  double log_sum = 0;  // of the mean weight
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t k = 0; k < features; ++k) mean[k] += plain.shares[i] * samples.row(i)[k];
  }
  const double largest = *std::ranges::max_element(samples.log_weights);
  for (const double weight : samples.log_weights) log_sum += std::exp(weight - largest);
  const double half = largest + std::log(0.5 * log_sum / static_cast<double>(samples.size()));
  for (std::size_t k = 0; k < features; ++k) {
    if (table_of[k] < 0) continue;
    std::vector<double> row = mean;
    for (std::size_t other = 0; other < features; ++other) {
      if (table_of[other] == table_of[k]) row[other] = other == k ? 1 : 0;
    }
    all.values.insert(all.values.end(), row.begin(), row.end());
    all.log_weights.push_back(half);
  }
  return all;
}

}  // namespace

Reweighted Reweigh(const FeatureSamples& samples, std::span<const double> weights) {
  Reweighted result;
  double largest = -INFINITY;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    result.shares.push_back(samples.log_weights[i] + Dot(weights, samples.row(i)));
    largest = std::max(largest, result.shares.back());
  }
  double sum = 0;
  for (double& share : result.shares) sum += share = std::exp(share - largest);
  double squares = 0;
  for (double& share : result.shares) {
    share /= sum;
    squares += share * share;
  }
  result.effective = 1 / squares / static_cast<double>(samples.size());
  result.log_sum = largest + std::log(sum);
  return result;
}

std::vector<double> Reweighted::Means(const FeatureSamples& samples) const {
  std::vector<double> means(static_cast<std::size_t>(samples.features));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t k = 0; k < means.size(); ++k) means[k] += shares[i] * samples.row(i)[k];
  }
  return means;
}

std::vector<double> MatchMeans(const FeatureSamples& samples, std::span<const double> targets,
                               std::span<const int> table_of, std::span<const double> start) {
  const FeatureSamples all = WithPseudoSamples(samples, table_of);
  const auto n = static_cast<std::size_t>(all.features);
  std::vector<double> scale(n, 0);  // the features' deviations; those of tables by their targets
  {
    std::vector<double> mean(n);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t k = 0; k < n; ++k) {
        const double value = all.row(i)[k];
        mean[k] += value;
        scale[k] += value * value;
      }
    }
    const auto count = static_cast<double>(all.size());
    for (std::size_t k = 0; k < n; ++k) {
      scale[k] =
          table_of[k] >= 0
              ? std::sqrt(std::max(targets[k] * (1 - targets[k]), 1e-3))
              : std::sqrt(std::max(scale[k] / count - mean[k] * mean[k] / count / count, 1e-12));
    }
  }
  // A feature that never varies gets practically no weight.
  std::ranges::replace_if(
      scale, [](double deviation) { return deviation < 1e-5; }, 1.0);
  // The function to minimise: log Z - w . targets + ridge.
  const auto objective = [&](std::span<const double> weights) {
    double value = Reweigh(all, weights).log_sum - Dot(weights, targets);
    for (std::size_t k = 0; k < n; ++k) {
      value += kRidge / 2 * weights[k] * weights[k] * scale[k] * scale[k];
    }
    return value;
  };
  std::vector<double> weights(start.begin(), start.end());
  double value = objective(weights);
  for (int step = 0; step < kSteps; ++step) {
    const Reweighted now = Reweigh(all, weights);
    const std::vector<double>& shares = now.shares;
    const std::vector<double> mean = now.Means(all);
    std::vector<double> hessian(n * n);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (shares[i] < 1e-12) continue;
      for (std::size_t k = 0; k < n; ++k) {
        const double part = shares[i] * (all.row(i)[k] - mean[k]);
        if (part == 0) continue;
        for (std::size_t l = 0; l <= k; ++l) hessian[k * n + l] += part * (all.row(i)[l] - mean[l]);
      }
    }
    std::vector<double> gradient(n);
    double furthest = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double ridge = kRidge * scale[k] * scale[k];
      gradient[k] = mean[k] - targets[k] + ridge * weights[k];
      hessian[k * n + k] += ridge + 1e-9;
      furthest = std::max(furthest, std::abs(gradient[k]) / scale[k]);
    }
    if (furthest < kClose) break;
    const std::vector<double> direction = Solve(hessian, gradient);
    const double slope = Dot(gradient, direction);
    double length = 1;
    std::vector<double> next(n);
    for (; length > 1e-4; length /= 2) {
      for (std::size_t k = 0; k < n; ++k) next[k] = weights[k] - length * direction[k];
      const double there = objective(next);
      if (there <= value - 1e-4 * length * slope) {
        value = there;
        break;
      }
    }
    if (length <= 1e-4) break;
    weights = next;
  }
  for (std::size_t k = 0; k < n; ++k) {
    const double most = table_of[k] >= 0 ? kMost : kMost / scale[k];
    weights[k] = std::clamp(weights[k], -most, most);
  }
  return weights;
}

}  // namespace rltuner
