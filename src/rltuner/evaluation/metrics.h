// SPDX-License-Identifier: Apache-2.0
// What is measured of a model's compositions: Table 1 of Jaques et al. (2017), and what tells a
// good policy from one that has found a hole in the rules.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/evaluation/estimate.h"
#include "rltuner/theory/statistics.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

// Everything a metric may look at, of one composition.
struct Composition {
  const Trajectory& trajectory;
  const Score& score;
  EventShares shares;
};

// One figure: the sum of numerators over all compositions / the sum of denominators.
struct MetricInfo {
  struct Terms {
    double numerator, denominator;
  };
  enum class Kind { kShare, kMean };  // a share is 0 .. 1; which interval fits, and how to print

  std::string_view key;    // in JSON; the metrics of a list share it
  std::string_view label;  // for people
  Kind kind;
  Terms (*terms)(const Composition& composition);
  bool never_negative = false;  // of a mean: no interval goes below 0
  int place = 0;                // 1, 2, ... in the list of its key; 0: not in a list

  // Unique among the metrics: "notes_in_motif", "autocorrelation_2".
  std::string Name() const;
};

// In the order of reports. Thread-safe.
std::span<const MetricInfo> MetricInfos();

// How many events in a row the n-gram entropy looks at.
inline constexpr int kGram = 4;

// The figures of one sample of compositions.
struct Metrics {
  int compositions = 0, length = 0;
  std::vector<Estimate> values;          // [MetricInfos().size()]
  std::vector<Estimate> reward_by_rule;  // [RuleSet::size()], weighted, per event
  Estimate distinct_compositions;        // different compositions / all
  Estimate most_frequent;                // share of the composition that came most often
  Estimate gram_entropy;                 // nats, of all kGram events in a row; no compositions
                                         // shorter than that
  // Events in a row that a training melody has too, of the longest such run of a composition; only
  // where training melodies were given. The mean over compositions and the longest of all.
  Estimate longest_copied_run;
  int longest_copied_run_of_all = 0;
};

// Collects compositions in any order and from many threads, as long as each block of kBlock
// (indices 0 .. kBlock-1, and so on) is added by one thread, in order. The result does not depend
// on the threads. Keeps one byte an event.
class MetricCollector {
 public:
  static constexpr int kBlock = 64;

  // `training` (may be null) must outlive the collector.
  MetricCollector(int compositions, int length, int rules, const CopiedRuns* training = nullptr);

  // Scores with `rules`, which it starts anew; use one per thread.
  void Add(const Trajectory& trajectory, RuleSet& rules);

  Metrics Finish() const;

 private:
  std::vector<int> CountsOfCompositions() const;
  Estimate GramEntropy() const;

  int compositions_, length_, rules_;
  std::vector<RatioSums> sums_;       // [blocks, metrics + rules]
  std::vector<std::uint8_t> events_;  // [compositions, length]
  const CopiedRuns* training_;
  std::vector<int> copied_runs_;  // [compositions], or empty
};

}  // namespace rltuner
