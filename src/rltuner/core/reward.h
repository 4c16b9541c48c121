// SPDX-License-Identifier: Apache-2.0
// The seam between tuning and what is rewarded: tuning sees a vocabulary and this interface, never
// music.
#pragma once

#include <memory>

namespace rltuner {

// Rewards one sequence of actions, one action at a time. A reward may depend on everything placed
// since Start. One object follows one sequence; use a clone per thread and per sequence.
class Reward {
 public:
  virtual ~Reward() = default;

  // Forgets everything: a sequence of `length` actions begins.
  virtual void Start(int length) = 0;

  // The reward of `action` as the next one of the sequence; the action then belongs to the
  // sequence. Never called more than `length` times between two Starts.
  virtual float Place(int action) = 0;

  // A copy with its own state, in the middle of a sequence too.
  virtual std::unique_ptr<Reward> Clone() const = 0;
};

}  // namespace rltuner
