// SPDX-License-Identifier: Apache-2.0
// Names what a file is that is not MIDI, for error messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace rltuner {

// "a PNG picture", "gzip-compressed data", "text", ...; or "unknown data" with its first bytes.
std::string LooksLike(std::span<const std::uint8_t> bytes);

}  // namespace rltuner
