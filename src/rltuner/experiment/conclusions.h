// SPDX-License-Identifier: Apache-2.0
// What an experiment shows, in plain words, from its metrics and their intervals alone. Overlapping
// intervals distinguish nothing.
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
// and SMC is an upper bound, so this may be false where the answer is unknown, but is never wrongly
// true.
bool BeatsAtNoMoreKl(const Condition& a, const Condition& b);

// True if the metric has an interval and the paper's value is not in it.
bool OutsideInterval(const Estimate& estimate, double paper);

// The paper's Table 1 shows how a method changes each row of the Note RNN. This says which of these
// changes are found here too. Rows that do not change in the paper are skipped.
struct ChangesFound {
  std::vector<std::string> same_way, other_way, not_told_apart;  // labels of rows
};
ChangesFound CompareChanges(const Condition& note_rnn, const Condition& method);

// Where the reward is hacked. Among conditions with rising weight of the reward, this is the first
// one with two properties: the share of its compositions that are distinct is clearly below
// kFewDistinct, and its r_MT is clearly above that of the previous condition.
inline constexpr double kFewDistinct = 0.95;
std::optional<std::size_t> TurningPoint(std::span<const Condition> rising_pressure);

// One sentence of the report.
enum class Reproduces { kYes, kNo, kOpen };  // kOpen: the intervals do not decide
struct Conclusion {
  Reproduces reproduces;
  std::string text;  // not escaped
};

// The paper's claims, and whether they hold here.
std::vector<Conclusion> PaperConclusions(const Conditions& all);

// The policy gradient compared with the paper's methods, here and in the paper's own Table 1. Empty
// if it was not run.
std::vector<std::string> PolicyGradientConclusions(const Conditions& all);

// Which baselines beat tuning, and where. For each: the best policy that it beats, and the best
// policy with no more KL. One sentence if no baseline beats tuning.
std::vector<std::string> BaselineConclusions(const Conditions& all);

// For each method: where its reward is hacked, or that it is not hacked within the sweep. The same
// for baselines that try more and more compositions.
std::vector<std::string> TurningConclusions(const Conditions& all);

}  // namespace rltuner::experiment
