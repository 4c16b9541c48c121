// SPDX-License-Identifier: Apache-2.0
// Names what a file is that is not MIDI, or what a transfer as text made of one, for error
// messages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rltuner::midi {

// "a PNG picture", "gzip-compressed data", "text", ...; or "unknown data" with its first bytes.
std::string LooksLike(std::span<const std::uint8_t> bytes);

struct TransferDamage {
  std::size_t offset = 0;  // byte in the file that shows it
  std::string_view text;   // "a text-mode transfer put ..."
};

// What happened to a file that holds "MThd", if its bytes leave no doubt. A sound file has no such
// damage, whatever bytes it holds. Takes time in proportion to the file.
std::optional<TransferDamage> FindTransferDamage(std::span<const std::uint8_t> file);

}  // namespace rltuner::midi
