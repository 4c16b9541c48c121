// SPDX-License-Identifier: Apache-2.0
// Melodies to train on in tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/training/note_rnn_training.h"

namespace rltuner {

// Owns the events that TrainingData points to.
struct Melodies {
  std::vector<std::vector<std::uint8_t>> events;

  std::vector<MelodyEvents> Spans() const { return {events.begin(), events.end()}; }
};

// Every melody is the same figure of four events over and over.
inline Melodies PatternMelodies(int count, int length) {
  constexpr std::uint8_t kFigure[] = {14, 1, 18, 0};
  Melodies melodies;
  for (int i = 0; i < count; ++i) {
    std::vector<std::uint8_t> melody;
    for (int t = 0; t < length; ++t) melody.push_back(kFigure[t % 4]);
    melodies.events.push_back(std::move(melody));
  }
  return melodies;
}

// Melodies of `shortest` to `longest` events of random classes.
inline Melodies RandomMelodies(int count, int shortest, int longest, std::uint64_t seed) {
  Random random(seed);
  Melodies melodies;
  for (int i = 0; i < count; ++i) {
    const int length = shortest + static_cast<int>(random.Below(longest - shortest + 1));
    std::vector<std::uint8_t> melody(length);
    for (std::uint8_t& event : melody) event = static_cast<std::uint8_t>(random.Below(38));
    melodies.events.push_back(std::move(melody));
  }
  return melodies;
}

// A training that takes milliseconds.
inline TrainingOptions SmallTraining() {
  TrainingOptions options;
  options.iterations = 20;
  options.batch = 40;  // two groups, the second one not full
  options.steps_per_window = 16;
  options.evaluation_interval = 5;
  options.checkpoint_interval = 1000;
  options.recurrent_dropout = 0;
  options.weight_average = 0;
  return options;
}

inline NetworkOptions SmallNetwork() { return {.hidden = 12, .layers = 1}; }

inline bool SameBits(const Network& a, const Network& b) {
  return std::equal(a.arena().begin(), a.arena().end(), b.arena().begin(), b.arena().end());
}

}  // namespace rltuner
