// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/core/reward.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

// Best-of-N: for each of `count` sequences it samples `candidates` sequences from the policy, all
// after one primer, and visits the one with the largest total reward (the first of equals).
//
// In the trajectory, log_policy, entropy and kl are the proposal's, that is, those of the policy
// that the candidates were sampled from. kl_bound is of best-of-N itself: choosing among N moves
// the distribution away from the proposal by log N - (N - 1) / N nats at most (exactly that where
// no two rewards are equal), and the distance of the proposal from the Note RNN is added.
//
// `options` as for SampleRollouts, so the result does not depend on threads; each block of
// options.batch sequences is visited in order by one thread. options.given must be empty. The
// rewards of the sequence kept are in the trajectory.
void SampleBestOf(const PolicyNetworks& networks, const Reward& reward, int candidates,
                  const RolloutOptions& options, int count, const TrajectoryVisitor& visit);

// log N - (N - 1) / N, nats.
double BestOfKlBound(int candidates);

}  // namespace rltuner
