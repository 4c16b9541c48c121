// SPDX-License-Identifier: Apache-2.0
// Scores as tables to print.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/theory/rule_set.h"

namespace rltuner {

// A row for each event, a column for each rule and the total; rewards of 0 stay empty.
std::string EventTable(const RuleSet& rules, std::span<const std::uint8_t> events,
                       const Score& score);

// The scores of several compositions together.
class ScoreSums {
 public:
  void Add(const Score& score);

  // The mean reward per event of each rule, the counts, and the mean autocorrelations. `rules` are
  // those of the scores.
  std::string ToText(const RuleSet& rules) const;

 private:
  std::size_t compositions_ = 0, events_ = 0;
  std::vector<double> rewards_;  // by rule
  double total_ = 0;
  TheoryCounts counts_;
  std::array<double, 3> autocorrelation_{};
  std::array<int, 3> defined_{};  // compositions that have such a coefficient
};

}  // namespace rltuner
