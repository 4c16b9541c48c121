// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace rltuner::bench {

// Melodies without a dataset, always the same: they wander by steps, with holds, note offs and some
// leaps. Classes as in melody/events.h.
std::vector<std::vector<std::uint8_t>> SyntheticMelodies(int count, int length);

}  // namespace rltuner::bench
