// SPDX-License-Identifier: Apache-2.0
// What is measured of a model's compositions: Table 1 of Jaques et al. (2017), and metrics that
// tell a good policy from one that exploits a hole in the rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/estimate.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/theory/statistics.h"

namespace rltuner {

class CopiedRuns;
struct Trajectory;

// Everything a metric may look at, of one composition.
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

// One figure of a set of melodies beside a corpus (corpus_distance.h).
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
