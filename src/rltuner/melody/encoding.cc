// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/encoding.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "rltuner/core/error.h"
#include "rltuner/melody/events.h"

namespace rltuner {
namespace {

constexpr int kFinestGrid = 96;

nlohmann::ordered_json EncodingOf(int steps_per_quarter) {
  return {{"lowest_pitch", kLowestPitch},
          {"highest_pitch", kHighestPitch},
          {"steps_per_quarter", steps_per_quarter},
          {"inputs", {"event"}}};
}

}  // namespace

std::string EncodingJson(int steps_per_quarter) {
  return steps_per_quarter == kStepsPerQuarter ? "" : EncodingOf(steps_per_quarter).dump();
}

int StepsPerQuarter(const std::string& encoding, std::string_view source) {
  if (encoding.empty()) return kStepsPerQuarter;
  const auto json = nlohmann::json::parse(encoding, nullptr, false);
  if (json.is_object() && json.contains("steps_per_quarter")) {
    const auto& steps = json["steps_per_quarter"];
    if (steps.is_number_integer() && steps >= 1 && steps <= kFinestGrid &&
        json == nlohmann::json(EncodingOf(steps.get<int>()))) {
      return steps.get<int>();
    }
  }
  Fail(
      "{}: metadata encoding is not one of melodies with pitches {} .. {}, 1 .. {} steps a quarter "
      "and the input \"event\"",
      source, kLowestPitch, kHighestPitch, kFinestGrid);
}

int StepsPerQuarterOfSettings(std::string_view settings) {
  constexpr std::string_view kKey = "\nsteps_per_quarter = ";
  int steps = 0;
  if (const std::size_t at = settings.find(kKey); at != std::string_view::npos) {
    const char* const begin = settings.data() + at + kKey.size();
    std::from_chars(begin, settings.data() + settings.size(), steps);
  }
  return steps >= 1 && steps <= kFinestGrid ? steps : kStepsPerQuarter;
}

}  // namespace rltuner
