// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/extraction.h"

#include "rltuner/core/error.h"

namespace rltuner {

Settings Describe(ExtractionOptions& options) {
  Settings settings("extraction");
  settings
      .Add("steps_per_quarter", &options.steps_per_quarter, 1, 96,
           "Grid steps per quarter note. 4 gives the paper's sixteenths; use 12 for triplets or 8 "
           "for fast music.")
      .Add("minimum_bars", &options.minimum_bars, 0, 10000,
           "Shortest melody kept, in bars. Lower it if your music has short phrases.")
      .Add("minimum_unique_pitches", &options.minimum_unique_pitches, 1, 12,
           "Fewest different pitches of a melody; octaves of a pitch count once. Raise it to skip "
           "monotonous voices.")
      .Add("maximum_steps", &options.maximum_steps, 1, 1 << 20,
           "Longest melody in steps; a longer one becomes several, cut at bar lines. Raise it to "
           "keep long melodies whole.")
      .Add("continue_long_melodies", &options.continue_long_melodies,
           "The rest of a melody beyond maximum_steps becomes the next melody. Turn it off to keep "
           "only the beginnings.")
      .Add("maximum_grid_error", &options.maximum_grid_error, 0, .5,
           "Largest mean distance of a melody's onsets to the grid, in steps; random onsets have "
           ".25. Triplets and other notes that fit a finer grid do not count. Lower it for cleaner "
           "rhythm; .5 keeps all.")
      .Add("gap_bars", &options.gap_bars, 0, 10000,
           "A rest of this many bars ends a melody. With 0, rests end no melody. Raise it for "
           "voices with long rests.")
      .Add("polyphony", &options.polyphony, {"highest", "skip"},
           "Where notes sound together: keep the highest, or skip the melody. With skip, fewer "
           "melodies remain, all of a single voice.")
      .Add("metres", &options.metres, {},
           "'any', or the metres accepted, e.g. 4/4, 2/4, 2/2; a file without a metre counts as "
           "4/4. A change of metre ends a melody unless this option is 'any'. Choose 4/4 for "
           "melodies as in the paper.")
      .Add("key", &options.key, {"signature", "as_written", "estimate", "none"},
           "The key from which melodies are transposed to C major / A minor. signature: that of "
           "the key signature, or estimated if there is none or the notes contradict it; "
           "as_written: always that of the signature; estimate: always estimated; none: no "
           "transposition. Choose as_written for files whose signatures you trust.")
      .Add("split_at_tempo_changes", &options.split_at_tempo_changes,
           "A change of tempo by one per cent or more ends a melody and begins a new one. Turn it "
           "off for performances, whose tempo varies.")
      .Add("split_at_key_changes", &options.split_at_key_changes,
           "A change of key signature ends a melody and begins a new one. Turn it off to transpose "
           "each part by its own key and keep the melody whole.")
      .Add("start", &options.start, {"bar", "note"},
           "A melody begins at the bar line before its first note, or with that note. Choose note "
           "to learn no rests at the start.")
      .Add("tracks", &options.tracks, {},
           "Only these tracks: numbers from 0 as in `rltuner midi`, ranges, and names or parts of "
           "names, e.g. 1, 3-5, melody, *lead*. If not given, all. Choose the voice with the "
           "melody.")
      .Add("programs", &options.programs, {},
           "Only notes of these General MIDI programs, counted from 0, e.g. 0-7, 73. If not given, "
           "all. Choose those that play the melody.")
      .Add("channels", &options.channels, {},
           "Only these channels, counted from 0, e.g. 0, 3-5. If not given, all but 9, percussion. "
           "Choose those that play the melody.")
      .Add("lowest_source_pitch", &options.lowest_source_pitch, 0, 127,
           "Lowest MIDI pitch used; lower notes of the file are ignored. Raise it to skip a bass "
           "on the same channel.")
      .Add("highest_source_pitch", &options.highest_source_pitch, 0, 127,
           "Highest MIDI pitch used; higher notes of the file are ignored. Lower it to skip a "
           "descant on the same channel.")
      .Add("lowest_pitch", &options.lowest_pitch, 0, 127,
           "Lowest MIDI pitch of the classes; lower notes are moved up by octaves. Widen the range "
           "for instruments beyond it.")
      .Add("highest_pitch", &options.highest_pitch, 0, 127,
           "Highest MIDI pitch of the classes; higher notes are moved down by octaves. Widen the "
           "range for instruments beyond it.")
      .Add("centre_octave", &options.centre_octave,
           "First move each melody as a whole to the octave that suits the range. Turn it off to "
           "keep the octaves of the file.");
  return settings;
}

Encoding EncodingOf(const ExtractionOptions& options) {
  return {.lowest_pitch = options.lowest_pitch,
          .highest_pitch = options.highest_pitch,
          .steps_per_quarter = options.steps_per_quarter};
}

std::string_view RefusalName(Refusal refusal) {
  constexpr std::array<std::string_view, kRefusals> kNames = {
      "unreadable",      "too_large",    "not_a_score", "damaged",   "time_code",
      "no_notes",        "not_selected", "metre",       "polyphony", "too_short",
      "too_few_pitches", "off_grid",     "duplicate"};
  return kNames[static_cast<std::size_t>(refusal)];
}

std::string_view KeySourceName(KeySource source) {
  constexpr std::array<std::string_view, kKeySources> kNames = {"none", "signature", "estimate",
                                                                "contradicted"};
  return kNames[static_cast<std::size_t>(source)];
}

std::string ScoreLocation::Text() const {
  if (track < 0) return "";
  return bar == 0 ? fmt::format("track {}", track) : fmt::format("track {}, bar {}", track, bar);
}

void QuantizationCounts::Add(const QuantizationCounts& other) {
  notes += other.notes;
  error_steps += other.error_steps;
  finer_error_steps += other.finer_error_steps;
  merged_notes += other.merged_notes;
  dropped_notes += other.dropped_notes;
}

void Reject(Extraction& extraction, Rejection rejection) {
  if (extraction.refused[static_cast<std::size_t>(rejection.refusal)]++ == 0) {
    extraction.first_rejections.push_back(std::move(rejection));
  }
}

}  // namespace rltuner
