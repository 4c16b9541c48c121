// SPDX-License-Identifier: Apache-2.0
// How far each policy and way of playing is below the best possible value.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rltuner/experiment/figures.h"
#include "rltuner/experiment/summary.h"

namespace rltuner::experiment {

// The value of a way of playing, E[sum of r / c] - KL, is at most log Z (sequential_monte_carlo.h).
struct Gap {
  std::string title;
  double c;
  double log_z, value;  // nats a composition
  bool at_least;        // log_z is a lower bound of log Z, so the gap is a lower bound too
  // Network steps per event: 1 for a policy; for a baseline that chooses, an upper bound.
  int steps;

  double nats() const { return log_z - value; }
};

// "1.40" or "at least 1.40".
std::string GapText(const Gap& gap);

// The mean of r_MT / c - KL, in nats.
double ValueOfAnEvent(const Condition& of, double c);

// For every c: the policies tuned with it, SMC with it, the Note RNN and its baselines, in order of
// rising gap. If the estimate of log Z has not converged, LogZ::at_least or the highest of these
// values takes its place, whichever is higher. The KL of a baseline that chooses is an upper bound,
// so its gap is an upper bound too.
std::vector<Gap> Gaps(const Conditions& all, std::span<const LogZAt> log_z, int length);

// A sentence for every c: what comes nearest to log Z, and at which cost. `gaps` are all gaps of
// one experiment.
std::vector<std::string> GapFindings(std::span<const Gap> gaps);

std::string GapCsv(std::span<const Gap> gaps);

}  // namespace rltuner::experiment
