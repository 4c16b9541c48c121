// SPDX-License-Identifier: Apache-2.0
// Sequential Monte Carlo (Gordon et al., 1993; Del Moral, 2004) on the KL-control optimum: many
// sequences ("particles") are played side by side and weighted by their rewards. Copies of
// particles with large weights replace those with small weights.
//
// The target is p*(x) = p(x) exp(sum of r / c) / Z with p the Note RNN and Z = E_p[exp(sum r / c)].
// Tuning at gamma = 1 approaches p*: every policy pi has
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

// Runs SMC once for each of `count` sequences. All particles of a run have the same primer. At the
// end of the run one particle is drawn by its weight and visited. Sequences are therefore
// independent of each other; the particles of one run are not. Particles that have played the same
// events draw their next actions together by DrawActions, so that they differ as much as possible.
// The proposal is the policy at options.temperature and after options.mask. Weights correct for its
// difference from p, so a tuned model can propose for the same target. (A mask that hides a part of
// p removes that part from the target.)
//
// A tuned model may accept losses for larger rewards later. Resampling by the present weights would
// drop just these particles. The particles of a tuned model are therefore resampled by their
// weights to a power between 0 and 1. The better the present log weight predicts the final one, the
// larger is the power. The power is the slope of a regression on 512 sequences of the proposal.
//
// In the trajectory, log_policy, entropy and kl belong to the proposal. kl_bound belongs to SMC
// itself: it is the sum of r / c minus log Z^, where Z^ is the run's estimate of Z. Its mean is at
// least KL(SMC || p). E[sum of r / c] minus this mean is E[log Z^], which is at most log Z.
//
// Options and visits are those of a Decoder (decodings.h); options.mask may be set.
void SampleSmc(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
               const RolloutOptions& options, int count, const TrajectoryVisitor& visit);

// log Z in nats per sequence. Without a primer in the options it is the mean over all events as
// primers, because no policy chooses the primer. Each primer has a phase of its own.
struct LogZ {
  // Mean over primers of log(mean of Z^ over the runs), corrected for the logarithm's bias to first
  // order.
  double value = 0;
  double standard_error = 0;  // of `value`, from the spread of the runs
  double mean_log = 0;        // mean of log Z^ over all runs: on average below log Z
  int runs = 0;               // in all, over the primers

  // A lower bound of log Z with a probability of 97.5 %, even if the runs differ widely. The
  // product over the primers of (mean of Z^) / Z has a mean of 1. By Markov's inequality, the sum
  // of their logarithms therefore exceeds log 40 in at most one estimate of 40 (as in Grosse,
  // Ghahramani and Adams, 2015).
  double at_least = 0;

  // Whether the runs agree well enough to trust value and error. If they do not, a few lucky runs
  // decide, `value` is most likely too low, and only `at_least` is certain. Twice the difference
  // between value and mean_log is about the variance of log Z^.
  bool Converged() const { return value - mean_log < 0.1; }

  // The bounds of the 95 % confidence interval (normal approximation), if it has converged.
  double low() const { return value - 1.96 * standard_error; }
  double high() const { return value + 1.96 * standard_error; }
};

// Estimates log Z from `runs_per_primer` >= 2 independent runs. Z^ of each run is an unbiased
// estimate of Z given the primer; particles are resampled as in SampleSmc. Only these options are
// used: length, temperature, mask, primer, seed, first_stream, threads, poll.
LogZ EstimateLogZ(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
                  const RolloutOptions& options, int runs_per_primer);

}  // namespace rltuner
