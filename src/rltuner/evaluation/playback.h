// SPDX-License-Identifier: Apache-2.0
// How events become music: tempo, metre, key and instrument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

// The defaults are those of melodies without a primer.
struct Playback {
  double quarters_per_minute = 80;           // 4 .. 1000
  int steps_per_quarter = kStepsPerQuarter;  // events in a quarter note, 1 .. 96
  int lowest_pitch = kLowestPitch;           // MIDI, of the classes
  int classes = kVocabulary;
  MelodyContext music = {};        // bars of what is played, and the signature's mode
  int transposition = 0;           // semitones from a class's pitch to the one played
  int program = 0;                 // General MIDI, 0 .. 127
  int velocity = 80;               // 1 .. 127
  std::optional<int> sharps = {};  // key signature, -7 .. 7; nothing: none is written
  int lowest = 0, highest = 127;   // MIDI pitches, at least an octave

  // If a primer from a file is part of what is played: the file's pitch at each onset, 0 elsewhere.
  // `changes_of_key` has the primer's keys; the last of them has `sharps`.
  std::vector<int> pitches = {};
  struct Signature {
    int step = 0;  // where it begins
    int sharps = 0;
    Mode mode = Mode::kMajor;

    // Notes are written by twelve neighbours on the line of fifths (F -1, C 0, G 1); this is the
    // flattest. They are A flat to C sharp in C major, and B flat to D sharp in A minor, where G
    // sharp leads to the tonic.
    int flattest() const {
      return sharps - (mode == Mode::kMinor || mode == Mode::kPhrygian ? 2 : 4);
    }
  };
  std::vector<Signature> changes_of_key = {};

  void ForgetPrimer() {
    pitches.clear();
    changes_of_key.clear();
  }
  std::vector<Signature> Signatures() const {
    return changes_of_key.empty() ? std::vector{Signature{0, sharps.value_or(0), music.mode}}
                                  : changes_of_key;
  }

  // The MIDI pitch at which a note-on class is played, moved by octaves into lowest .. highest.
  int Pitch(int event, std::size_t step = SIZE_MAX) const {
    if (step < pitches.size()) return pitches[step];
    int pitch = event - kFirstNoteOn + lowest_pitch + transposition;
    while (pitch < lowest) pitch += 12;
    while (pitch > highest) pitch -= 12;
    return pitch;
  }

  void SetClasses(const Encoding& encoding) {
    steps_per_quarter = encoding.steps_per_quarter;
    lowest_pitch = encoding.lowest_pitch;
    classes = encoding.classes();
  }

  Bars bars() const { return {music, steps_per_quarter}; }
};

// "flute, violin, ...", for help.
std::string InstrumentNames();
std::vector<std::string> InstrumentList();

// Plays on an instrument, with its sound, in the octave that suits its range; notes beyond the
// range are moved by octaves. Error, which names `option`, for an unknown one.
void PlayOn(std::string_view instrument, std::string_view option, Playback& playback);

// Makes `playback` transpose what was tuned on the white keys to a key of the same mode.
void PlayIn(const Key& key, Playback& playback);

}  // namespace rltuner
