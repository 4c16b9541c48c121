// SPDX-License-Identifier: Apache-2.0
// From a score to melodies: the rules of the published corpus pipeline (Jaques et al. 2017,
// section 5), each a named option.
//
// Every channel of every track is one voice; percussion is skipped (extractor.h). A voice is split
// where the tempo or the key signature changes (timeline.h) and at rests of a bar or more. It is
// split at changes of metre only if `metres` lists the accepted metres. Each passage that is long
// and varied enough is transposed to C major / A minor, moved by whole octaves to the middle of the
// range, and written as events. It begins at the bar line before its first note (the rest before it
// is `no event`) and ends with its last note. A passage longer than the maximum becomes several
// melodies.
//
// With metres "any", or if a network will hear the bars, a pickup at the beginning of a file is
// kept without a rest before it. Pickups that the file does not mark are detected (pickup.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

struct ExtractionOptions {
  int steps_per_quarter = 4;
  int minimum_bars = 7;
  int minimum_unique_pitches = 5;
  int maximum_steps = 512;
  bool continue_long_melodies = true;
  double maximum_grid_error = .18;
  int gap_bars = 1;
  std::string polyphony = "highest";
  std::string metres = "any";
  std::string key = "signature";
  bool split_at_tempo_changes = true;
  bool split_at_key_changes = true;
  std::string start = "bar";
  std::string tracks = {}, programs = {}, channels = {};  // lists as in extractor.h; "" = all
  int lowest_source_pitch = 0;
  int highest_source_pitch = 127;
  int lowest_pitch = 48;
  int highest_pitch = 83;
  bool centre_octave = true;
  bool bars_are_heard = false;  // whether a network will hear bars; set from the dataset's inputs
};

Settings Describe(ExtractionOptions& options);

// The range and grid of the melodies that these options give.
Encoding EncodingOf(const ExtractionOptions& options);

// Why a file, a voice or a passage gave no melody.
enum class Refusal {
  kUnreadable,     // the file could not be opened or unpacked
  kTooLarge,       // larger, or with more notes, than the limits
  kNotAScore,      // in no known file format
  kDamaged,        // the format's reader refused it
  kTimeCode,       // counts time in film frames instead of quarter notes
  kNoNotes,        // nothing but drums, or nothing at all
  kNotSelected,    // no note in the selected tracks, programs, channels and pitches
  kMetre,          // a metre that is not among the accepted ones
  kPolyphony,      // notes sound together and the options say skip
  kTooShort,       // fewer bars than the minimum
  kTooFewPitches,  // fewer pitches than the minimum
  kOffGrid,        // onsets too far from the grid: played freely, or a wrong division
  kDuplicate,      // equals an earlier melody event for event
};
inline constexpr int kRefusals = 13;

// The name in reports: "too_short", ...
std::string_view RefusalName(Refusal refusal);

// Where something is in a score. Tracks count from 0 as in `rltuner midi`, bars from 1.
struct ScoreLocation {
  int track = -1;        // -1: the file as a whole
  std::int64_t bar = 0;  // 0: the track as a whole

  // "track 2, bar 9", "track 2", or "" for the file.
  std::string Text() const;
};

struct Rejection {
  Refusal refusal = Refusal::kNoNotes;
  std::string detail = {};  // "5 bars, at least 7 are needed"
  ScoreLocation place = {};
};

// A grid this many times as fine fits every notated rhythm: triplets, and notes of half a step.
inline constexpr int kFiner = 6;

// The changes that putting notes on the grid made.
struct QuantizationCounts {
  std::int64_t notes = 0;          // all notes given
  double error_steps = 0;          // sum of the distances of onsets to their steps, in steps
  double finer_error_steps = 0;    // the same on a grid kFiner times as fine, in steps of that grid
  std::int64_t merged_notes = 0;   // dropped because another note of the voice has the same step
  std::int64_t dropped_notes = 0;  // dropped because a higher note sounds

  void Add(const QuantizationCounts& other);

  // Mean distance of an onset to its step, in steps: 0 .. .5. Random onsets have .25.
  double GridError() const { return notes == 0 ? 0 : error_steps / static_cast<double>(notes); }

  // On a grid of 4 steps a quarter, triplets, thirty-seconds and melodies half a step late are as
  // far off as random onsets. They fit a grid of 24.
  bool FitFinerGrid() const { return finer_error_steps < .1 * static_cast<double>(notes); }
};

// What bounds a passage at its beginning or end.
enum class Boundary { kVoice, kRest, kTempo, kKey, kMetre, kMaximum };
inline constexpr int kBoundaries = 6;

// How the key by which a melody was transposed was found.
enum class KeySource {
  kNone,          // not transposed
  kSignature,     // the key signature
  kEstimate,      // estimated from the notes: there is no signature, or the options ask for it
  kContradicted,  // estimated, because the notes contradict the signature
};
inline constexpr int kKeySources = 4;

// The names in reports: "none", "signature", "estimate", "contradicted".
std::string_view KeySourceName(KeySource source);

struct Melody {
  std::vector<std::uint8_t> events;  // classes as in EncodingOf(options), at least one
  ScoreLocation place;               // of its first note
  int channel = 0;                   // 0 .. 15
  std::string track_name;            // UTF-8
  int bars = 0;                      // an incomplete last bar counts as one
  MelodyContext context;             // its tonic is that of the transposed melody
  int part = 0;                      // 0, or its number from 1 among the melodies of a long passage
  std::string key;  // "Bb": B flat major or G minor; "C, D" for joined parts; "" if kNone
  KeySource key_source = KeySource::kNone;
  int transposition = 0;            // semitones by which the first note was moved
  QuantizationCounts quantization;  // what the grid changed in its notes
  std::int64_t folded_notes = 0;    // notes moved by octaves into the range
  std::int64_t cut_notes = 0;       // notes beyond the maximum, if it is cut there
};

struct Extraction {
  std::vector<Melody> melodies;
  std::array<std::int64_t, kRefusals> refused{};      // how often, by Refusal
  std::array<std::int64_t, kBoundaries> too_short{};  // of these, by Boundary
  std::vector<Rejection> first_rejections;            // the first of each kind
};

// Counts a refusal, and keeps its place if it is the first of its kind.
void Reject(Extraction& extraction, Rejection rejection);

// The outcome of one file.
struct FileOutcome {
  std::string name;           // the path, or "archive.zip:entry"
  bool score = false;         // false: no score could be read from it
  std::int64_t warnings = 0;  // how many faults and oddities the reader found
  std::string first_warning;
  Extraction extraction;
};

}  // namespace rltuner
