// SPDX-License-Identifier: Apache-2.0
// What is measured of a model's compositions: Table 1 of Jaques et al. (2017), and metrics that
// tell a good policy from one that exploits a hole in the rules.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/theory/rule_set.h"

namespace rltuner {

class CopiedRuns;
struct Trajectory;

// Of the standard normal distribution: 95 % lie within this many deviations.
inline constexpr double kNormalQuantile = 1.959963984540054;

// A figure and the bounds of its 95 % confidence interval; NaN where there is none. A composition
// is one draw; the events in it depend on each other, so intervals come from the variance between
// compositions, never between events.
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
// exact; the last digits of others depend on the order, so add in a fixed one.
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
  // simple random sample of the same variance would have. A share of exactly 0 or 1 shows no
  // variance; every composition then counts as one draw, which is the cautious choice.
  Estimate Share() const;

 private:
  double Ratio() const { return n_ / d_; }
  double Variance() const;  // of the ratio, by linearisation

  std::int64_t clusters_ = 0;
  double n_ = 0, d_ = 0, nn_ = 0, nd_ = 0, dd_ = 0;
};

// Different kinds / draws, from how often each kind was drawn. The number of kinds S has the
// variance S (1 - S / T) - f1^2 / draws. T is the number of all kinds by Chao's estimate (1984), f1
// the number of kinds drawn once; the last term is there because the number of draws is fixed. If
// nothing is left (all kinds drawn once, or one kind only), the interval reaches as far as a
// Poisson count of 0 allows: 3.69 kinds.
Estimate DistinctShare(std::span<const int> counts);

// One composition and everything about it that a metric may use.
struct Composition {
  const Trajectory& trajectory;
  const Score& score;
  EventShares shares;
  std::optional<int> copied_run;  // the longest, in events; only with training melodies
};

// The models of Table 1 of Jaques et al. (2017), in its order, and a row of it as printed, in
// fractions. The paper's Note RNN cells of "not in key" and "starting with tonic" are exchanged:
// the authors' own model gives .9 % and .1 %.
inline constexpr std::array<std::string_view, 4> kPaperModels = {"Note RNN", "Q", "Psi", "G"};
using PaperRow = std::array<double, kPaperModels.size()>;

// Which values of a metric are better.
enum class Preference { kNone, kHigher, kLower, kNearZero };

struct MetricInfo {
  struct Terms {
    double numerator, denominator;
  };
  enum class Kind { kShare, kMean };  // a share is 0 .. 1; which interval fits, and how to print

  std::string_view key = {};    // "notes_in_motif", "autocorrelation_2"
  std::string_view label = {};  // for people
  Kind kind = Kind::kMean;
  Preference preference = Preference::kNone;
  // The metric is the sum of numerators over all compositions / the sum of denominators. Null: it
  // is of the sample as a whole.
  Terms (*terms)(const Composition& composition) = nullptr;
  std::optional<PaperRow> paper = {};  // its row of the paper's Table 1
  bool never_negative = false;         // of a mean: no interval goes below 0
};

// Every metric, those of the paper's Table 1 first. In the order of reports. Thread-safe.
std::span<const MetricInfo> MetricInfos();

// The index of a metric by its key, asserted to exist.
std::size_t MetricIndex(std::string_view key);

// A metric that compares a set of melodies with a corpus (corpus_distance.h).
struct CorpusMetric {
  std::string_view key;    // "interval_overlap"
  std::string_view label;  // for people
  double value;
};

// How many events in a row the n-gram entropy looks at.
inline constexpr int kGram = 4;

// The metrics of one sample of compositions.
struct Metrics {
  struct RuleReward {
    std::string rule;  // its name
    Estimate reward;   // weighted, per event
  };

  int compositions = 0, length = 0;
  std::vector<Estimate> values = std::vector<Estimate>(MetricInfos().size());
  std::vector<RuleReward> reward_by_rule = {};
  int longest_copied_run_of_all = 0;  // in events; 0 without training melodies

  const Estimate& Of(std::string_view key) const { return values[MetricIndex(key)]; }
  Estimate& Of(std::string_view key) { return values[MetricIndex(key)]; }
};

// Collects compositions in any order and from many threads, as long as each block of kBlock
// (indices 0 .. kBlock-1, and so on) is added by one thread, in order. The result does not depend
// on the threads. Keeps one byte an event.
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
