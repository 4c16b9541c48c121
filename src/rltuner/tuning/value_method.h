// SPDX-License-Identifier: Apache-2.0
// What tells one value-learning method from another. Playing, replay, target network and gradient
// steps are the same for all (value_tuning.h).
#pragma once

#include <span>

#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {

// For a transition (s, a, r, s') the target is y = r + gamma * (the worth of s'), the loss
// (network(s, a) - y)^2. Implementations are stateless and thread-safe.
class ValueMethod {
 public:
  virtual ~ValueMethod() = default;

  // r = log p(a|s) + reward / c if true, reward / c if false.
  virtual bool RewardsLikelihood() const = 0;

  // How the learnt values play.
  virtual PolicyForm Form() const = 0;

  // Whether learning starts from the Note RNN's weights or from random ones.
  virtual bool StartsFromNoteRnn() const { return true; }

  // Double learning (van Hasselt et al., 2015): the worth of s' is the target network's value of
  // the action that the learning network values most there. NextValue is then not asked.
  virtual bool IsDouble() const { return false; }

  // Otherwise it is made of the target network's values in s', [V], and of log p(.|s') of the Note
  // RNN, [V], or empty if not used.
  virtual bool UsesLogPrior() const { return false; }
  virtual float NextValue(std::span<const float> target,
                          std::span<const float> log_prior) const = 0;
};

}  // namespace rltuner
