// SPDX-License-Identifier: Apache-2.0
// The content of a standard MIDI file as plain lists: notes, tempos, metres, keys and programs,
// each with its tick and its track. Times are ticks from the start of the track.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rltuner::midi {

// The duration of a note that is never ended.
inline constexpr std::int64_t kHanging = -1;

// One note-on with its end. 24 bytes, because a score may have two million of them.
struct Note {
  std::int64_t onset = 0;            // ticks
  std::int64_t duration = kHanging;  // ticks, 0 or more; or kHanging
  std::int32_t track = 0;            // from 0, in file order
  std::uint8_t channel = 0;          // 0..15; 9 is percussion by General MIDI
  std::uint8_t pitch = 0;            // 0..127, 60 = middle C
  std::uint8_t velocity = 0;         // 1..127
  bool operator==(const Note&) const = default;
};

struct TempoChange {
  std::int64_t tick = 0;
  int microseconds_per_quarter = 500'000;  // 0..16'777'215; 0 is kept as written
  int track = 0;
  bool operator==(const TempoChange&) const = default;
};

struct MetreChange {
  std::int64_t tick = 0;
  int numerator = 4;    // 1..255
  int denominator = 4;  // a power of two, 1..1024
  int track = 0;
  bool operator==(const MetreChange&) const = default;
};

struct KeySignature {
  std::int64_t tick = 0;
  int sharps = 0;  // -7 (seven flats) .. 7
  bool minor = false;
  int track = 0;
  bool mode_known = true;  // false: the file says neither major nor minor
  // If the score names a mode: semitones from the tonic of the signature's major key up to that of
  // the mode, 2 for dorian. -1: only `minor` is known; major in a MIDI file may be any mode.
  int degree = -1;
  bool operator==(const KeySignature&) const = default;
};

struct ProgramChange {
  std::int64_t tick = 0;
  int program = 0;  // 0..127, 0 = acoustic grand piano by General MIDI
  int channel = 0;  // 0..15
  int track = 0;
  bool operator==(const ProgramChange&) const = default;
};

struct Track {
  std::string name;           // bytes as in the file, in no known encoding; "" = none
  std::int64_t end_tick = 0;  // of the end-of-track event, or else of the last event read
  // True: bars begin where the metres say. Other programs' MIDI files may leave a pickup unmarked.
  bool bars_known = false;
  bool operator==(const Track&) const = default;
};

// The text event by which MIDI files of this program say that a track's bars are known.
inline constexpr std::string_view kBarsKnown = "bar lines as the metres say";

// A fault in a file, and how it was handled.
struct Warning {
  int track = -1;           // -1 = the file as a whole
  std::int64_t offset = 0;  // byte in the file
  std::string text;         // one line of ASCII, without track and offset
  bool operator==(const Warning&) const = default;
};

struct Score {
  int format = 0;    // as in the file: 0, 1 or 2; in damaged files anything up to 65535
  int division = 0;  // the 16 bits as in the file, 0..65535
  bool independent_tracks = false;  // format 2: every track is a separate piece of music

  std::vector<Track> tracks;
  std::vector<Note> notes;          // ordered by track; in a track by onset, then file order
  std::vector<TempoChange> tempos;  // this list and those below: by tick, then track
  std::vector<MetreChange> metres;
  std::vector<KeySignature> keys;
  std::vector<ProgramChange> programs;
  std::vector<Warning> warnings;  // in the order found

  bool operator==(const Score&) const = default;

  // Ticks per quarter note, 1..32767. Empty if the division is 0 or in SMPTE frames, because ticks
  // then have no position in a bar.
  std::optional<int> TicksPerQuarter() const;

  // Ticks per second if the division is in SMPTE frames (29 means 30000/1001 frames per second) at
  // one of the four rates that exist.
  std::optional<double> SmpteTicksPerSecond() const;

  // The part of `notes` that is on `track`.
  std::span<const Note> NotesOfTrack(int track) const;

  // The last tick of any track, 0 if there is none.
  std::int64_t EndTick() const;

  // Puts tempos, metres, keys and programs in their order.
  void SortChanges();

  // Empties everything but keeps the allocated memory.
  void Clear();
};

// "track 2, byte 187: what it is", or "byte 187: what it is" for the file as a whole.
std::string ToString(const Warning& warning);

}  // namespace rltuner::midi
