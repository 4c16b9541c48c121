// SPDX-License-Identifier: Apache-2.0
// A tuning run by any method, which can be advanced in slices, observed, saved and resumed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rltuner/core/state_archive.h"
#include "rltuner/nn/model.h"
#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

// Two runs with equal Note RNN, reward and options are equal bit for bit, even if one of them is
// saved and restored between slices. Not thread-safe.
class Tuning {
 public:
  virtual ~Tuning() = default;

  // Plays `iterations` more events, or slightly more where a method plays in batches, and learns
  // from them. Stops early, with Failure() set, when a number is no longer finite.
  virtual void Advance(std::int64_t iterations) = 0;

  std::int64_t iteration() const { return iteration_; }

  // Empty, or what went wrong in one line: the iteration and the tensor.
  const std::string& Failure() const { return failure_; }

  // The networks as they stand; valid while the run lives.
  virtual PolicyNetworks Networks() const = 0;

  // Replaces the weights learnt so far by these, which have the Note RNN's shape, and continues
  // from them. The optimizer and the replay memory keep their contents.
  virtual void SetNetwork(const Network& network) = 0;

  // The c of the next event: the option's value, or that value as adjusted to kl_budget.
  virtual double c() const = 0;

  // Changes the kl_budget of a run that has one.
  virtual void SetKlBudget(double /*nats*/) {}

  // Mean loss and gradient norm of the gradient steps since the last call (NaN without any).
  struct Learning {
    double loss, gradient_norm, epsilon;
  };
  Learning TakeLearning();

  // The current weights of a FeatureReward's features; empty if the method finds no weights.
  virtual std::span<const double> Weights() const { return {}; }

  // Visits everything needed to resume the run bit for bit. Saved tensors must be written before
  // the run is advanced or destroyed. When restoring, Error if the checkpoint does not fit this
  // run.
  virtual void VisitState(StateArchive* archive) = 0;

 protected:
  // Counts a gradient step. False if the norm is not finite: the run has failed, and the step must
  // not be taken.
  bool CountStep(double loss, double norm, const Network& gradient);

  // The share of random events at present.
  virtual double Epsilon() const { return 0; }

  std::int64_t iteration_ = 0;
  // Since the last TakeLearning.
  std::int64_t steps_ = 0;
  double loss_sum_ = 0, norm_sum_ = 0;

 private:
  std::string failure_;
};

}  // namespace rltuner
