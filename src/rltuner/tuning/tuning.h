// SPDX-License-Identifier: Apache-2.0
// A tuning run, whatever its method: it is advanced in slices, asked how it goes, saved and gone on
// with.
#pragma once

#include <cstdint>
#include <string>

#include "rltuner/core/safetensors.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/state_archive.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {

// Two runs with equal Note RNN, reward and options are equal bit for bit, in one piece or in slices
// with Save and Restore between them. Not thread-safe.
class Tuning {
 public:
  virtual ~Tuning() = default;

  // Plays `iterations` events more, or a few above where a method plays in batches, and learns from
  // them. Stops early, with Failure() set, when a
  // number is no longer finite.
  virtual void Advance(std::int64_t iterations) = 0;

  virtual std::int64_t iteration() const = 0;

  // Empty, or what went wrong, as one line: the iteration and the tensor.
  virtual const std::string& Failure() const = 0;

  // The networks as they stand; valid while the run lives.
  virtual PolicyNetworks Networks() const = 0;

  // Goes on from these weights, of the Note RNN's shape, as if they had been learnt so far. What
  // the optimizer and the replay memory hold stays.
  virtual void SetNetwork(const Network& network) = 0;

  // Since the last call: mean loss and gradient norm of the gradient steps (NaN without any).
  struct Learning {
    double loss, gradient_norm, epsilon;
  };
  virtual Learning TakeLearning() = 0;

  // Adds all that the run needs to go on bit for bit. The archive refers to the run's memory: use
  // it before the run is advanced or destroyed.
  virtual void Save(StateWriter* writer) const = 0;

  // Takes over what Save added; Error if the file does not fit this run.
  virtual void Restore(const StateReader& reader) = 0;
};

}  // namespace rltuner
