// SPDX-License-Identifier: Apache-2.0
// The metrics of runs that differ only in their seed, with 95 % intervals, and of an experiment.
#pragma once

#include <optional>
#include <span>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/experiment/plan.h"
#include "rltuner/experiment/run.h"

namespace rltuner::experiment {

// The fewest seeds that give an interval. With two, Student's interval would extend to either side
// of the mean by 6.4 times their distance and rule out nothing.
inline constexpr int kFewestSeeds = 3;

// The condition with its results. `runs` are the runs of the plan. Metrics of one run have its own
// intervals, over its compositions. Metrics of several runs are means over seeds. With kFewestSeeds
// or more, a mean has Student's interval, unless that interval would be 0 .. 1 for a share. If all
// seeds agree to the last digit, the widest of their own intervals is used instead.
Condition Summarise(Condition condition, std::span<const RunResult> runs);

// Summarises all conditions.
Conditions Summarise(Conditions conditions, std::span<const RunResult> runs);

// The index of the condition's column in the paper's table (PaperRow), or -1.
int PaperColumn(const Condition& condition);

// The value that the paper prints for the condition, if it has the column and the row.
std::optional<double> PaperValue(const Condition& condition, const MetricInfo& metric);

}  // namespace rltuner::experiment
