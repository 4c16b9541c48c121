// SPDX-License-Identifier: Apache-2.0
// A score's texts in one piece.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "rltuner/midi/describe.h"

namespace rltuner::midi {

inline nlohmann::json JsonOf(const Score& score) {
  std::string text;
  WriteJson(score, [&](std::string_view piece) { text += piece; });
  return nlohmann::json::parse(text);
}

inline std::string DescriptionOf(const Score& score) {
  std::string text;
  Describe(score, [&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace rltuner::midi
