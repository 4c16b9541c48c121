// SPDX-License-Identifier: Apache-2.0
// The seam between tuning and what is rewarded: tuning sees a vocabulary and this interface, never
// music.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

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

  // Rewards finished sequences: rewards[b * length + t] is what event t of sequence b earns, both
  // [B, length]. Whatever was begun by Start is forgotten.
  virtual void Judge(std::span<const int> actions, int length, std::span<float> rewards) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      if (i % static_cast<std::size_t>(length) == 0) Start(length);
      rewards[i] = Place(actions[i]);
    }
  }

  // True if Judge is better called for many sequences at once and by one thread, as where each call
  // enters an interpreter.
  virtual bool JudgesBatches() const { return false; }
};

}  // namespace rltuner
