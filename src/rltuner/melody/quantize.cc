// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace rltuner {

std::int64_t Grid::Step(std::int64_t tick) const {
  const std::int64_t doubled = 2 * tick * steps_per_quarter + division;
  return doubled / (2 * division) - (doubled % (2 * division) < 0 ? 1 : 0);
}

std::int64_t Grid::Distance(std::int64_t tick) const {
  return std::abs(tick * steps_per_quarter - Step(tick) * division);
}

std::vector<GridNote> QuantizeVoice(std::span<const TickNote> notes, const Grid& grid) {
  const Grid finer{grid.division, kFiner * grid.steps_per_quarter};
  const auto error = [](const Grid& of, std::int64_t tick) {
    return static_cast<double>(of.Distance(tick)) / static_cast<double>(of.division);
  };
  std::vector<GridNote> voice;
  TickNote last;  // the note behind voice.back()
  for (const TickNote& note : notes) {
    GridNote next{grid.Step(note.onset), grid.Step(note.end), note.pitch, note.key, false, {}};
    next.counts.notes = 1;
    next.counts.error_steps = error(grid, note.onset);
    next.counts.finer_error_steps = error(finer, note.onset);
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
      const std::int64_t end = std::max(sounding.end, next.end);
      next.counts.Add(sounding.counts);
      ++next.counts.merged_notes;
      if (grid.Distance(note.onset) < grid.Distance(last.onset)) {
        next.polyphonic = sounding.polyphonic;
        sounding = next;
        last = note;
      }
      sounding.counts = next.counts;
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
    if (note.pitch <= last.pitch || same_step) {
      next.counts.Add(sounding.counts);
      ++next.counts.dropped_notes;
      if (note.pitch > last.pitch) {
        sounding = next;
        last = note;
      }
      sounding.counts = next.counts;
    } else {
      sounding.end = next.start;
      voice.push_back(next);
      last = note;
    }
  }
  return voice;
}

PitchClassWeights WeightsOf(std::span<const GridNote> notes, std::int64_t most, int shift) {
  PitchClassWeights weights{};
  for (const GridNote& note : notes) {
    const int pitch = note.pitch + shift + 120;  // not below 0
    weights[static_cast<std::size_t>(pitch % 12)] +=
        static_cast<double>(std::min(note.end - note.start, most));
  }
  return weights;
}

std::vector<TickNote> WithoutCommonOffset(std::span<const TickNote> notes, const Grid& grid) {
  const auto offset = [&](std::int64_t onset) {
    return onset - grid.Step(onset) * grid.division / grid.steps_per_quarter;
  };
  double sine = 0, cosine = 0;
  const double turn = 2 * std::numbers::pi * grid.steps_per_quarter / grid.division;
  for (const TickNote& note : notes) {
    sine += std::sin(turn * static_cast<double>(offset(note.onset)));
    cosine += std::cos(turn * static_cast<double>(offset(note.onset)));
  }
  const std::int64_t mean = std::llround(std::atan2(sine, cosine) / turn);
  std::vector<std::int64_t> around;
  for (const TickNote& note : notes) around.push_back(offset(note.onset - mean));
  std::ranges::nth_element(around, around.begin() + std::ssize(around) / 2);
  const std::int64_t common = mean + around[around.size() / 2];
  std::vector<TickNote> moved(notes.begin(), notes.end());
  for (TickNote& note : moved) {
    note.onset -= common;
    note.end -= common;
  }
  return moved;
}

}  // namespace rltuner
