// SPDX-License-Identifier: Apache-2.0
// What is true of every score that the reader gives, for tests and the fuzz target.
#pragma once

#include <fmt/format.h>

#include <string>

#include "rltuner/midi/score.h"

namespace rltuner::midi {

// "" or what is wrong with a score that was read from `file_bytes` bytes.
inline std::string FaultIn(const Score& score, std::size_t file_bytes) {
  if (score.tracks.empty()) return "no tracks";
  if (score.tracks.size() > file_bytes / 4) return "more tracks than signatures fit in the file";
  // A note-on takes three bytes at least: delta time, pitch and velocity.
  if (score.notes.size() * 3 > file_bytes) return "more notes than bytes allow";
  std::int64_t last_tick = 0;
  int last_track = 0;
  for (const Note& note : score.notes) {
    if (note.track < last_track) return "notes not ordered by track";
    if (note.track != last_track) last_tick = 0;
    last_track = note.track;
    if (note.onset < last_tick) return fmt::format("onset {} after {}", note.onset, last_tick);
    last_tick = note.onset;
    if (note.channel > 15 || note.pitch > 127) return "channel or pitch out of range";
    if (note.velocity < 1 || note.velocity > 127) return "velocity out of range";
    if (note.duration < kHanging) return fmt::format("duration {}", note.duration);
    if (static_cast<std::size_t>(note.track) >= score.tracks.size()) return "note on no track";
    if (note.onset + note.duration > score.tracks[static_cast<std::size_t>(note.track)].end_tick) {
      return "a note ends after its track";
    }
  }
  for (std::size_t i = 1; i < score.tempos.size(); ++i) {
    if (score.tempos[i].tick < score.tempos[i - 1].tick) return "tempos not in order";
  }
  if (score.warnings.size() > 101) return "too many warnings";
  for (const Warning& warning : score.warnings) {
    if (warning.offset < 0 || static_cast<std::size_t>(warning.offset) > file_bytes) {
      return "a warning beyond the file";
    }
    if (warning.text.empty() || warning.text.find('\n') != std::string::npos) return "warning text";
  }
  return "";
}

inline Score WithoutWarnings(Score score) {
  score.warnings.clear();
  return score;
}

}  // namespace rltuner::midi
