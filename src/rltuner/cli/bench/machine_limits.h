// SPDX-License-Identifier: Apache-2.0
// What one core can do at most.
#pragma once

#include <cstddef>

namespace rltuner::bench {

// Does `rounds` rounds of independent fused multiply-adds, all in registers. Returns the number of
// floating-point operations (an addition and a multiplication each).
double RunMultiplyAdds(int rounds);

// Reads `floats` floats in a row, `rounds` times over, from memory of its own per size class.
// Returns the number of bytes read.
double ReadFloats(std::size_t floats, int rounds);

// As many floats as the weights of the paper's network, which live in the L2 cache; and as many as
// fit into no cache.
inline constexpr std::size_t kL2Floats = 60'000;
inline constexpr std::size_t kMemoryFloats = 32 << 20;

}  // namespace rltuner::bench
