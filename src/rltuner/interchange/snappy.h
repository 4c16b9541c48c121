// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "rltuner/interchange/bytes.h"

namespace rltuner {

// Decompresses one block of the Snappy format (a length, then literals and copies from what is
// already there). An Error for any fault, and for more than `maximum` bytes; memory is taken only
// after checking that so few bytes could give as many as they announce.
std::vector<std::byte> SnappyDecompress(const Bytes& compressed, std::size_t maximum);

}  // namespace rltuner
