// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>

#include "rltuner/melody/events.h"

namespace rltuner {

// How events become music. The defaults are those of melodies without a primer.
struct Playback {
  double quarters_per_minute = 80;           // 4 .. 1000
  int steps_per_quarter = kStepsPerQuarter;  // events in a quarter note, 1 .. 96
  int numerator = 4, denominator = 4;        // metre
  int transposition = 0;                     // semitones from a class's pitch to the one played
  int program = 0;                           // General MIDI, 0 .. 127
  std::optional<int> sharps = {};            // key signature, -7 .. 7; nothing: none is written

  // The MIDI pitch that a note-on class is played at, by whole octaves within 0 .. 127.
  int Pitch(int event) const {
    int pitch = PitchOf(event) + transposition;
    while (pitch < 0) pitch += 12;
    while (pitch > 127) pitch -= 12;
    return pitch;
  }

  // Steps in a beat and in a bar; 1 or more.
  int BeatSteps() const { return std::max(1, 4 * steps_per_quarter / denominator); }
  int BarSteps() const { return std::max(1, 4 * steps_per_quarter * numerator / denominator); }
};

}  // namespace rltuner
