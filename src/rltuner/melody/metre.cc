// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/metre.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "rltuner/core/error.h"

namespace rltuner {
namespace {

constexpr int kLargestNumber = 64;
constexpr std::array<std::string_view, kModes> kModeNames = {
    "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"};

// 0 if it is none of 1 .. 64.
int NumberIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good && number >= 1 && number <= kLargestNumber ? number : 0;
}

}  // namespace

int Metre::BarSteps(int steps_per_quarter) const {
  return std::max(1, 4 * steps_per_quarter * numerator / denominator);
}

int Metre::BeatSteps(int steps_per_quarter) const {
  return std::max(1, 4 * steps_per_quarter * (IsCompound() ? 3 : 1) / denominator);
}

std::string Metre::Text() const { return fmt::format("{}/{}", numerator, denominator); }

Metre ParseMetre(std::string_view text, std::string_view option) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const Metre metre{NumberIn(text.substr(0, slash)),
                    NumberIn(text.substr(std::min(slash + 1, text.size())))};
  if (metre.numerator == 0 || !std::has_single_bit(static_cast<unsigned>(metre.denominator))) {
    Fail("{} {}: expected a time signature such as 4/4, 3/4, 6/8, with numbers 1 .. {}", option,
         text, kLargestNumber);
  }
  return metre;
}

std::string_view ModeName(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

Mode ParseMode(std::string_view name, std::string_view option) {
  const auto found = std::ranges::find(kModeNames, name);
  if (found == kModeNames.end()) {
    Fail("{} {}: expected {}", option, name, fmt::join(kModeNames, ", "));
  }
  return static_cast<Mode>(found - kModeNames.begin());
}

bool IsMinor(Mode mode) {
  return mode == Mode::kMinor || mode == Mode::kDorian || mode == Mode::kPhrygian ||
         mode == Mode::kLocrian;
}

Bars::Bars(const MelodyContext& context, int steps_per_quarter) {
  stretches_.push_back({.first_step = 0,
                        .line = context.pickup,
                        .first_bar = context.pickup > 0 ? 1 : 0,
                        .bar_steps = context.metre.BarSteps(steps_per_quarter),
                        .metre = context.metre});
  for (const LaterMetre& change : context.changes) {
    stretches_.push_back({.first_step = change.step,
                          .line = change.step,
                          .first_bar = At(change.step - 1).bar + 1,
                          .bar_steps = change.metre.BarSteps(steps_per_quarter),
                          .metre = change.metre});
  }
}

Bars::Place Bars::At(int step) const {
  std::size_t i = stretches_.size() - 1;
  while (stretches_[i].first_step > step) --i;
  const Stretch& stretch = stretches_[i];
  const int after = step - stretch.line;
  const int length = stretch.bar_steps;
  const int bar = after >= 0 ? after / length : -((-after + length - 1) / length);
  return {stretch.first_bar + bar, after - bar * length, length, stretch.metre};
}

MelodyContext ContextFrom(int step, const MelodyContext& context, int steps_per_quarter) {
  const Bars::Place place = Bars(context, steps_per_quarter).At(step);
  MelodyContext rest = context;
  rest.metre = place.metre;
  rest.pickup = place.position == 0 ? 0 : place.bar_steps - place.position;
  rest.changes.clear();
  for (const LaterMetre& change : context.changes) {
    if (change.step > step) rest.changes.push_back({change.step - step, change.metre});
  }
  return rest;
}

int Bars::StepAt(int bar, int position) const {
  for (std::size_t i = stretches_.size(); i-- > 0;) {
    const Stretch& stretch = stretches_[i];
    if (i > 0 && bar < stretch.first_bar) continue;
    const int step = stretch.line + (bar - stretch.first_bar) * stretch.bar_steps + position;
    const bool inside = position < stretch.bar_steps && step >= stretch.first_step &&
                        (i + 1 == stretches_.size() || step < stretches_[i + 1].first_step);
    return inside ? step : -1;
  }
  return -1;
}

}  // namespace rltuner
