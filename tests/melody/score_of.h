// SPDX-License-Identifier: Apache-2.0
// Scores written by hand for tests, in sixteenth notes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "rltuner/melody/extractor.h"
#include "rltuner/midi/score.h"

namespace rltuner {

inline constexpr int kTicksPerStep = 120;

inline midi::Note NoteAt(double step, double steps, int pitch, int track = 0, int channel = 0) {
  midi::Note note;
  note.onset = static_cast<std::int64_t>(step * kTicksPerStep);
  note.duration = static_cast<std::int64_t>(steps * kTicksPerStep);
  note.pitch = static_cast<std::uint8_t>(pitch);
  note.track = track;
  note.channel = static_cast<std::uint8_t>(channel);
  note.velocity = 80;
  return note;
}

inline midi::Score ScoreOf(std::vector<midi::Note> notes) {
  midi::Score score;
  score.division = 4 * kTicksPerStep;
  int tracks = 1;
  std::int64_t end = 0;
  for (const midi::Note& note : notes) {
    tracks = std::max(tracks, note.track + 1);
    end = std::max(end, note.onset + std::max<std::int64_t>(note.duration, 0));
  }
  score.tracks.resize(static_cast<std::size_t>(tracks));
  for (midi::Track& track : score.tracks) track.end_tick = end;
  score.notes = std::move(notes);
  return score;
}

// `bars` bars of 4/4 in quarter notes, up and down the C major scale from `tonic`; begins at a
// step.
inline std::vector<midi::Note> Scale(int bars, int tonic = 60, double step = 0, int track = 0,
                                     int channel = 0) {
  constexpr int kDegrees[] = {0, 2, 4, 5, 7, 5, 4, 2};
  std::vector<midi::Note> notes;
  for (int i = 0; i < 4 * bars; ++i) {
    notes.push_back(NoteAt(step + 4 * i, 4, tonic + kDegrees[i % 8], track, channel));
  }
  return notes;
}

inline std::vector<midi::Note> operator+(std::vector<midi::Note> a,
                                         const std::vector<midi::Note>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Extraction Extract(const midi::Score& score, const ExtractionOptions& options = {}) {
  return Extractor(options).Extract(score);
}

// An upbeat of an eighth, then a jig in bars of a quarter and an eighth, from the first tick on.
inline midi::Score Jig() {
  std::vector<midi::Note> notes = {NoteAt(0, 2, 67)};
  for (int i = 0; i < 16; ++i) {
    const std::vector<midi::Note> half = {NoteAt(2 + 6 * i, 4, 72 - i % 3),
                                          NoteAt(6 + 6 * i, 2, 67 + i % 4)};
    notes.insert(notes.end(), half.begin(), half.end());
  }
  midi::Score score = ScoreOf(notes);
  score.metres = {{0, 6, 8, 0}};
  return score;
}

// Takes anything, as long or short or monotonous as it is, and leaves the pitches alone.
inline ExtractionOptions Lenient() {
  ExtractionOptions options;
  options.minimum_bars = 0;
  options.minimum_unique_pitches = 1;
  options.key = "none";
  options.centre_octave = false;
  return options;
}

// "60 . . r .": pitches, `.` = no event, `r` = note off.
inline std::string Shown(const std::vector<std::uint8_t>& events) {
  std::string text;
  for (int event : events) {
    if (!text.empty()) text += ' ';
    text += event == 0 ? "r" : event == 1 ? "." : std::to_string(event + 46);
  }
  return text;
}

// The only melody of the notes with lenient options.
inline std::string OnlyMelody(std::vector<midi::Note> notes,
                              const ExtractionOptions& options = Lenient()) {
  const Extraction extraction = Extract(ScoreOf(std::move(notes)), options);
  return extraction.melodies.size() == 1 ? Shown(extraction.melodies[0].events)
                                         : std::to_string(extraction.melodies.size()) + " melodies";
}

inline std::int64_t Count(const Extraction& extraction, Refusal refusal) {
  return extraction.refused[static_cast<std::size_t>(refusal)];
}

}  // namespace rltuner
