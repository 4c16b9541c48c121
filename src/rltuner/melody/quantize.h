// SPDX-License-Identifier: Apache-2.0
// Moves notes from ticks to a grid of steps and makes one voice of overlapping notes. Works on
// notes, not on arrays of steps, so the length of a note does not affect the time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rltuner/melody/extraction.h"

namespace rltuner {

// A note in ticks from a bar line; negative ticks are before it.
struct TickNote {
  std::int64_t onset = 0;
  std::int64_t end = 0;  // not before the onset
  int pitch = 0;         // MIDI
  int key = 0;           // any number; passed on to the caller
};

// A note on the grid; `end` is the first step after it and always after `start`.
struct GridNote {
  std::int64_t start = 0;
  std::int64_t end = 0;
  int pitch = 0;
  int key = 0;
  bool polyphonic = false;    // another note sounded with it and was dropped or cut
  QuantizationCounts counts;  // of this note and of the notes dropped for it
};

struct Grid {
  std::int64_t division = 480;  // ticks per quarter note, positive
  int steps_per_quarter = 4;

  // The nearest step; a tick halfway between two steps belongs to the later one.
  std::int64_t Step(std::int64_t tick) const;

  // How far the tick is from its step, 0 .. division / 2, in steps divided by `division`.
  std::int64_t Distance(std::int64_t tick) const;
};

// Makes one voice out of notes in order of onset. Where notes sound together, the highest stays: a
// note that begins under a higher note is dropped, and a note that begins over a lower note ends
// it. Three cases are not taken for notes that sound together. An overlap shorter than half of the
// later note is legato and only cuts the earlier note. A note of the same pitch is a new onset. If
// several notes follow one another within a step (triplets in sixteenths), the note nearest to the
// step stays. A note that would have no length gets one step. The counts of all notes returned add
// up to the counts of `notes`.
std::vector<GridNote> QuantizeVoice(std::span<const TickNote> notes, const Grid& grid);

// How long each pitch class sounds, in steps, of notes moved by `shift` semitones. A note counts
// for `most` steps at most.
PitchClassWeights WeightsOf(std::span<const GridNote> notes, std::int64_t most, int shift = 0);

// Removes the offset that all notes (one or more) share, the median distance of the onsets from
// their steps. Distances are circular, with a step as the full circle.
std::vector<TickNote> WithoutCommonOffset(std::span<const TickNote> notes, const Grid& grid);

}  // namespace rltuner
