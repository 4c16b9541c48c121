// SPDX-License-Identifier: Apache-2.0
// The options of an extraction, and the names of what it says.
#include "rltuner/core/error.h"
#include "rltuner/melody/extraction.h"

namespace rltuner {

Settings Describe(ExtractionOptions& options) {
  Settings settings("extraction");
  settings
      .Add("steps_per_quarter", &options.steps_per_quarter, 1, 96, "grid steps per quarter note")
      .Add("minimum_bars", &options.minimum_bars, 0, 10000, "shortest melody kept, in bars")
      .Add("minimum_unique_pitches", &options.minimum_unique_pitches, 1, 12,
           "fewest different pitches of a melody; octaves of a pitch count once")
      .Add("maximum_steps", &options.maximum_steps, 1, 1 << 20,
           "longest melody in steps; a longer one becomes several, cut at bar lines")
      .Add("continue_long_melodies", &options.continue_long_melodies,
           "what goes beyond maximum_steps is the next melody; without it, it is dropped")
      .Add(
          "maximum_grid_error", &options.maximum_grid_error, 0, .5,
          "refuses melodies whose onsets are on average further from the grid, in steps: .25 is "
          "what random onsets have; triplets and other notes that a finer grid holds do not count. "
          "Lower it for cleaner rhythm, .5 keeps all")
      .Add("gap_bars", &options.gap_bars, 0, 10000,
           "a rest of so many bars ends a melody; 0 = no rest does")
      .Add("polyphony", &options.polyphony, {"highest", "skip"},
           "where notes sound together: keep the highest, or skip the melody")
      .Add("metres", &options.metres, {},
           "'any', or the metres accepted, e.g. 4/4, 2/4, 2/2; a file without a metre is in 4/4. "
           "A change of metre ends a melody unless it is 'any'. Choose 4/4 for melodies as in the "
           "paper")
      .Add("key", &options.key, {"signature", "as_written", "estimate", "none"},
           "transpose to C major / A minor by the key signature (estimated where there is none or "
           "the notes contradict it), by the signature even then, by estimate always, or not at "
           "all")
      .Add("split_at_tempo_changes", &options.split_at_tempo_changes,
           "a change of tempo by one per cent or more ends a melody and begins a new one")
      .Add("split_at_key_changes", &options.split_at_key_changes,
           "a change of key signature ends a melody and begins a new one; without it, each part "
           "of a melody is transposed by its own key")
      .Add("start", &options.start, {"bar", "note"},
           "a melody begins at the bar line before its first note, or with that note")
      .Add("tracks", &options.tracks, {},
           "only these tracks: numbers from 0 as in `rltuner midi`, ranges, and names or parts of "
           "names, e.g. 1, 3-5, melody, *lead*. Choose the voice that you want to train on")
      .Add("programs", &options.programs, {},
           "only notes of these instruments, General MIDI from 0, e.g. 0-7, 73")
      .Add("channels", &options.channels, {},
           "only these channels from 0, e.g. 0, 3-5; 9 is percussion")
      .Add("lowest_source_pitch", &options.lowest_source_pitch, 0, 127,
           "MIDI pitch; lower notes of the file are ignored, such as a bass on the same channel")
      .Add("highest_source_pitch", &options.highest_source_pitch, 0, 127,
           "MIDI pitch; higher notes of the file are ignored")
      .Add("lowest_pitch", &options.lowest_pitch, 0, 127,
           "MIDI pitch, the lowest of the classes; lower notes are moved up by octaves")
      .Add("highest_pitch", &options.highest_pitch, 0, 127,
           "MIDI pitch, the highest of the classes; higher notes are moved down by octaves")
      .Add("centre_octave", &options.centre_octave,
           "first move each melody as a whole to the octave that suits the range");
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

std::string Place::Text() const {
  if (track < 0) return "";
  return bar == 0 ? fmt::format("track {}", track) : fmt::format("track {}, bar {}", track, bar);
}

void Reject(Extraction& extraction, Rejection rejection) {
  if (extraction.refused[static_cast<std::size_t>(rejection.refusal)]++ == 0) {
    extraction.first_rejections.push_back(std::move(rejection));
  }
}

}  // namespace rltuner
