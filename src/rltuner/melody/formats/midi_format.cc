// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/formats/midi_format.h"

#include <algorithm>

#include "rltuner/midi/reader.h"

namespace rltuner {
namespace {

bool HasAt(std::span<const std::uint8_t> bytes, std::size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

bool RecognizesMidi(std::span<const std::uint8_t> beginning) {
  return HasAt(beginning, 0, "MThd") ||
         (HasAt(beginning, 0, "RIFF") && HasAt(beginning, 8, "RMID"));
}

void ReadMidiScore(std::span<const std::uint8_t> bytes, std::string_view source,
                   midi::Score& score) {
  midi::Read(bytes, source, score);
}

}  // namespace

ScoreFormat MidiFormat() {
  return {"MIDI", {".mid", ".midi", ".kar", ".rmi", ".smf"}, RecognizesMidi, ReadMidiScore};
}

}  // namespace rltuner
