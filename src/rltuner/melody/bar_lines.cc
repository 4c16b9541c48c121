// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bar_lines.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <span>
#include <utility>

namespace rltuner {
namespace {

// Rounded down, also below zero.
std::int64_t FloorDivide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

BarLines::BarLines(std::vector<Stretch> stretches, int steps_per_quarter)
    : stretches_(std::move(stretches)), steps_per_quarter_(steps_per_quarter) {
  assert(!stretches_.empty() && std::ranges::is_sorted(stretches_, {}, &Stretch::begin));
  assert(std::ranges::all_of(
      stretches_, [&](const Stretch& s) { return s.metre.FitsGrid(steps_per_quarter_); }));
}

std::int64_t BarLines::StepsOf(const Stretch& stretch) const {
  return stretch.metre.BarSteps(steps_per_quarter_);
}

const BarLines::Stretch& BarLines::At(std::int64_t step) const {
  const auto after = std::ranges::upper_bound(stretches_, step, {}, &Stretch::begin);
  return after == stretches_.begin() ? *after : *std::prev(after);
}

std::int64_t BarLines::NextBegin(std::int64_t step, std::int64_t none) const {
  const auto after = std::ranges::upper_bound(stretches_, step, {}, &Stretch::begin);
  return after == stretches_.end() ? none : after->begin;
}

std::int64_t BarLines::NumberAt(std::int64_t step) const {
  const Stretch& stretch = At(step);
  return stretch.first_bar + FloorDivide(step - stretch.begin, StepsOf(stretch));
}

std::int64_t BarLines::LineAt(std::int64_t step) const {
  const Stretch& stretch = At(step);
  const std::int64_t steps = StepsOf(stretch);
  return stretch.begin + FloorDivide(step - stretch.begin, steps) * steps;
}

double BarLines::Between(std::int64_t from, std::int64_t to) const {
  double bars = 0;
  while (from < to) {
    const std::int64_t end = std::min(to, NextBegin(from, to));
    bars += static_cast<double>(end - from) / static_cast<double>(BarSteps(from));
    from = end;
  }
  return bars;
}

void BarLines::SetMetres(std::int64_t from, std::int64_t to, MelodyContext& context) const {
  context.metre = At(from).metre;
  context.pickup = 0;
  context.changes.clear();
  const std::int64_t line = LineAt(from);
  if (line < from) {
    const std::int64_t next = line + BarSteps(from);
    context.pickup = static_cast<int>(std::min(next, NextBegin(from, next)) - from);
  }
  for (const Stretch& stretch : std::span(stretches_).subspan(1)) {
    if (stretch.begin <= from || stretch.begin >= to) continue;
    context.changes.push_back({static_cast<int>(stretch.begin - from), stretch.metre});
  }
}

}  // namespace rltuner
