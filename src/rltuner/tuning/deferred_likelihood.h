// SPDX-License-Identifier: Apache-2.0
// log p(a|s) of the Note RNN, computed late, for several compositions in step. Q and Psi need it
// for the reward alone, not to choose the next event. The bits are those of one event after
// another; a run of Q or Psi takes about 5 % less time.
//
//   events played   |-- composition 1 --|-- composition 2 --|-- comp ...
//   rewards         r / c only ......................................  | + log p: all are whole
//                                                                      |
//                                                             Compute, one step of the Note RNN for
//                                                             event t of every composition at once
//
// Compute is due when a minibatch holds an event that waits, when `compositions` of them wait
// (full()), when more would wait than the replay memory holds, and before a checkpoint.
#pragma once

#include <span>
#include <vector>

#include "rltuner/nn/lstm.h"
#include "rltuner/nn/network.h"

namespace rltuner {

// Takes down what is played, one composition after another, and computes when it is asked. Nothing
// allocates after construction. Not thread-safe.
class DeferredLikelihood {
 public:
  // For compositions of `length` actions, `compositions` of which may wait; `inputs` is K.
  DeferredLikelihood(const NetworkShape& shape, int length, int compositions, int inputs = 1);

  // A composition begins, with zero states. Not while full() or one is played.
  void Start();

  // The next action of the composition being played, and the inputs [K] that were heard before it;
  // its last one ends it.
  void Add(std::span<const int> inputs, int action, bool last);

  // Actions that wait, and whether no other composition can begin before they are computed.
  int pending() const { return static_cast<int>(actions_.size()); }
  bool full() const;

  // log p of the actions that wait, [pending()], in the order in which they were played; valid
  // until the next call. Then none waits, and a composition being played goes on from there.
  std::span<const float> Compute(const Network& note_rnn);

  // For checkpoints, where nothing waits: the state [S] that the composition being played goes on
  // from.
  std::span<const float> state() const { return state_; }
  void Restore(std::span<const float> state);

 private:
  // Actions in a row of one composition.
  struct Piece {
    int first, count;  // of actions_
    bool goes_on;      // from state_; otherwise from zeros
  };

  // The composition being played has all that was played of it behind it.
  void GoOn();

  int compositions_, count_;
  bool playing_ = false;       // the last piece
  std::vector<Piece> pieces_;  // at most `compositions`
  std::vector<int> actions_;   // at most `compositions * length`
  std::vector<float> log_p_;   // the same
  std::vector<int> heard_;     // [actions_.size(), K], before them
  std::vector<int> rows_;      // pieces, the longest first, as the stepper has them
  std::vector<int> inputs_;    // [compositions, K]
  FloatBuffer state_;          // [S], from which the first piece goes on, if it does
  BatchStepper stepper_;
};

}  // namespace rltuner
