// SPDX-License-Identifier: Apache-2.0
// Two models' figures side by side: one before and one after tuning.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/estimate.h"
#include "rltuner/evaluation/metrics.h"
#include "rltuner/evaluation/paper_table.h"

namespace rltuner {

// What became of a figure that the rules reward or punish, of how different the melodies are, and
// of how likely the Note RNN finds them.
// kSame: the intervals overlap. kNone: higher or lower is neither better nor worse, or there is no
// interval to tell by.
enum class Change { kNone, kBetter, kSame, kWorse };

// Which way a figure is better, by its key in JSON.
enum class Preference { kNone, kHigher, kLower, kNearZero };
Preference PreferenceOf(std::string_view key);

struct ComparedFigure {
  std::string label;
  MetricInfo::Kind kind = MetricInfo::Kind::kMean;
  Estimate before, after;
  Change change = Change::kNone;
  const PaperRow* paper = nullptr;  // its row of the paper's Table 1, if there is one
};

struct Comparison {
  struct Model {
    std::string name, method;  // method as in nn/model_file.h
  };
  Model before, after;
  std::string rules;
  int compositions = 0, length = 0;
  std::vector<ComparedFigure> table1, further, by_rule;  // by_rule: reward per event
};

// Reads what `evaluate BEFORE AFTER --json` writes. `source` names it in errors. Figures that the
// file does not have are left out.
Comparison ReadComparison(std::string_view json, std::string_view source);

// "Q-learning" for "q", and so on; the name itself if it is unknown.
std::string MethodTitle(const std::string& method);
// Under whose weights a reward is counted, to follow its label: ", weights of “paper”".
std::string WeightsText(const std::string& rules);
// "better", "worse", "same" or "".
std::string_view ChangeText(Change change);

}  // namespace rltuner
