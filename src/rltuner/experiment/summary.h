// SPDX-License-Identifier: Apache-2.0
// The figures of runs that differ in their seed only, with 95 % intervals.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/metrics.h"
#include "rltuner/evaluation/paper_table.h"
#include "rltuner/experiment/plan.h"
#include "rltuner/experiment/run.h"

namespace rltuner {

// One row of the report's tables.
struct FigureInfo {
  std::string key;    // unique: "autocorrelation_1"
  std::string label;  // for people
  MetricInfo::Kind kind = MetricInfo::Kind::kMean;
  bool never_negative = false;      // of a mean
  const PaperRow* paper = nullptr;  // its row of the paper's Table 1, if there is one
};

// Table 1's rows first, then what else evaluation measures, then diversity: distinct compositions,
// n-gram entropy, the longest run copied. In the order of Summary::figures.
const std::vector<FigureInfo>& SummaryFigures();

// The index of a figure by its key (asserted to exist).
std::size_t FigureIndex(std::string_view key);

struct Summary {
  Condition condition;
  int compositions = 0;  // of each run
  std::vector<Estimate> figures;

  int seeds() const { return static_cast<int>(condition.runs.size()); }
  const Estimate& Of(std::string_view key) const { return figures[FigureIndex(key)]; }
};

// Fewer seeds have no interval. With two, Student's interval would reach 6.4 times their distance
// to either side of the mean, which rules out nothing.
inline constexpr int kFewestSeeds = 3;

// Of several runs: the mean over seeds. From kFewestSeeds on it has Student's interval, unless that
// interval would be 0 .. 1 for a share. Where all seeds agree to the last digit, the widest of
// their own intervals stands in. Of one run: its own interval, over its compositions. `runs` are
// those of the plan.
Summary Summarise(const Condition& condition, std::span<const RunResult> runs);

// The table's column in the paper, an index of PaperRow::values, or -1.
int PaperColumn(const Condition& condition);

// A curve of Figure 2: means over seeds of rows with equal iterations.
struct LearningCurve {
  std::vector<double> iterations;
  std::vector<Estimate> log_prob, reward, distinct;  // [iterations.size()]
};
LearningCurve CurveOf(const Condition& condition, std::span<const RunResult> runs);

}  // namespace rltuner
