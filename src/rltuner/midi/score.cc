// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rltuner::midi {

std::optional<int> Score::TicksPerQuarter() const {
  if (division >= 1 && division <= 0x7fff) return division;
  return std::nullopt;
}

std::optional<double> Score::SmpteTicksPerSecond() const {
  if (division <= 0x7fff) return std::nullopt;
  const int frames = 256 - (division >> 8);
  const int ticks = division & 0xff;
  if (ticks == 0) return std::nullopt;
  if (frames == 29) return ticks * 30000.0 / 1001.0;
  if (frames == 24 || frames == 25 || frames == 30) return static_cast<double>(frames * ticks);
  return std::nullopt;
}

std::span<const Note> Score::NotesOfTrack(int track) const {
  return {std::ranges::lower_bound(notes, track, {}, &Note::track),
          std::ranges::upper_bound(notes, track, {}, &Note::track)};
}

std::int64_t Score::EndTick() const {
  std::int64_t end = 0;
  for (const Track& track : tracks) end = std::max(end, track.end_tick);
  return end;
}

void Score::SortChanges() {
  const auto sort = [](auto& changes) {
    const auto place = [](const auto& change) { return std::pair(change.tick, change.track); };
    if (!std::ranges::is_sorted(changes, {}, place)) std::ranges::stable_sort(changes, {}, place);
  };
  sort(tempos);
  sort(metres);
  sort(keys);
  sort(programs);
}

void Score::Clear() {
  format = division = 0;
  independent_tracks = false;
  tracks.clear();
  notes.clear();
  tempos.clear();
  metres.clear();
  keys.clear();
  programs.clear();
  warnings.clear();
}

std::string ToString(const Warning& warning) {
  if (warning.track < 0) return fmt::format("byte {}: {}", warning.offset, warning.text);
  return fmt::format("track {}, byte {}: {}", warning.track, warning.offset, warning.text);
}

}  // namespace rltuner::midi
