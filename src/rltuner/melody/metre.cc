// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/metre.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"

namespace rltuner {
namespace {

constexpr int kLargestNumber = 64;
constexpr std::array<std::string_view, kModes> kModeNames = {
    "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"};

// 0 if it is none of 1 .. 64.
int NumberIn(std::string_view text) {
  const int number = ParseNumber<int>(text).value_or(0);
  return number >= 1 && number <= kLargestNumber ? number : 0;
}

}  // namespace

int Metre::BarSteps(int steps_per_quarter) const {
  return std::max(1, 4 * steps_per_quarter * numerator / denominator);
}

int Metre::BeatSteps(int steps_per_quarter) const {
  return std::max(1, 4 * steps_per_quarter * (IsCompound() ? 3 : 1) / denominator);
}

std::string Metre::Text() const { return fmt::format("{}/{}", numerator, denominator); }

std::optional<Metre> FindMetre(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const Metre metre{NumberIn(text.substr(0, slash)),
                    NumberIn(text.substr(std::min(slash + 1, text.size())))};
  if (metre.numerator == 0 || !std::has_single_bit(static_cast<unsigned>(metre.denominator))) {
    return std::nullopt;
  }
  return metre;
}

Metre ParseMetre(std::string_view text, std::string_view option) {
  const std::optional<Metre> metre = FindMetre(text);
  if (metre) return *metre;
  Fail("{} {}: expected a time signature such as 4/4, 3/4, 6/8, with numbers 1 .. {}", option, text,
       kLargestNumber);
}

std::string_view ModeName(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

std::optional<Mode> FindMode(std::string_view name) {
  const auto found = std::ranges::find(kModeNames, name == "ionian"    ? "major"
                                                   : name == "aeolian" ? "minor"
                                                                       : name);
  if (found == kModeNames.end()) return std::nullopt;
  return static_cast<Mode>(found - kModeNames.begin());
}

Mode ParseMode(std::string_view name, std::string_view option) {
  const std::optional<Mode> mode = FindMode(name);
  if (!mode) Fail("{} {}: expected {}", option, name, fmt::join(kModeNames, ", "));
  return *mode;
}

bool IsMinor(Mode mode) {
  return mode == Mode::kMinor || mode == Mode::kDorian || mode == Mode::kPhrygian ||
         mode == Mode::kLocrian;
}

}  // namespace rltuner
