// SPDX-License-Identifier: Apache-2.0
// Finds the header chunk of a MIDI file, wherever it is. Internal to the reader; include reader.h
// instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rltuner/midi/damage_log.h"

namespace rltuner::midi {

struct Header {
  int format = 0;
  int tracks = 0;  // as announced
  int division = 0;
  std::size_t end = 0;   // where the chunks after it start
  bool in_riff = false;  // wrapped as RMID: data after the tracks is not part of the MIDI file
  std::uint64_t riff_end = 0;  // where the RIFF says that the MIDI file ends
};

// Throws Error if there is no header; the message says what the file seems to be.
Header LocateHeader(std::span<const std::uint8_t> file, std::string_view source, DamageLog& log);

// Reads the header chunk whose signature is (or should be) at `position`; `position` + 14 is at
// most the file's size.
Header ReadHeader(std::span<const std::uint8_t> file, std::size_t position, DamageLog& log);

std::uint32_t BigEndian32(std::span<const std::uint8_t> file, std::size_t position);
bool HasSignature(std::span<const std::uint8_t> file, std::size_t position,
                  std::string_view signature);

// The first "MTrk" or "MThd" that starts at or after `from`; the file's size if there is none.
std::size_t FindSignature(std::span<const std::uint8_t> file, std::size_t from);

// True if a chunk can start at `position`, or the file ends there: a known signature, or an unknown
// signature whose length leads to another such position.
bool IsChunkBoundary(std::span<const std::uint8_t> file, std::uint64_t position);

// The end of the unknown chunk at `position`, after a byte of padding if it has one; nothing if
// there is no chunk.
std::optional<std::size_t> EndOfUnknownChunk(std::span<const std::uint8_t> file,
                                             std::size_t position);

}  // namespace rltuner::midi
