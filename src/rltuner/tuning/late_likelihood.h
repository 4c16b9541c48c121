// SPDX-License-Identifier: Apache-2.0
// log p(a|s) of the Note RNN, for methods that need it only for the reward, not to choose the next
// event. Compositions wait until several are stepped side by side, so that the weights are read
// once for all of them. The results equal those of stepping one event after another, bit for bit:
//
//   played, in time:   a1 a2 a3 a4 | b1 b2 b3 b4 | c1 c2     c is still being played
//   computed at once:  step 1: a1 b1 c1,  step 2: a2 b2 c2,  step 3: a3 b3,  step 4: a4 b4
//
// log p is computed when a minibatch draws an event that waits, when kCompositions have ended, or
// when the run is saved.
#pragma once

#include <span>
#include <vector>

#include "rltuner/nn/lstm.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// Nothing allocates after construction. Not thread-safe.
class LateLikelihood {
 public:
  // The most compositions that wait. With a full replay memory of the paper's size, a minibatch
  // draws a waiting event about once in five compositions.
  static constexpr int kCompositions = 8;

  // For compositions of at most `length` events. `inputs` is K, the rows that are fed for each
  // event.
  LateLikelihood(const NetworkShape& shape, int inputs, int length);

  // Adds an event that was played after the inputs `inputs`, [K]. `last` says whether it ended its
  // composition. Do not call it while full().
  void Add(std::span<const int> inputs, int action, bool last);

  int waiting() const { return static_cast<int>(actions_.size()); }  // events
  bool full() const { return ended_ && static_cast<int>(begins_.size()) == kCompositions; }

  // Returns log p of the waiting events, in the order played; valid until the next call. Afterwards
  // no event waits.
  std::span<const float> Compute(const Network& note_rnn);

  // For checkpoints, while no event waits: the state [S] from which the current composition
  // continues.
  std::span<const float> state() const { return state_; }
  void SetState(std::span<const float> state);

 private:
  int inputs_;
  bool ended_ = true;         // whether the newest composition has
  bool goes_on_ = false;      // whether the first waiting composition continues from state_
  std::vector<int> begins_;   // where in actions_ each waiting composition begins
  std::vector<int> heard_;    // [events that wait, K]
  std::vector<int> actions_;  // [events that wait]
  std::vector<float> log_p_;  // the same
  std::vector<int> order_;    // compositions, the longest first: the rows of the stepper
  std::vector<int> rows_;     // [kCompositions, K]: what they hear in one step
  std::vector<float> state_;  // [S]
  BatchStepper stepper_;
};

}  // namespace rltuner
