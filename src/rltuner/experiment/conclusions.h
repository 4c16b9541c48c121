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

// True if both intervals exist and that of `a` lies wholly below that of `b`.
bool ClearlyBelow(const Estimate& a, const Estimate& b);

// True if `a` clearly has more r_MT than `b` at no more KL from the Note RNN. The KL of best of N
// and SMC is an upper bound, so this may be false where the answer is unknown, but is never wrongly
// true.
bool BeatsAtNoMoreKl(const Condition& a, const Condition& b);

// True if the metric has an interval and the paper's value is not in it.
bool OutsideInterval(const Estimate& estimate, double paper);

// Which of the changes from the Note RNN to a method in the paper's Table 1 are found here too.
// Rows that do not change in the paper are skipped.
struct ChangesFound {
  std::vector<std::string> same_way, other_way, not_told_apart;  // labels of rows
};
ChangesFound CompareChanges(const Condition& note_rnn, const Condition& method);

// Where the reward is hacked: among conditions with rising weight of the reward, the first of which
// clearly less than the share kFewDistinct of the compositions is distinct, although its r_MT is
// clearly above that of the condition before.
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

// Which baselines beat tuning, and where: for each, the best policy that it beats and the best one
// with as little KL. One sentence if none does.
std::vector<std::string> BaselineConclusions(const Conditions& all);

// Where each method's reward is hacked, or that it is not hacked within the sweep; the same for
// baselines that try more and more compositions.
std::vector<std::string> TurningConclusions(const Conditions& all);

}  // namespace rltuner::experiment
