// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/spectra.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace rltuner {
namespace {

// The eigenvalues of a symmetric [n, n] matrix by Jacobi's rotations; with `vectors`, its
// eigenvectors as columns.
std::vector<double> Eigenvalues(std::vector<double> a, std::size_t n,
                                std::vector<double>* vectors = nullptr) {
  if (vectors != nullptr) {
    vectors->assign(n * n, 0);
    for (std::size_t i = 0; i < n; ++i) (*vectors)[i * n + i] = 1;
  }
  constexpr int kSweeps = 30;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double off = 0;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) off += a[p * n + q] * a[p * n + q];
    }
    if (off < 1e-18 * static_cast<double>(n)) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        const double apq = a[p * n + q];
        if (std::abs(apq) < 1e-14) continue;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1);
        const double s = t * c;
        const auto rotate = [c, s](double& x, double& y) {
          const double old = x;
          x = c * x - s * y;
          y = s * old + c * y;
        };
        for (std::size_t k = 0; k < n; ++k) rotate(a[k * n + p], a[k * n + q]);
        for (std::size_t k = 0; k < n; ++k) rotate(a[p * n + k], a[q * n + k]);
        if (vectors == nullptr) continue;
        for (std::size_t k = 0; k < n; ++k) rotate((*vectors)[k * n + p], (*vectors)[k * n + q]);
      }
    }
  }
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(a[i * n + i]);
  return values;
}

}  // namespace

double FrechetDistance(std::span<const double> a, std::span<const double> b, int width) {
  const auto w = static_cast<std::size_t>(width);
  struct Moments {
    std::vector<double> mean, covariance;
  };
  const auto moments = [w](std::span<const double> rows) {
    Moments m{std::vector<double>(w), std::vector<double>(w * w)};
    const std::size_t n = rows.size() / w;
    for (std::size_t i = 0; i < rows.size(); ++i) m.mean[i % w] += rows[i] / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < w; ++k) {
        for (std::size_t l = 0; l < w; ++l) {
          m.covariance[k * w + l] += (rows[i * w + k] - m.mean[k]) * (rows[i * w + l] - m.mean[l]) /
                                     static_cast<double>(n - 1);
        }
      }
    }
    return m;
  };
  const auto product = [w](const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> xy(w * w);
    for (std::size_t i = 0; i < w; ++i) {
      for (std::size_t k = 0; k < w; ++k) {
        for (std::size_t j = 0; j < w; ++j) xy[i * w + j] += x[i * w + k] * y[k * w + j];
      }
    }
    return xy;
  };
  const Moments p = moments(a);
  const Moments q = moments(b);
  // tr (A B)^1/2 = tr (A^1/2 B A^1/2)^1/2, whose matrix is symmetric.
  std::vector<double> vectors;
  const std::vector<double> values = Eigenvalues(p.covariance, w, &vectors);
  std::vector<double> root(w * w);
  for (std::size_t i = 0; i < w; ++i) {
    for (std::size_t j = 0; j < w; ++j) {
      for (std::size_t k = 0; k < w; ++k) {
        root[i * w + j] +=
            vectors[i * w + k] * vectors[j * w + k] * std::sqrt(std::max(values[k], 0.0));
      }
    }
  }
  double distance = 0;
  for (std::size_t k = 0; k < w; ++k) {
    distance += (p.mean[k] - q.mean[k]) * (p.mean[k] - q.mean[k]) + p.covariance[k * w + k] +
                q.covariance[k * w + k];
  }
  for (const double value : Eigenvalues(product(product(root, q.covariance), root), w)) {
    distance -= 2 * std::sqrt(std::max(value, 0.0));
  }
  return std::max(distance, 0.0);
}

double VendiScore(std::span<const double> kernel, int n) {
  double entropy = 0;
  for (const double value :
       Eigenvalues({kernel.begin(), kernel.end()}, static_cast<std::size_t>(n))) {
    const double share = value / n;
    if (share > 1e-15) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

}  // namespace rltuner
