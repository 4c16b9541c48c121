// SPDX-License-Identifier: Apache-2.0
// The metrics of runs that differ only in their seed, with 95 % intervals, and of an experiment.
#pragma once

#include <optional>
#include <span>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/experiment/plan.h"
#include "rltuner/experiment/run.h"

namespace rltuner::experiment {

// Fewer seeds have no interval. With two, Student's interval would reach 6.4 times their distance
// to either side of the mean, which rules out nothing.
inline constexpr int kFewestSeeds = 3;

// The condition with its results. Metrics of several runs are means over seeds. From kFewestSeeds
// on a mean has Student's interval, unless that interval would be 0 .. 1 for a share. Where all
// seeds agree to the last digit, the widest of their own intervals replaces it. Metrics of one run
// have its own intervals, over its compositions. `runs` are those of the plan.
Condition Summarise(Condition condition, std::span<const RunResult> runs);

// The same for all of them.
Conditions Summarise(Conditions conditions, std::span<const RunResult> runs);

// The table's column in the paper, an index of PaperRow, or -1.
int PaperColumn(const Condition& condition);

// The value that the paper prints for the condition, if it has the column and the row.
std::optional<double> PaperValue(const Condition& condition, const MetricInfo& metric);

}  // namespace rltuner::experiment
