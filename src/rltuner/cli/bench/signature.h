// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rltuner::bench {

// 64 bits that change when, and only when, what the program computes does: a hash of the weights
// and rewards after a short training on built-in melodies, a short tuning by every method, and
// compositions sampled from each. The same for every number of threads; other instruction sets and
// compilers may round differently and have one of their own.
std::uint64_t Signature(int threads);

}  // namespace rltuner::bench
