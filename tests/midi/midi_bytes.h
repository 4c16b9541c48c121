// SPDX-License-Identifier: Apache-2.0
// MIDI files put together by hand for tests.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/midi/reader.h"

namespace rltuner::midi {

using Bytes = std::vector<std::uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes Text(std::string_view text) { return {text.begin(), text.end()}; }

inline Bytes Big32(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline Bytes Little32(std::uint32_t value) {
  const Bytes big = Big32(value);
  return {big.rbegin(), big.rend()};
}

inline Bytes Big16(int value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline Bytes Header(int format, int tracks, int division = 480) {
  return Text("MThd") + Big32(6) + Big16(format) + Big16(tracks) + Big16(division);
}

inline Bytes Chunk(std::string_view signature, const Bytes& content) {
  return Text(signature) + Big32(static_cast<std::uint32_t>(content.size())) + content;
}

// A track chunk that states a length of its own.
inline Bytes TrackOfLength(std::uint32_t length, const Bytes& events) {
  return Text("MTrk") + Big32(length) + events;
}

inline const Bytes kTrackEnd = {0x00, 0xff, 0x2f, 0x00};

// One note of 100 ticks right where the last event was.
inline Bytes NoteEvents(int pitch, int channel = 0) {
  const auto on = static_cast<std::uint8_t>(0x90 | channel);
  const auto off = static_cast<std::uint8_t>(0x80 | channel);
  const auto p = static_cast<std::uint8_t>(pitch);
  return {0x00, on, p, 80, 100, off, p, 64};
}

inline Bytes TrackOf(const Bytes& events) { return Chunk("MTrk", events + kTrackEnd); }

// A file of format 0 with one track of these events.
inline Bytes FileOf(const Bytes& events) { return Header(0, 1) + TrackOf(events); }

inline Score Read(const Bytes& bytes) { return Read(bytes, "test.mid"); }

inline std::vector<int> Pitches(const Score& score) {
  std::vector<int> pitches;
  for (const Note& note : score.notes) pitches.push_back(note.pitch);
  return pitches;
}

}  // namespace rltuner::midi
