// SPDX-License-Identifier: Apache-2.0
// What a model hears before it plays, and how to play what follows in the same key.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/evaluation/playback.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

inline constexpr int kMaximumPrimer = 512;  // events, in sixteenths; as long on other grids

struct Primer {
  std::vector<int> events;  // [P] classes of the model; empty: no primer

  // Of a primer from a file:
  Playback playback = {};           // as the primer sounds at its end, and its pitches
  int track = -1;                   // from 0 as in `rltuner midi`; -1: not from a file
  std::string track_name = {};      // UTF-8
  int channel = 0;                  // 0 .. 15
  std::int64_t dropped_events = 0;  // before those kept

  // "track 2 "Lead", channel 0: 8 bars of 4/4, ...": one line for people.
  std::string Text() const;
};

struct PrimerOptions {
  std::string track =
      {};  // a track's number or part of its name, any case; "" = what a listener hears
  Encoding encoding = {};  // the model's range and grid
};

// What the option --primer takes: a class, "0", "1", ..., or the path of a file with music.
Primer ParsePrimer(const std::string& class_or_file, const PrimerOptions& options = {});

// The melody of a file with music; `name` tells the format where the bytes don't, and names the
// file in errors. Error if there is no melody in it.
//
// The melody is the voice (a channel of a track, never percussion) that a listener would name. A
// track named melody, lead or vocals comes first. Otherwise notes count that are in the model's
// range, over a long part of the piece, one at a time, and high. The highest notes are put on the
// grid across changes of metre, tempo and key. Each key is moved to C major / A minor and to the
// octave that suits the range. The primer begins at the bar line before its first note; a pickup
// gets the rest that its bar lacks. It ends at the bar line after its last note. If it is longer
// than kMaximumPrimer, its last whole bars are kept.
Primer ReadPrimer(std::span<const std::uint8_t> bytes, const std::string& name,
                  const PrimerOptions& options = {});

}  // namespace rltuner
