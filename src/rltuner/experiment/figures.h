// SPDX-License-Identifier: Apache-2.0
// The charts of an experiment, as SVG.
#pragma once

#include <span>
#include <string>

#include "rltuner/experiment/findings.h"
#include "rltuner/experiment/tables.h"

namespace rltuner::experiment {

// Figure 2 of the paper: log p, or r_MT, against the events played; a band is the 95 % interval
// over seeds.
std::string LogProbChart(const ExperimentSummary& summary);
std::string RewardChart(const ExperimentSummary& summary);

// r_MT against KL to the Note RNN, per event: a curve for each method over c, the baselines as
// points, and the bound that log Z sets: for any policy and any c, the sum of r / c less the KL is
// log Z(c) at most, so r <= c (log Z(c) / length + KL). `length` in events.
std::string FrontierChart(const ExperimentSummary& summary, std::span<const LogZAt> log_z,
                          int length);

// Distinct compositions against r_MT, a curve for each method over c.
std::string DiversityChart(const ExperimentSummary& summary);

}  // namespace rltuner::experiment
