// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rltuner {

// What training draws random numbers for. Each purpose has streams of its own, numbered by a
// counter of the run, so a checkpoint needs the counters only.
enum class RandomPurpose : std::uint64_t { kWeights, kOrder, kPriming, kDropout, kHeldOutPriming };

constexpr std::uint64_t StreamOf(RandomPurpose purpose, std::int64_t number) {
  return (static_cast<std::uint64_t>(purpose) << 48U) + static_cast<std::uint64_t>(number);
}

}  // namespace rltuner
