// SPDX-License-Identifier: Apache-2.0
// What tells one value-learning method from another. Playing, replay, target network and gradient
// steps are the same for all (value_tuning.h).
#pragma once

#include <span>

#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {

// For a transition (s, a, r, s') the target is y = r + gamma * NextValue(s'), the loss
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

  // Which of NextValue's last two arguments are filled in; an unused one is empty.
  virtual bool UsesOnlineValues() const { return false; }
  virtual bool UsesLogPrior() const { return false; }

  // The worth of state s', each span [V]: the target network's values, the learning network's
  // values, log p(.|s') of the Note RNN.
  virtual float NextValue(std::span<const float> target, std::span<const float> online,
                          std::span<const float> log_prior) const = 0;
};

}  // namespace rltuner
