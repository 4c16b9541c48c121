// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "rltuner/nn/model.h"
#include "rltuner/training/melody_windows.h"
#include "rltuner/training/train.h"

namespace rltuner {

// Feeds every melody whole, from a zero state, and counts all steps except the first
// `first_steps_left_out` of each. The priming event of melody i comes from the random stream (0,
// i). The result is the same for any number of threads. Allocates its own steppers.
HeldOutMetrics MeasureHeldOut(const Network& network, std::span<const MelodyEvents> melodies,
                              bool prime, int first_steps_left_out, int threads,
                              const MelodyCoding& coding = {});

}  // namespace rltuner
