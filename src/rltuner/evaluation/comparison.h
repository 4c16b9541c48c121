// SPDX-License-Identifier: Apache-2.0
// Two models' metrics side by side: one before and one after tuning.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/evaluate.h"

namespace rltuner {

// What became of a metric that the rules reward or punish, of how different the melodies are, and
// of how likely the Note RNN finds them.
// kSame: the intervals overlap. kNone: higher or lower is neither better nor worse, or there is no
// interval to tell by.
enum class Change { kNone, kBetter, kSame, kWorse };

struct ComparedMetric {
  std::string label;
  MetricInfo::Kind kind = MetricInfo::Kind::kMean;
  Estimate before, after;
  Change change = Change::kNone;
  std::optional<PaperRow> paper = {};
};

struct Comparison {
  EvaluationReport before, after;
  std::vector<ComparedMetric> table1, further, by_rule;  // by_rule: reward per event
};

// Reads what `evaluate BEFORE AFTER --json` writes. `source` names it in errors. Metrics that
// neither model has are left out.
Comparison ReadComparison(std::string_view json, std::string_view source);

// "Q-learning" for "q", and so on; the name itself if it is unknown.
std::string MethodTitle(const std::string& method);
// Under whose weights a reward is counted, to follow its label: ", weights of “paper”".
std::string WeightsText(const std::string& rules);
// "better", "worse", "same" or "".
std::string_view ChangeText(Change change);

}  // namespace rltuner
