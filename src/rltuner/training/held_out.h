// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "rltuner/nn/network.h"
#include "rltuner/training/melody_windows.h"

namespace rltuner {

// How well a network says the next event of melodies it was not trained on.
struct HeldOutMetrics {
  double log_perplexity = 0;  // mean of -log p(event), nats
  double accuracy = 0;        // share of events that were the most likely class
  std::int64_t steps = 0;     // events counted
};

// Plays every melody whole, from a zero state, and counts all steps but the first
// `first_steps_left_out` of each. The priming event of melody i is drawn from (0, i). Same figures
// for any number of threads; allocates its own steppers.
HeldOutMetrics MeasureHeldOut(const Network& network, std::span<const MelodyEvents> melodies,
                              bool prime, int first_steps_left_out, int threads);

}  // namespace rltuner
