// SPDX-License-Identifier: Apache-2.0
// Weights w for which p(x) exp(w . f(x)) / Z has given means of the features f: the distribution
// nearest to p (in KL) that has them (Jaynes, 1957; Della Pietra et al., 1997). The problem is
// convex and solved on weighted samples.
#pragma once

#include <span>
#include <vector>

namespace rltuner {

// Samples x of any distribution q, row by row.
struct FeatureSamples {
  int features = 0;
  std::vector<double> values = {};       // [N, features]
  std::vector<double> log_weights = {};  // [N] log p(x) - log q(x), up to a constant

  std::size_t size() const { return log_weights.size(); }
  std::span<const double> row(std::size_t i) const {
    return std::span(values).subspan(i * static_cast<std::size_t>(features),
                                     static_cast<std::size_t>(features));
  }
};

// The samples under p(x) exp(w . f(x)) / Z.
struct Reweighted {
  std::vector<double> shares;  // [N]
  double effective = 0;        // Kish's effective sample size, as a share of N
  double log_sum = 0;          // log Z, up to a constant

  // The means of the features of the same samples, [features].
  std::vector<double> Means(const FeatureSamples& samples) const;
};
Reweighted Reweigh(const FeatureSamples& samples, std::span<const double> weights);

// Takes Newton steps from `start` to the weights whose means are `targets`. A mean may miss its
// target by a hundredth of a standard deviation for each unit of its weight, and no weight exceeds
// 8 units. Features that are rare in the samples therefore get no huge weights. `table_of` is as
// FeatureReward::TableOf. Half a sample is added to every entry of a table, so that the weight of
// an unseen entry stays finite.
std::vector<double> MatchMeans(const FeatureSamples& samples, std::span<const double> targets,
                               std::span<const int> table_of, std::span<const double> start);

}  // namespace rltuner
