// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/core/reward.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

// Best-of-N: for each of `count` sequences one primer and, after it, `candidates` sequences sampled
// from the policy; the one with the largest total reward is visited (the first of equals).
//
// In the trajectory, log_policy, entropy and kl are the proposal's, that is, those of the policy
// that the candidates were sampled from. kl_bound is of best-of-N itself: choosing among N moves
// the distribution away from the proposal by log N - (N - 1) / N nats at most (exactly that where
// no two rewards are equal), to which comes what the proposal puts between itself and the Note RNN.
//
// `options` as for SampleRollouts, so the result does not depend on threads; each block of
// options.batch sequences is visited in order by one thread. options.given must be empty. The
// rewards of the sequence kept are in the trajectory.
void SampleBestOf(const PolicyNetworks& networks, const Reward& reward, int candidates,
                  const RolloutOptions& options, int count, const TrajectoryVisitor& visit);

// log N - (N - 1) / N, nats.
double BestOfKlBound(int candidates);

}  // namespace rltuner
