// SPDX-License-Identifier: Apache-2.0
// The stretches in which a score has one metre, tempo and key signature, and the notes in them.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/quantize.h"
#include "rltuner/midi/score.h"

namespace rltuner {

// A stretch of a track without a change. Bars are counted from where the metre began.
struct Section {
  std::int64_t begin = 0;  // ticks
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  std::int64_t metre_begin = 0;  // tick of a bar line; after `begin` if a pickup comes before it
  std::int64_t first_bar = 1;    // the number of the bar at metre_begin, counted from 1
  Metre metre = {};
  int tempo = 500'000;                       // microseconds per quarter note
  std::optional<int> sharps = std::nullopt;  // of the key signature, if there is one
  std::optional<Mode> mode = std::nullopt;   // set if the signature gives it

  // The number of the bar at a tick, 1 or more from `begin` on; ticks_per_quarter > 0.
  std::int64_t BarOf(std::int64_t tick, std::int64_t ticks_per_quarter) const;
};

// A repeat of the same metre, tempo or key is not a change. A tempo is a change only if it differs
// by one per cent or more from the tempo at the start of the section, so many small changes add up.
// Metres and tempos apply to all tracks. A track's own key signatures take precedence over those of
// other tracks. In format 2 each track has only its own metres, tempos and keys. Before the first
// metre it is 4/4. The score must have ticks per quarter.
//
// Notation programs give incomplete bars a metre of their own; here these bars belong to the
// neighbouring metre. A first metre that lasts less than a bar of the next metre is a pickup. If
// the first metre is stated again within its first bar, the music before that is a pickup too. A
// last bar that ends early and a bar split in two do not end a metre.
class Timeline {
 public:
  // Tempo and key changes end no section unless asked for.
  Timeline(const midi::Score& score, bool tempo_changes, bool key_changes);

  // The section of `track` that contains `tick`, in logarithmic time.
  Section At(int track, std::int64_t tick) const;

 private:
  struct Stretch {  // of one metre
    std::int64_t tick = 0, bar_line = 0, first_bar = 1;
    Metre metre = {};
  };
  struct Change {
    std::int64_t tick = 0;
    int value = 0;                  // microseconds per quarter note, or sharps
    std::optional<Mode> mode = {};  // of a key
  };
  struct Changes {
    std::vector<Stretch> metres = {{}};  // the first at tick 0
    std::vector<Change> tempos;
  };

  static constexpr int kAllTracks = -1;

  Changes& ChangesOf(int track);
  void AddMetre(const midi::MetreChange& change);
  void AddTempo(const midi::TempoChange& change);
  void AddKey(int track, const midi::KeySignature& key);
  void JoinLastBar(const midi::Score& score);

  bool independent_tracks_;
  bool key_changes_;
  std::int64_t ticks_per_quarter_;
  std::map<int, Changes> changes_;  // by track, or kAllTracks
  std::map<int, std::vector<Change>> keys_;
};

inline constexpr int kNoSignature = 99;  // TickNote::key without a key signature

// Notes of a voice that may be one melody, in consecutive sections that differ only in metre.
struct Passage {
  std::vector<Section> sections;         // at least one
  std::vector<Bars::Stretch> stretches;  // one for each section
  std::vector<TickNote> notes;  // at least one; ticks count from the first metre's bar line
};

// The notes of one channel of one track in order of onset; at equal onsets the highest comes first.
struct Voice {
  int track = 0;
  int channel = 0;  // 0 .. 15
  std::vector<const midi::Note*> notes;
};

// Gives the notes of a voice section by section. The constructor's arguments must outlive it.
class PassageReader {
 public:
  PassageReader(const midi::Score& score, const Timeline& timeline, const Voice& voice,
                int steps_per_quarter, bool joins_keys);

  bool done() const { return next_ == voice_.notes.size(); }

  // The notes of the next section, and of the sections after it as long as joins(first, next) is
  // true.
  using Joins = std::function<bool(const Section& first, const Section& next)>;
  Passage Next(const Joins& joins);

 private:
  Section NextSection() const;
  std::int64_t Append(Passage& passage);
  std::int64_t EndOf(const midi::Note& note);

  const midi::Score& score_;
  const Timeline& timeline_;
  const Voice& voice_;
  Grid grid_;
  std::int64_t early_;  // a note that rounds to a change's step belongs to the later section
  bool joins_keys_;
  std::size_t next_ = 0;
  std::size_t later_ = 0;  // the first note with a later onset than the hanging one
};

}  // namespace rltuner
