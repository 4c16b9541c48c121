// SPDX-License-Identifier: Apache-2.0
// The common part of best-of-N and SMC: both choose whole sequences first, and then compute the
// probabilities of these under the policy.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

struct SelectedSequence {
  std::vector<int> primer;   // primer and phase are set before the choice
  int phase = 0;             // as in Trajectory
  std::vector<int> actions;  // [L]
  double kl_bound = 0;       // as in Trajectory
};

// Fills actions and kl_bound of the sequences first, first + 1, ... It is called from several
// threads at once; `thread` is as in core/parallel.h.
using SelectSequences =
    std::function<void(int first, std::span<SelectedSequence> sequences, int thread)>;

// Calls `choose` for `count` sequences, a block of options.batch at a time, and visits them as
// SampleRollouts does. Each sequence follows options.primer or one uniform event of its own.
void VisitSelected(const PolicyNetworks& networks, const Reward& reward,
                   const RolloutOptions& options, int count, const SelectSequences& choose,
                   const TrajectoryVisitor& visit);

// A seed for draws that must be independent of those that SampleRollouts makes with `seed`.
std::uint64_t SeedOfChoice(std::uint64_t seed);

// Best-of-N, `count` times: samples `candidates` sequences from the policy after one primer, and
// visits the one with the largest total reward (the first of equals).
//
// In the trajectory, log_policy, entropy and kl belong to the proposal, the policy from which the
// candidates were sampled. kl_bound belongs to best-of-N itself: it is the KL of the proposal plus
// log N - (N - 1) / N nats. Choosing among N moves the distribution away from the proposal by at
// most this amount (exactly this amount if no two rewards are equal).
//
// Options and visits are those of a Decoder (decodings.h); options.mask may be set.
void SampleBestOf(const PolicyNetworks& networks, const Reward& reward, int candidates,
                  const RolloutOptions& options, int count, const TrajectoryVisitor& visit);

// log N - (N - 1) / N, nats.
double BestOfKlBound(int candidates);

}  // namespace rltuner
