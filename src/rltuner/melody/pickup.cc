// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/pickup.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rltuner {
namespace {

struct Timed {
  std::int64_t onset, end, next;  // steps; `next` is the next note's onset
  double length;                  // log2 of the time to the next note, less the melody's mean
};

std::vector<Timed> TimesOf(std::span<const GridNote> notes, int steps_per_quarter) {
  std::vector<Timed> times;
  double sum = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const std::int64_t next = i + 1 < notes.size() ? notes[i + 1].start : notes[i].end;
    const double quarters = static_cast<double>(next - notes[i].start) / steps_per_quarter;
    times.push_back({notes[i].start, notes[i].end, next, std::log2(std::max(quarters, 1 / 16.0))});
    sum += times.back().length;
  }
  for (Timed& time : times) time.length -= sum / static_cast<double>(times.size());
  return times;
}

// How well bar lines suit the notes if the first is at step `pickup`.
double Fit(const std::vector<Timed>& notes, std::int64_t pickup, std::int64_t bar) {
  double crossed = 0, begun = 0, length = 0, length_in_middle = 0;
  bool begins = false;
  for (const Timed& note : notes) {
    const std::int64_t position = (note.onset - pickup + bar) % bar;
    if (position == 0) {
      ++begun;
      length += note.length;
    } else if (2 * position == bar) {
      length_in_middle += note.length;
    }
    if (position + std::min(note.end, note.next) - note.onset > bar) ++crossed;
    begins = begins || note.onset == pickup;
  }
  const auto whole_bars = (notes.back().next - pickup) / bar;
  const double lines = static_cast<double>(whole_bars) + 1;
  const double share = static_cast<double>(pickup) / static_cast<double>(bar);
  return (4.1 * begun - 5 * crossed + 3.8 * length + 2.9 * length_in_middle) / lines +
         (begins ? 3 : 0) - (pickup == 0 ? .5 : 0) - (share > .5 ? 1.3 : 0) - 6.5 * share;
}

}  // namespace

int EstimatePickup(std::span<const GridNote> notes, const Metre& metre, int steps_per_quarter) {
  const std::vector<Timed> times = TimesOf(notes, steps_per_quarter);
  const int bar = metre.BarSteps(steps_per_quarter);
  // Pickups are whole eighths, except in very short bars.
  const int unit = std::max(1, steps_per_quarter / (bar > steps_per_quarter ? 2 : 4));
  int best = 0;
  double best_fit = Fit(times, 0, bar);
  for (int pickup = unit; pickup < bar && pickup < times.back().next; pickup += unit) {
    const double fit = Fit(times, pickup, bar);
    if (fit > best_fit) {
      best = pickup;
      best_fit = fit;
    }
  }
  return best;
}

}  // namespace rltuner
