// SPDX-License-Identifier: Apache-2.0
// The metrics of runs that differ only in their seed, with 95 % intervals, and of an experiment.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/experiment/plan.h"
#include "rltuner/experiment/run.h"

namespace rltuner::experiment {

struct Summary {
  Condition condition;
  int compositions = 0;               // of each run
  std::vector<Estimate> values = {};  // [MetricInfos().size()]

  int seeds() const { return static_cast<int>(condition.runs.size()); }
  const Estimate& Of(std::string_view key) const { return values[MetricIndex(key)]; }
};

// Fewer seeds have no interval. With two, Student's interval would reach 6.4 times their distance
// to either side of the mean, which rules out nothing.
inline constexpr int kFewestSeeds = 3;

// Of several runs: the mean over seeds. From kFewestSeeds on it has Student's interval, unless that
// interval would be 0 .. 1 for a share. Where all seeds agree to the last digit, the widest of
// their own intervals replaces it. Of one run: its own interval, over its compositions. `runs` are
// those of the plan.
Summary Summarise(const Condition& condition, std::span<const RunResult> runs);

// The table's column in the paper, an index of PaperRow, or -1.
int PaperColumn(const Condition& condition);

// A curve of Figure 2: means over seeds of rows with equal iterations.
struct LearningCurve {
  std::vector<double> iterations;
  std::vector<Estimate> log_prob, reward, distinct;  // [iterations.size()]
};
LearningCurve CurveOf(const Condition& condition, std::span<const RunResult> runs);

// The metrics of a whole experiment, condition by condition as in the plan.
struct ExperimentSummary {
  struct SweepSummary {
    const MethodInfo* method = nullptr;
    std::vector<Summary> points;  // c rising
  };
  Summary note_rnn;
  std::vector<Summary> table = {}, exploration = {}, optimum = {}, baselines = {};
  std::vector<SweepSummary> sweeps = {};
  std::vector<LearningCurve> curves = {};  // of `table`
};
ExperimentSummary Summarise(const Plan& plan, std::span<const RunResult> runs);

}  // namespace rltuner::experiment
