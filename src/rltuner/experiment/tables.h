// SPDX-License-Identifier: Apache-2.0
// The figures of an experiment as CSV. Numbers have six digits; what does not exist is empty.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/experiment/summary.h"

namespace rltuner::experiment {

// The columns of Table 1: the Note RNN, then a method each.
std::vector<const Summary*> Table1Columns(const ExperimentSummary& summary);

// Table 1: a line for each figure of each model, with the paper's value and whether it lies outside
// the interval.
std::string Table1Csv(const ExperimentSummary& summary);

// The same for a terminal: means alone.
std::string Table1Text(const ExperimentSummary& summary);

// A line for each condition, three columns for each figure: value, low, high.
std::string ConditionsCsv(std::span<const Summary> conditions);

// A line for each method and measured iteration: log p, r_MT and distinct with their intervals over
// seeds.
std::string Figure2Csv(const ExperimentSummary& summary);

// log Z at one c, in nats per composition.
struct LogZAt {
  double c;
  LogZ log_z;
};
std::string LogZCsv(std::span<const LogZAt> estimates);

// Whether a bound can be drawn at all.
bool AnyConverged(std::span<const LogZAt> estimates);

// The sweeps' conditions, then the table's that are in none, then the baselines: what the frontier
// is drawn from.
std::vector<Summary> FrontierConditions(const ExperimentSummary& summary);

}  // namespace rltuner::experiment
