// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/quantize.h"

#include <algorithm>
#include <cstdlib>

namespace rltuner {

void QuantizationCounts::Add(const QuantizationCounts& other) {
  notes += other.notes;
  error_steps += other.error_steps;
  merged_notes += other.merged_notes;
  dropped_notes += other.dropped_notes;
}

std::int64_t Grid::Step(std::int64_t tick) const {
  return (2 * tick * steps_per_quarter + division) / (2 * division);
}

std::int64_t Grid::Distance(std::int64_t tick) const {
  return std::abs(tick * steps_per_quarter - Step(tick) * division);
}

std::vector<GridNote> QuantizeVoice(std::span<const TickNote> notes, const Grid& grid,
                                    QuantizationCounts& counts) {
  std::vector<GridNote> voice;
  TickNote last;  // the note behind voice.back()
  for (const TickNote& note : notes) {
    ++counts.notes;
    counts.error_steps +=
        static_cast<double>(grid.Distance(note.onset)) / static_cast<double>(grid.division);
    GridNote next{grid.Step(note.onset), grid.Step(note.end), note.pitch, false};
    next.end = std::max(next.end, next.start + 1);
    if (voice.empty() || voice.back().end <= next.start) {
      voice.push_back(next);
      last = note;
      continue;
    }
    GridNote& sounding = voice.back();
    const bool same_step = sounding.start == next.start;
    const std::int64_t overlap = std::min(last.end, note.end) - note.onset;
    const bool follows = 2 * overlap < std::max<std::int64_t>(note.end - note.onset, 1);
    if (same_step && (follows || note.pitch == last.pitch)) {
      ++counts.merged_notes;
      const std::int64_t end = std::max(sounding.end, next.end);
      if (grid.Distance(note.onset) < grid.Distance(last.onset)) {
        next.polyphonic = sounding.polyphonic;
        sounding = next;
        last = note;
      }
      sounding.end = end;
      continue;
    }
    if (follows || note.pitch == last.pitch) {
      sounding.end = next.start;
      voice.push_back(next);
      last = note;
      continue;
    }
    next.polyphonic = true;
    sounding.polyphonic = true;
    if (note.pitch <= last.pitch) {
      ++counts.dropped_notes;
    } else if (same_step) {
      ++counts.dropped_notes;
      sounding = next;
      last = note;
    } else {
      sounding.end = next.start;
      voice.push_back(next);
      last = note;
    }
  }
  return voice;
}

}  // namespace rltuner
