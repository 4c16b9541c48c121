// SPDX-License-Identifier: Apache-2.0
// States in plain words what an experiment shows, from its metrics and their intervals alone.
// Values whose intervals overlap are not called different.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/experiment/summary.h"

namespace rltuner::experiment {

// A metric with its interval: "2.050 (2.010 .. 2.090)".
std::string WithInterval(const Condition& condition, std::string_view key);

// True if `a` clearly has more r_MT than `b` at no more KL from the Note RNN. The KL of best of N
// and SMC is an upper bound, so false may also mean unknown. True is always right.
bool BeatsAtNoMoreKl(const Condition& a, const Condition& b);

// True if the metric has an interval and the paper's value is not in it.
bool OutsideInterval(const Estimate& estimate, double paper);

// Counts how many of the changes that a method makes to the Note RNN in the paper's Table 1 are
// found here too. Rows that do not change in the paper are skipped.
struct ChangesFound {
  std::vector<std::string> same_way, other_way, not_told_apart;  // labels of rows
};
ChangesFound CompareChanges(const Condition& note_rnn, const Condition& method);

// Conditions are ordered by rising weight of the reward. The reward is hacked at the first one
// whose share of distinct compositions is clearly below kFewDistinct and whose r_MT is clearly
// above that of the previous condition.
inline constexpr double kFewDistinct = 0.95;
std::optional<std::size_t> TurningPoint(std::span<const Condition> rising_pressure);

// One sentence of the report.
enum class Reproduces { kYes, kNo, kOpen };  // kOpen: the intervals do not decide
struct Conclusion {
  Reproduces reproduces;
  std::string text;  // not escaped
};

// The paper's claims, and whether they are true here.
std::vector<Conclusion> PaperConclusions(const Conditions& all);

// The policy gradient compared with the paper's methods, here and in the paper's own Table 1. Empty
// if it was not run.
std::vector<std::string> PolicyGradientConclusions(const Conditions& all);

// For each baseline that beats tuning: the best policy that it beats, and the best policy with no
// more KL. One sentence if no baseline beats tuning.
std::vector<std::string> BaselineConclusions(const Conditions& all);

// For each method, and for baselines that try more and more compositions: where the reward is
// hacked, or that it is not hacked.
std::vector<std::string> TurningConclusions(const Conditions& all);

}  // namespace rltuner::experiment
