// SPDX-License-Identifier: Apache-2.0
// Writes standard MIDI files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/midi/score.h"

namespace rltuner::midi {

// One voice on one channel, with the minimum that a player needs.
struct SimplePiece {
  struct Note {
    std::int64_t onset = 0;     // ticks, 0 or more
    std::int64_t duration = 0;  // ticks, 0 or more
    int pitch = 60;             // 0..127
    int velocity = 80;          // 1..127
  };

  int ticks_per_quarter = 480;            // 1..32767
  double quarters_per_minute = 120;       // 4..1000
  int numerator = 4, denominator = 4;     // 1..255; a power of two to 1024
  std::vector<MetreChange> changes = {};  // of the metre, or where it is stated again
  int channel = 0;                        // 0..15
  int program = 0;                        // 0..127
  std::optional<int> sharps = {};         // key signature, -7..7; nothing: none
  bool minor = false;                     // of the signature
  std::string track_name;                 // "" = none
  std::vector<Note> notes;                // in any order
  std::int64_t length = 0;                // ticks; the piece ends here or at its last note's end
};

// The score as a MIDI file. Reading the bytes gives an equal score (without warnings) if this one
// came from Read, or keeps its rules: lists in the order that score.h says, names of at most 128
// bytes, and notes of one track, channel and pitch that end in the order in which they begin,
// hanging ones last. Events that a score does not hold (controllers, lyrics) are not in the bytes.
// At equal ticks note-offs come before note-ons, except the note-off of a note of zero length.
// Throws Error for values out of the ranges in score.h.
std::vector<std::uint8_t> Write(const Score& score);

// The piece as a file of format 0. Throws Error for values out of range.
std::vector<std::uint8_t> Write(const SimplePiece& piece);

// The piece as a score of one track.
Score ToScore(const SimplePiece& piece);

}  // namespace rltuner::midi
