// SPDX-License-Identifier: Apache-2.0
// What an experiment says, in plain words, from its figures and their intervals alone. Intervals
// that overlap tell nothing apart.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/experiment/plan.h"
#include "rltuner/experiment/summary.h"

namespace rltuner::experiment {

// A figure with its interval: "2.050 (2.010 .. 2.090)".
std::string WithInterval(const Summary& summary, std::string_view key);

// True if the two intervals exist and have nothing in common, a lying below b.
bool ClearlyBelow(const Estimate& a, const Estimate& b);

// True if `a` clearly has more r_MT than `b` and no more KL to the Note RNN: it is the better way
// to spend KL. The KL of best of N and SMC is an upper bound, so this may be false where it is not
// known, never true where it is wrong.
bool BeatsAtNoMoreKl(const Summary& a, const Summary& b);

// True if the figure has an interval and the paper's value is not in it.
bool OutsideInterval(const Estimate& estimate, double paper);

// Which of the changes that the paper's Table 1 shows between its Note RNN and a method are found
// here between ours. Rows that the paper does not change are left out.
struct ChangesFound {
  std::vector<std::string> same_way, other_way, not_told_apart;  // labels of rows
};
ChangesFound CompareChanges(const Summary& note_rnn, const Summary& method);

// Where the reward is being hacked: conditions in the order in which they weigh the reward more;
// the first one of which clearly fewer than kFewDistinct of the compositions are distinct although
// its r_MT is clearly above that of the condition before.
inline constexpr double kFewDistinct = 0.95;
std::optional<std::size_t> TurningPoint(std::span<const Summary> rising_pressure);

// One sentence of the report.
enum class Reproduces { kYes, kNo, kOpen };  // kOpen: the intervals do not tell
struct Finding {
  Reproduces reproduces;
  std::string text;  // not escaped
};

// What the paper says and what is found here.
std::vector<Finding> PaperFindings(const ExperimentSummary& summary);

// The policy gradient beside the paper's methods, here and in the paper's own Table 1. Empty
// without it.
std::vector<std::string> PolicyGradientFindings(const ExperimentSummary& summary);

// Which baselines beat tuning and where: for each that beats a policy, the best policy that it
// beats and the best that stays as near to the Note RNN. One sentence where none does.
std::vector<std::string> BaselineFindings(const ExperimentSummary& summary);

// Where each method's reward is hacked, or that it is not within the sweep; and that of baselines
// which try more and more compositions.
std::vector<std::string> TurningFindings(const ExperimentSummary& summary);

}  // namespace rltuner::experiment
