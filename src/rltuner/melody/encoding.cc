// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/encoding.h"

#include <fmt/ranges.h>

#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"
#include "rltuner/core/text.h"

namespace rltuner {
namespace {

constexpr int kFinestGrid = 96;
constexpr int kHighestOfAll = 127;
constexpr std::array<std::string_view, kInputs> kInputNames = {"event",
                                                               "position",
                                                               "metre",
                                                               "bars_left",
                                                               "mode",
                                                               "lookback_1",
                                                               "lookback_2",
                                                               "lookback_4",
                                                               "lookback_8",
                                                               "agreement_1",
                                                               "agreement_2",
                                                               "agreement_4",
                                                               "agreement_8",
                                                               "highest",
                                                               "lowest",
                                                               "leap",
                                                               "autocorrelation_1",
                                                               "autocorrelation_2",
                                                               "autocorrelation_3"};

constexpr int kAllInputs = static_cast<int>(Input::kAgreement8) + 1;
constexpr std::array kRulesInputs = {Input::kPosition, Input::kBarsLeft, Input::kLookback1,
                                     Input::kAgreement1};  // and those from kHighest on

// kInputs if there is none of that name.
int InputOf(std::string_view name) {
  return static_cast<int>(std::ranges::find(kInputNames, name) - kInputNames.begin());
}

bool IsWithin(const nlohmann::json& value, int lowest, int highest) {
  return value.is_number_integer() && value >= lowest && value <= highest;
}

nlohmann::ordered_json JsonOf(const Encoding& encoding) {
  nlohmann::ordered_json json = {{"lowest_pitch", encoding.lowest_pitch},
                                 {"highest_pitch", encoding.highest_pitch},
                                 {"steps_per_quarter", encoding.steps_per_quarter}};
  for (const Input input : encoding.inputs) {
    json["inputs"].push_back(kInputNames[static_cast<std::size_t>(input)]);
  }
  return json;
}

// False if `json` is no list of pickups.
bool ReadPickups(const nlohmann::json& json, std::vector<PickupShare>* pickups) {
  if (!json.is_object()) return false;
  for (const auto& [metre, shares] : json.items()) {
    const std::optional<Metre> known = FindMetre(metre);
    if (!known || !shares.is_object()) return false;
    for (const auto& [steps, share] : shares.items()) {
      const std::optional<int> number = ParseNumber<int>(steps);
      if (!number || *number < 0 || !share.is_number() || share < 0 || share > 1) return false;
      pickups->push_back({*known, *number, share});
    }
  }
  return true;
}

// False if `json` is no encoding.
bool Read(const nlohmann::json& json, Encoding* encoding) {
  if (!json.is_object()) return false;
  for (const auto& [key, value] : json.items()) {
    if (key == "inputs") {
      if (!value.is_array() || value.empty()) return false;
      encoding->inputs.clear();
      for (const auto& name : value) {
        const int input = name.is_string() ? InputOf(name.get<std::string>()) : kInputs;
        if (input == kInputs || std::ranges::count(value, name) != 1) return false;
        encoding->inputs.push_back(static_cast<Input>(input));
      }
      if (encoding->inputs.front() != Input::kEvent) return false;
    } else if (key == "lowest_pitch" && IsWithin(value, 0, kHighestOfAll)) {
      encoding->lowest_pitch = value;
    } else if (key == "highest_pitch" && IsWithin(value, 0, kHighestOfAll)) {
      encoding->highest_pitch = value;
    } else if (key == "steps_per_quarter" && IsWithin(value, 1, kFinestGrid)) {
      encoding->steps_per_quarter = value;
    } else if (key != "pickups" || !ReadPickups(value, &encoding->pickups)) {
      return false;
    }
  }
  return encoding->lowest_pitch <= encoding->highest_pitch &&
         std::ranges::all_of(encoding->pickups, [&](const PickupShare& pickup) {
           return pickup.steps < pickup.metre.BarSteps(encoding->steps_per_quarter);
         });
}

}  // namespace

int Encoding::Width(Input input) const {
  if (input == Input::kEvent) return classes();
  if (input == Input::kPosition) return kPositionQuarters * steps_per_quarter;
  if (input == Input::kMetre) return kMetreWidth;
  if (input == Input::kBarsLeft) return kBarsLeftWidth;
  if (input == Input::kMode) return kModeWidth;
  if (input < Input::kAgreement1) return classes() + 1;
  if (input <= Input::kAgreement8) return kAgreementWidth;
  return input <= Input::kLeap ? 2 * pitches() + 1 : kAutocorrelationWidth;
}

int Encoding::width() const {
  int width = 0;
  for (const Input input : inputs) width += Width(input);
  return width;
}

std::string Encoding::FullJson() const { return JsonOf(*this).dump(); }

std::string Encoding::ToJson() const {
  if (*this == Encoding() && pickups.empty()) return "";
  nlohmann::ordered_json json = JsonOf(*this);
  for (const auto& [metre, steps, share] : pickups) {
    json["pickups"][metre.Text()][std::to_string(steps)] = share;
  }
  return json.dump();
}

std::vector<PickupShare> Encoding::PickupsIn(const Metre& metre) const {
  const auto in = [&](auto fits) {
    std::vector<PickupShare> found;
    std::ranges::copy_if(pickups, std::back_inserter(found), fits, &PickupShare::metre);
    return found;
  };
  std::vector<PickupShare> found = in([&](const Metre& other) { return other == metre; });
  if (!found.empty()) return found;
  return in([&](const Metre& other) {
    return other.IsCompound() == metre.IsCompound() &&
           other.BarSteps(steps_per_quarter) == metre.BarSteps(steps_per_quarter);
  });
}

Encoding Encoding::FromJson(const std::string& json, std::string_view source) {
  Encoding encoding;
  if (json.empty() || Read(nlohmann::json::parse(json, nullptr, false), &encoding)) return encoding;
  Fail(
      "{}: metadata encoding is not one of melodies: lowest_pitch and highest_pitch 0 .. {}, "
      "steps_per_quarter 1 .. {}, inputs \"event\" and then any of {}; pickups by metre: steps of "
      "less than a bar, and their shares 0 .. 1",
      source, kHighestOfAll, kFinestGrid, fmt::join(std::span(kInputNames).subspan(1), ", "));
}

Encoding EncodingOfNetwork(const std::string& json, int classes, int width,
                           std::string_view source) {
  Encoding encoding = Encoding::FromJson(json, source);
  if (classes != encoding.classes()) {
    Fail("{}: the model has {} classes; expected the {} events of a melody", source, classes,
         encoding.classes());
  }
  if (width != encoding.width()) {
    Fail("{}: lstm.weight_ih_l0 has {} columns; expected the {} of its encoding's inputs", source,
         width, encoding.width());
  }
  return encoding;
}

std::vector<Input> ParseInputs(std::string_view names, std::string_view option) {
  std::vector<Input> inputs = {Input::kEvent};
  const auto add = [&](Input input) {
    if (std::ranges::find(inputs, input) == inputs.end()) inputs.push_back(input);
  };
  for (const std::string_view name : ListItems(names)) {
    const auto add_range = [&](int from, int end) {
      for (int i = from; i < end; ++i) add(static_cast<Input>(i));
    };
    if (name == "all") {
      add_range(0, kAllInputs);
    } else if (name == "rules") {
      std::ranges::for_each(kRulesInputs, add);
      add_range(static_cast<int>(Input::kHighest), kInputs);
    } else if (const int input = InputOf(name); input < kInputs) {
      add(static_cast<Input>(input));
    } else {
      const std::vector<std::string> known(kInputNames.begin(), kInputNames.end());
      const std::string nearest = NearestName(name, known);
      Fail("{}: '{}' is no input{}; expected 'all', 'rules' or some of {}", option, name,
           nearest.empty() ? "" : fmt::format(", did you mean {}?", nearest),
           fmt::join(kInputNames, ", "));
    }
  }
  return inputs;
}

}  // namespace rltuner
