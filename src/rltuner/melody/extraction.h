// SPDX-License-Identifier: Apache-2.0
// From a score to melodies: the rules of the published corpus pipeline (Jaques et al. 2017,
// section 5), each a named option.
//
// Every channel of every track is one voice; channel 10, the drums, is left out. A voice is cut
// where the metre, the tempo or the key signature changes and at rests of a bar or more; each piece
// that is long and varied enough is transposed to C major / A minor, moved by whole octaves to the
// middle of the range, and written as events. A piece begins at the bar line before its first note
// (the rest before it is `no event`) and ends with its last note; a rest after that is left out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/melody/quantize.h"
#include "rltuner/midi/score.h"

namespace rltuner {

struct ExtractionOptions {
  int steps_per_quarter = 4;
  int minimum_bars = 7;
  int minimum_unique_pitches = 5;
  int maximum_steps = 512;
  int gap_bars = 1;
  std::string polyphony = "highest";
  std::string metres = "4/4";
  std::string key = "signature";
  bool split_at_tempo_changes = true;
  std::string start = "bar";
  int lowest_pitch = 48;
  int highest_pitch = 83;
  bool centre_octave = true;
};

Settings Describe(ExtractionOptions& options);

// Why a file, a voice or a piece of one gave no melody.
enum class Refusal {
  kUnreadable,     // the file could not be opened or unpacked
  kTooLarge,       // larger, or of more notes, than is looked at
  kNotAScore,      // no file format that is known
  kDamaged,        // the format's reader refused it
  kTimeCode,       // counts time in film frames instead of quarter notes
  kNoNotes,        // nothing but drums, or nothing at all
  kMetre,          // a metre that is not among the accepted ones
  kPolyphony,      // notes sound together and the options say skip
  kTooShort,       // fewer bars than the minimum
  kTooFewPitches,  // fewer pitches than the minimum
  kDuplicate,      // event for event a melody that is there already
};
inline constexpr int kRefusals = 11;

// "too_short", ...: as in reports.
std::string_view RefusalName(Refusal refusal);

// Where something is in a score. Tracks count from 0 as in `rltuner midi`, bars from 1.
struct Place {
  int track = -1;        // -1: the file as a whole
  std::int64_t bar = 0;  // 0: the track as a whole

  // "track 2, bar 9", "track 2", or "" for the file.
  std::string Text() const;
};

struct Rejection {
  Refusal refusal = Refusal::kNoNotes;
  Place place;
  std::string detail;  // "5 bars, at least 7 are needed"
};

struct Melody {
  std::vector<std::uint8_t> events;  // classes as in events.h, at least one
  Place place;
};

struct Extraction {
  std::vector<Melody> melodies;
  std::array<std::int64_t, kRefusals> refused{};  // how often, by Refusal
  std::vector<Rejection> first_rejections;        // the first of each Refusal there was
  QuantizationCounts quantization;
  std::int64_t melody_notes = 0;    // notes in the melodies
  std::int64_t folded_notes = 0;    // of those, moved by an octave or more into the range
  std::int64_t cut_melodies = 0;    // melodies cut at maximum_steps
  std::int64_t estimated_keys = 0;  // melodies without a key signature, transposed by estimate
};

// Counts one more refusal and keeps its place if it is the first of its kind.
void Reject(Extraction& extraction, Rejection rejection);

// The rules, checked once and then applied to any number of scores. Safe to use from many threads.
class Extractor {
 public:
  // Throws Error on options that no score can satisfy, e.g. metres that are not fractions.
  explicit Extractor(const ExtractionOptions& options);

  Extraction Extract(const MidiScore& score) const;

 private:
  ExtractionOptions options_;
  std::vector<std::pair<int, int>> metres_;
};

}  // namespace rltuner
