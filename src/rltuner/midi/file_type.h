// SPDX-License-Identifier: Apache-2.0
// For error messages: identifies files that are not MIDI, and MIDI files damaged by a text-mode
// transfer.
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
  std::size_t offset = 0;  // the byte that shows the damage
  std::string_view text;   // "a text-mode transfer put ..."
};

// How a text-mode transfer damaged a file that contains "MThd", if its bytes leave no doubt. Never
// reports an undamaged file, even if it contains such bytes. Time is linear in the size of the
// file.
std::optional<TransferDamage> FindTransferDamage(std::span<const std::uint8_t> file);

}  // namespace rltuner::midi
