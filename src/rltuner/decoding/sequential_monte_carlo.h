// SPDX-License-Identifier: Apache-2.0
// Sequential Monte Carlo (Gordon et al., 1993; Del Moral, 2004) on the KL-control optimum: many
// sequences ("particles") are played side by side and weighted by their rewards; the light ones
// make room for copies of the heavy ones.
//
// The target is p*(x) = p(x) exp(sum of r / c) / Z with p the Note RNN and Z = E_p[exp(sum r / c)].
// p* is what tuning at gamma = 1 looks for: every policy pi has
//   E_pi[sum r / c] - KL(pi || p) <= log Z
// with equality for p* alone. So log Z / length is the value per event that no policy can exceed.
#pragma once

#include "rltuner/core/reward.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

struct SmcOptions {
  int particles = 256;
  double c = 0.5;               // the reward's weight is 1 / c
  double resample_below = 0.5;  // resampled (systematically) when the effective sample size is
                                // below this share of the particles
};

// One run of SMC for each of `count` sequences, each with a primer of its own for all its
// particles; at its end one particle is drawn by its weight and visited, so that sequences are
// independent of each other (the particles of one run are not). Particles with one history draw
// their actions as DrawActions does, as different as they can be. The proposal is the policy at
// options.temperature and after options.mask; weights correct for its difference from p, so that a
// tuned model can propose for the same target. (A mask that hides a part of p leaves that part out
// of the target.)
//
// A tuned model may accept losses that later rewards repay; resampling by the weights so far would
// drop just these particles. Its particles are resampled by the weights to the power to which they
// foretell the last ones, between 0 and 1, as regression finds on 512 sequences of the proposal.
//
// In the trajectory, log_policy, entropy and kl are the proposal's. kl_bound is of SMC itself:
// sum of r / c - log Z^, Z^ the run's estimate of Z; its mean is at least KL(SMC || p), and E[sum
// of r / c] less this mean is E[log Z^] <= log Z.
//
// `options` as for SampleRollouts; the result does not depend on threads; each block of
// options.batch sequences is visited in order by one thread. options.given must be empty. The
// sequence's rewards are in the trajectory.
void SampleSmc(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
               const RolloutOptions& options, int count, const TrajectoryVisitor& visit);

// log Z in nats per sequence. Without a primer in the options, the mean over primers, with every
// event of the vocabulary as a primer, each with a phase of its own: no policy chooses them.
struct LogZ {
  // Mean over primers of log(mean of Z^ over the runs), with the logarithm's bias taken off to
  // first order.
  double value = 0;
  double standard_error = 0;  // of value, from the spread of the runs
  double mean_log = 0;        // mean of log Z^ over all runs: on average below log Z
  int runs = 0;               // of all primers

  // A lower bound of log Z that holds with a probability of 97.5 % however much the runs differ.
  // The product of the primers' mean Z^ / Z has a mean of 1, so by Markov's inequality the sum of
  // their logarithms exceeds log 40 in at most one estimate of 40 (Grosse, Ghahramani and Adams,
  // 2015, bound log Z in this way).
  double at_least = 0;

  // Whether the runs agree well enough to believe value and error. Where they do not, a few lucky
  // runs decide, `value` is most likely too low, and only `at_least` is sure. Twice the difference
  // is about the variance of log Z^.
  bool Converged() const { return value - mean_log < 0.1; }

  // The bounds of the 95 % confidence interval (normal approximation), if it has converged.
  double low() const { return value - 1.96 * standard_error; }
  double high() const { return value + 1.96 * standard_error; }
};

// Z^ of each run is an unbiased estimate of Z given the primer; particles are resampled as
// SampleSmc does it. `runs_per_primer` >= 2 independent runs. Of the options it uses length,
// temperature, mask, primer, seed, first_stream, threads, poll.
LogZ EstimateLogZ(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
                  const RolloutOptions& options, int runs_per_primer);

}  // namespace rltuner
