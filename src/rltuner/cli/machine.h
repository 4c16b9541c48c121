// SPDX-License-Identifier: Apache-2.0
// What only the outermost layer may take from the machine: chance and time.
#pragma once

#include <string>

namespace rltuner {

// Letters and digits that nobody can guess: 128 bits.
std::string RandomName();

// Seconds from any moment, never backwards.
double MonotonicSeconds();

}  // namespace rltuner
