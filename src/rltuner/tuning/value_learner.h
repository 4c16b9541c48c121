// SPDX-License-Identifier: Apache-2.0
// The gradient step of the value-learning methods.
#pragma once

#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/optimizer.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/replay_buffer.h"

namespace rltuner {

// The learning network, its target network and Adam. Nothing allocates after construction. Not
// thread-safe.
class ValueLearner {
 public:
  // Both networks start as `start`. `method` must outlive the learner. `inputs` is K.
  ValueLearner(const MethodInfo& method, const Network& start, const TuningOptions& options,
               int inputs = 1);

  const Network& network() const { return network_; }

  // Both networks become `network`, which has their shape.
  void SetNetwork(const Network& network);

  struct Step {
    double loss;           // mean of (network(s, a) - y)^2 over the minibatch, before the step
    double gradient_norm;  // before clipping; not finite if the step was not taken
  };

  // Draws the minibatch of the next step uniformly from the sampleable transitions of the replay
  // memory; there must be some. Starts to load it, which takes as long as playing an event. With
  // `before_add`, it draws from the transitions that will be sampleable once the next event has
  // been added; that event must be added before the step. Returns the newest index drawn.
  int Draw(const ReplayBuffer& replay, Random& random, bool before_add = false);

  // One step on the minibatch drawn from that memory: targets from the target network, one LSTM
  // step from each stored state (no back-propagation through time), clipping and Adam. Then target
  // <- (1 - eta) target + eta network. A gradient that is not finite leaves the networks as they
  // are.
  Step Learn(const ReplayBuffer& replay);

  // The gradient of the last step.
  const Network& gradient() const { return gradient_; }

  void VisitState(StateArchive* archive);

 private:
  // Copies the minibatch's states into the tape and the steppers; targets_ = r.
  void Gather(const ReplayBuffer& replay);
  // targets_ += gamma * the value of s', where there is one.
  void AddNextValues();

  const MethodInfo& method_;
  const TuningOptions options_;
  const bool is_double_;
  const int count_;  // K
  Network network_, target_, gradient_;
  Optimizer optimizer_;
  Tape tape_;                    // s through the network
  BatchStepper target_stepper_;  // s' through the target network
  BatchStepper online_stepper_;  // s' through the network
  std::vector<int> drawn_;
  std::vector<ReplayBuffer::Transition> minibatch_;
  std::vector<int> inputs_;  // [minibatch, K]
  std::vector<int> actions_;
  // The transitions of the minibatch that have an s', and their data in the same order.
  std::vector<int> next_, next_inputs_, next_actions_;
  std::vector<float> next_values_;
  std::vector<float> values_, targets_, derivatives_;
};

}  // namespace rltuner
