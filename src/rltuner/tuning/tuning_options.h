// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "rltuner/core/settings.h"

namespace rltuner {

// Everything that decides how a tuning run goes, the recipe's [tuning] table. Defaults are the
// settings of the paper's results (Jaques et al., 2017, section 4) with the methods' terminal state
// mended; recipes/*.toml hold the configurations.
struct TuningOptions {
  std::string method = "q";
  double c = 0.5;  // the rules' weight is 1 / c: small = rules, large = data
  // Nats an event by which the policy may differ from the Note RNN (KL): c then starts as above and
  // is moved to hold it. 0: c stays as it is.
  double kl_budget = 0;
  double gamma = 0.5;                   // discount of later rewards
  std::int64_t iterations = 1'000'000;  // events played
  int length = 32;                      // events in a composition
  std::int64_t seed = 1;

  std::string exploration = "epsilon-greedy";  // or boltzmann
  double epsilon_start = 1.0, epsilon_end = 0.1;
  double epsilon_share = 0.5;  // share of the run over which epsilon falls

  int replay_capacity = 100'000;  // transitions
  int gradient_every = 5;         // iterations between gradient steps
  int minibatch = 32;
  double learning_rate = 1e-3;
  double decay_share = 0;  // pg only: share of the run, its last, over which the rate falls to 0
  double eta = 0.01;       // share of the target network renewed after each gradient step
  double clip_norm = 5.0;
  std::string clipping = "global";  // or tensor
  bool double_q = true;             // Q and RL only: Double Q-learning
  bool terminal = true;             // false: the last event bootstraps from the state after it

  int compositions = 256;        // pg only: compositions in an update
  double reward_floor = -20;     // pg only: lower rewards of the rules count as this one
  double entropy_floor = 0;      // pg only: nats per event; variety is paid for below it
  double entropy_ceiling = 100;  // pg only: nats per event; variety costs above it

  int progress_every = 20'000;      // iterations between two rows of progress
  int progress_compositions = 100;  // sampled from the policy for each row
};

Settings Describe(TuningOptions& options);

// Error if two options contradict each other for options.method, such as a replay memory too small
// for a minibatch.
void Check(const TuningOptions& options);

// A sentence if the run is over before its first gradient step, else "".
std::string WhyNothingIsLearnt(const TuningOptions& options);

}  // namespace rltuner
