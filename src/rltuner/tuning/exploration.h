// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "rltuner/core/random.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

// How actions are chosen while learning. Epsilon-greedy: a random action with probability epsilon,
// otherwise the policy's likeliest; epsilon falls linearly from epsilon_start to epsilon_end over
// the first epsilon_share of the run and stays there. Boltzmann: a draw from the policy.
class Exploration {
 public:
  explicit Exploration(const TuningOptions& options);

  // 0 for Boltzmann.
  double Epsilon(std::int64_t iteration) const;

  // The action to play and to store, 0 .. vocabulary-1. `policy` gives logits [V], the policy up to
  // a constant, and is called only if they are needed.
  int Choose(int vocabulary, const std::function<std::span<const float>()>& policy,
             std::int64_t iteration, Random& random) const;

 private:
  bool boltzmann_;
  double start_, end_, falling_iterations_;
};

}  // namespace rltuner
