// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rltuner/study/store.h"

namespace rltuner::study {

// Melodies of 16 events, 3 seconds each.
inline StudyOptions SmallStudy() {
  return {.title = "Listen", .comparisons = 3, .melodies = 2, .length = 16, .seed = 1};
}

inline std::vector<StudyModel> ThreeModels() {
  std::vector<StudyModel> models;
  for (const char* name : {"note-rnn", "q", "psi"}) {
    const auto number = static_cast<std::uint8_t>(models.size());
    models.push_back({.name = name,
                      .melodies = {std::vector<std::uint8_t>(16, 14 + number),
                                   std::vector<std::uint8_t>(16, 20 + number)}});
  }
  return models;
}

constexpr std::int64_t kTime = 1'767'225'600'123;  // 2026-01-01T00:00:00.123Z

// An answer of one who listened to both melodies.
inline Answer Preferring(int preference, const Question& question) {
  return {.question = question,
          .preference = preference,
          .first_heard = 3,
          .second_heard = 3,
          .taken = 9};
}

}  // namespace rltuner::study
