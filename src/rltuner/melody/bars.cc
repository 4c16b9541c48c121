// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bars.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <span>

namespace rltuner {
namespace {

// Rounded down, also below zero.
std::int64_t FloorDivide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::vector<Bars::Stretch> StretchesOf(const MelodyContext& context, int steps_per_quarter) {
  const int bar_steps = context.metre.BarSteps(steps_per_quarter);
  const int pickup = context.pickup % bar_steps;
  std::vector<Bars::Stretch> stretches = {
      {pickup > 0 ? pickup - bar_steps : 0, context.metre, pickup > 0 ? -1 : 0}};
  for (const auto& [step, metre] : context.changes) {
    const std::int64_t bar = Bars(stretches, steps_per_quarter).At(step - 1).bar;
    stretches.push_back({step, metre, bar + 1});
  }
  return stretches;
}

}  // namespace

Bars::Bars(std::vector<Stretch> stretches, int steps_per_quarter)
    : stretches_(std::move(stretches)) {
  assert(!stretches_.empty() && std::ranges::is_sorted(stretches_, {}, &Stretch::begin));
  for (Stretch& stretch : stretches_) stretch.bar_steps = stretch.metre.BarSteps(steps_per_quarter);
}

Bars::Bars(const MelodyContext& context, int steps_per_quarter)
    : Bars(StretchesOf(context, steps_per_quarter), steps_per_quarter) {}

const Bars::Stretch& Bars::StretchAt(std::int64_t step) const {
  const auto after = std::ranges::upper_bound(stretches_, step, {}, &Stretch::begin);
  return after == stretches_.begin() ? *after : *std::prev(after);
}

std::int64_t Bars::NextBegin(std::int64_t step, std::int64_t none) const {
  const auto after = std::ranges::upper_bound(stretches_, step, {}, &Stretch::begin);
  return after == stretches_.end() ? none : after->begin;
}

Bars::Position Bars::At(std::int64_t step) const {
  const Stretch& stretch = StretchAt(step);
  const std::int64_t bar = FloorDivide(step - stretch.begin, stretch.bar_steps);
  const auto position = static_cast<int>(step - stretch.begin - bar * stretch.bar_steps);
  return {stretch.first_bar + bar, position, stretch.bar_steps, stretch.metre};
}

std::int64_t Bars::StepAt(std::int64_t bar, int position) const {
  const auto stretch = std::ranges::find_if(stretches_.rbegin(), std::prev(stretches_.rend()),
                                            [&](const Stretch& s) { return s.first_bar <= bar; });
  const std::int64_t step =
      stretch->begin + (bar - stretch->first_bar) * stretch->bar_steps + position;
  const bool inside = position < stretch->bar_steps && step >= 0 &&
                      (stretch == stretches_.rbegin() || step < std::prev(stretch)->begin);
  return inside ? step : -1;
}

double Bars::Between(std::int64_t from, std::int64_t to) const {
  double bars = 0;
  while (from < to) {
    const std::int64_t end = std::min(to, NextBegin(from, to));
    bars += static_cast<double>(end - from) / static_cast<double>(StretchAt(from).bar_steps);
    from = end;
  }
  return bars;
}

void Bars::SetMetres(std::int64_t from, std::int64_t to, MelodyContext& context) const {
  const Position place = At(from);
  context.metre = place.metre;
  context.pickup = 0;
  context.changes.clear();
  if (place.position > 0) {
    const std::int64_t next = from - place.position + place.bar_steps;
    context.pickup = static_cast<int>(std::min(next, NextBegin(from, next)) - from);
  }
  for (const Stretch& stretch : std::span(stretches_).subspan(1)) {
    if (stretch.begin <= from || stretch.begin >= to) continue;
    context.changes.push_back({static_cast<int>(stretch.begin - from), stretch.metre});
  }
}

MelodyContext ContextFrom(int step, const MelodyContext& context, int steps_per_quarter) {
  const Bars::Position place = Bars(context, steps_per_quarter).At(step);
  MelodyContext rest = context;
  rest.metre = place.metre;
  rest.pickup = place.position == 0 ? 0 : place.bar_steps - place.position;
  rest.changes.clear();
  for (const LaterMetre& change : context.changes) {
    if (change.step > step) rest.changes.push_back({change.step - step, change.metre});
  }
  return rest;
}

void BarClock::Prepare(const MusicContext& context) {
  const Bars bars(context.melody, context.steps_per_quarter);
  stretches_.clear();
  for (const auto& [begin, metre, first_bar, bar] : bars.stretches()) {
    const int beat = std::min(metre.BeatSteps(context.steps_per_quarter), bar);
    const bool in_three = metre.IsCompound() && beat % 3 == 0;
    const int part = in_three ? beat / 3 : beat % 2 == 0 ? beat / 2 : 1;
    std::vector<int> periods{bar};
    if (const int beats = bar / beat; beats > 2 && beats % 2 == 0) periods.push_back(bar / 2);
    if (beat < bar) periods.push_back(beat);
    const auto levels_by = [&, bar = bar](int part_of_beat) {
      std::vector<int> all(periods);
      if (part_of_beat < beat) all.push_back(part_of_beat);
      for (int period = part_of_beat; period > 1;) {
        period = period % 2 == 0 ? period / 2 : 1;
        all.push_back(period);
      }
      std::vector<std::uint8_t> levels;
      for (int step = 0; step < bar; ++step) {
        const auto level = std::ranges::find_if(all, [&](int p) { return step % p == 0; });
        levels.push_back(static_cast<std::uint8_t>(level - all.begin()));
      }
      return levels;
    };
    const std::vector<std::uint8_t> levels = levels_by(part);
    std::vector<std::uint8_t> onset_levels = levels;
    if (!in_three && beat % 6 == 0) {
      std::ranges::transform(levels, levels_by(beat / 3), onset_levels.begin(), std::ranges::min);
    }
    stretches_.push_back({static_cast<int>(begin), levels, std::move(onset_levels), beat, part});
  }
  first_step_ = bars.At(0).position;
  Enter(std::min(stretch_, stretches_.size() - 1));
}

void BarClock::SetPickup(int steps) {
  assert(stretches_.size() == 1);
  const auto bar_steps = static_cast<int>(stretches_[0].levels.size());
  const int pickup = steps % bar_steps;
  first_step_ = pickup > 0 ? bar_steps - pickup : 0;
  stretches_[0].begin = -first_step_;
}

int BarClock::CountBars() const {
  int bars = (first_step_ > 0 ? -1 : 0) + (CompletesPickup() ? 1 : 0);
  for (std::size_t i = 0; i < stretches_.size() && stretches_[i].begin < length_; ++i) {
    const auto bar_steps = static_cast<int>(stretches_[i].levels.size());
    const bool cut = i + 1 < stretches_.size() && stretches_[i + 1].begin <= length_;
    const int end = cut ? stretches_[i + 1].begin + bar_steps - 1 : length_;
    bars += (end - stretches_[i].begin) / bar_steps;
  }
  return std::max(bars, 0);
}

}  // namespace rltuner
