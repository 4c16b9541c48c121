// SPDX-License-Identifier: Apache-2.0
// The tables of an experiment, as CSV, and its charts, as SVG. Numbers have six digits; a value
// that does not exist is empty.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/experiment/summary.h"

namespace rltuner::experiment {

// The columns of Table 1: the Note RNN, then one per method.
std::vector<const Condition*> Table1Columns(const Conditions& all);

// Table 1: a line for each metric of each model, with the paper's value and whether it lies outside
// the interval.
std::string Table1Csv(const Conditions& all);

// Table 1 for a terminal: means alone.
std::string Table1Text(const Conditions& all);

// A line for each condition, three columns for each metric: value, low, high.
std::string ConditionsCsv(std::span<const Condition> conditions);

// A line for each method and measured iteration: log p, r_MT and distinct with their intervals over
// seeds.
std::string Figure2Csv(const Conditions& all);

// log Z at one c, in nats per composition.
struct LogZAt {
  double c;
  LogZ log_z;
};
std::string LogZCsv(std::span<const LogZAt> estimates);

// Whether there is a bound to draw.
bool AnyConverged(std::span<const LogZAt> estimates);

// The conditions from which the frontier is drawn, in this order: the Note RNN, the table's
// conditions that are in no sweep, the optimum, the sweeps, the baselines.
std::vector<Condition> FrontierConditions(const Conditions& all);

// Figure 2 of the paper: log p, or r_MT, against the events played; a band is the 95 % interval
// over seeds.
std::string LogProbChart(const Conditions& all);
std::string RewardChart(const Conditions& all);

// r_MT against KL, per event: a curve for each method over c, the baselines as points, and the
// bound set by log Z. For any policy and any c, the sum of r / c minus the KL is at most log Z(c),
// so r <= c (log Z(c) / length + KL). `length` in events.
std::string FrontierChart(const Conditions& all, std::span<const LogZAt> log_z, int length);

// Distinct compositions against r_MT, a curve for each method over c.
std::string DiversityChart(const Conditions& all);

}  // namespace rltuner::experiment
