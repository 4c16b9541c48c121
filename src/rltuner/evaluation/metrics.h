// SPDX-License-Identifier: Apache-2.0
// How the metrics of evaluate.h are collected from compositions, with their intervals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

struct Trajectory;

// 95 % of a normal distribution lie within this many standard deviations of the mean.
inline constexpr double kNormalQuantile = 1.959963984540054;

// The ratio of two totals over compositions: sum of numerators / sum of denominators, such as notes
// in a motif / notes. A composition with denominator 0 is skipped. Sums of integers below 2^53 are
// exact. The last digits of other sums depend on the order, so add in a fixed order.
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

  // The ratio as a share, 0 .. 1, with Wilson's interval at the effective sample size: the size of
  // a simple random sample with the same variance. A share of exactly 0 or 1 shows no variance. To
  // be cautious, every composition then counts as one draw.
  Estimate Share() const;

 private:
  double Ratio() const { return n_ / d_; }
  double Variance() const;  // of the ratio, by linearisation

  std::int64_t clusters_ = 0;
  double n_ = 0, d_ = 0, nn_ = 0, nd_ = 0, dd_ = 0;
};

// Different kinds / draws, from how often each kind was drawn. The number of kinds S has the
// variance S (1 - S / T) - f1^2 / draws. T is Chao's estimate (1984) of the number of all kinds,
// and f1 the number of kinds drawn once. The last term accounts for the fixed number of draws. If
// this variance is 0 (all kinds drawn once, or only one kind), the interval extends as far as a
// Poisson count of 0 allows: 3.69 kinds.
Estimate DistinctShare(std::span<const int> counts);

// One composition and everything about it that a metric may use.
struct Composition {
  const Trajectory& trajectory;
  const Score& score;
  EventShares shares;
  std::optional<int> copied_run;  // longest copied run in events; only with training melodies
};

// The number of events in a row, n, of the n-gram entropy.
inline constexpr int kGram = 4;

// Collects compositions in any order and from many threads, as long as one thread adds each block
// of kBlock (indices 0 .. kBlock-1, and so on) in order. The result does not depend on the threads.
// Keeps one byte per event.
class MetricCollector {
 public:
  static constexpr int kBlock = 64;

  // `training` (may be null) must outlive the collector.
  MetricCollector(int compositions, int length, const RuleSet& rules,
                  const CopiedRuns* training = nullptr);

  // Scores with `rules`, which it restarts; use one per thread.
  void Add(const Trajectory& trajectory, RuleSet& rules);

  Metrics Finish() const;

 private:
  std::vector<int> CountsOfCompositions() const;
  Estimate GramEntropy() const;
  template <typename ForEachGram, typename Counts>
  Estimate GramEntropy(const ForEachGram& for_each_gram, Counts counts) const;

  std::size_t Columns() const { return MetricInfos().size() + rules_.size(); }

  int compositions_, length_;
  std::vector<std::string> rules_;    // names
  std::vector<RatioSums> sums_;       // [blocks, Columns()]
  std::vector<std::uint8_t> events_;  // [compositions, length]
  const CopiedRuns* training_;
  std::vector<int> copied_runs_;  // [compositions], or empty
};

}  // namespace rltuner
