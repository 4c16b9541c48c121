// SPDX-License-Identifier: Apache-2.0
// Estimates in the JSON of `rltuner evaluate`: a figure under its key and its interval under the
// key with `_ci95`, null where there is none.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "rltuner/evaluation/estimate.h"

namespace rltuner {

inline double NumberOrNan(const nlohmann::ordered_json& value) {
  return value.is_null() ? std::nan("") : value.get<double>();
}

// Both throw nlohmann::json::exception where there is no figure.
inline Estimate ReadEstimate(const nlohmann::ordered_json& value,
                             const nlohmann::ordered_json& interval) {
  return {NumberOrNan(value), NumberOrNan(interval.at(0)), NumberOrNan(interval.at(1))};
}

// `place` 1, 2, ... is one of a list of figures; 0 is a single figure.
inline Estimate ReadEstimateAt(const nlohmann::ordered_json& object, const std::string& key,
                               int place = 0) {
  const auto at = [&](const std::string& name) -> const nlohmann::ordered_json& {
    const nlohmann::ordered_json& value = object.at(name);
    return place == 0 ? value : value.at(static_cast<std::size_t>(place - 1));
  };
  return ReadEstimate(at(key), at(key + "_ci95"));
}

}  // namespace rltuner
