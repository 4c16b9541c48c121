// SPDX-License-Identifier: Apache-2.0
// Which metre, tempo and key signature hold where in a score.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "rltuner/midi/score.h"

namespace rltuner {

// A stretch of a track without a change. Bars are counted from where the metre began.
struct Section {
  std::int64_t begin = 0;  // ticks
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  std::int64_t metre_begin = 0;  // ticks, not after `begin`
  std::int64_t first_bar = 1;    // the number of the bar at metre_begin, counted from 1
  int numerator = 4, denominator = 4;
  std::optional<int> sharps;  // of the key signature, if there is one

  // The number of the bar at a tick that is not before metre_begin; ticks_per_quarter > 0.
  std::int64_t BarOf(std::int64_t tick, std::int64_t ticks_per_quarter) const;
};

// Repeats of the same metre, tempo or key are no change. Metres and tempos hold for all tracks and
// for a track's key its own signatures come before those of other tracks; in format 2 each track
// has only its own. Before the first metre it is 4/4. The score must have ticks per quarter.
class Timeline {
 public:
  // Tempo and key changes are passed over unless asked for.
  Timeline(const MidiScore& score, bool tempo_changes, bool key_changes);

  // The section of `track` that holds `tick`, in logarithmic time.
  Section At(int track, std::int64_t tick) const;

 private:
  struct Metre {
    std::int64_t tick = 0, first_bar = 1;
    int numerator = 4, denominator = 4;
  };
  struct Key {
    std::int64_t tick = 0;
    int sharps = 0;
  };
  struct Changes {
    std::vector<Metre> metres;  // never empty, the first at tick 0
    std::vector<std::int64_t> tempos;
    int tempo = 500'000;  // microseconds per quarter note, while the list is built
  };

  static constexpr int kAllTracks = -1;

  Changes& ChangesOf(int track);
  void AddKey(int track, const KeySignature& key);

  bool independent_tracks_;
  std::map<int, Changes> changes_;  // by track, or kAllTracks
  std::map<int, std::vector<Key>> keys_;
};

}  // namespace rltuner
