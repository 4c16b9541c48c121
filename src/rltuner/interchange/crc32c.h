// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rltuner {

// CRC-32C (Castagnoli polynomial) of `data`. `before` is the value for the bytes that precede it.
std::uint32_t Crc32c(std::span<const std::byte> data, std::uint32_t before = 0);

// The form that LevelDB and TensorFlow store: rotated and offset, so that a checksum over bytes
// that contain checksums stays useful.
inline std::uint32_t MaskedCrc32c(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

}  // namespace rltuner
