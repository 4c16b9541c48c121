// SPDX-License-Identifier: Apache-2.0
// What only the outermost layer may take from the machine: random bits and time.
#pragma once

#include <cstdint>
#include <string>

namespace rltuner {

// Letters and digits that nobody can guess: 128 bits.
std::string RandomName();

// Seconds from any moment, never backwards.
double MonotonicSeconds();

// Milliseconds since 1970-01-01 UTC by the system's clock, which may be set back.
std::int64_t MillisecondsSince1970();

}  // namespace rltuner
