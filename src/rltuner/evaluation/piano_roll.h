// SPDX-License-Identifier: Apache-2.0
// A picture of one melody: the events played, and how likely all others were.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/evaluation/generation.h"

namespace rltuner {

struct PianoRoll {
  struct Strip {
    std::string label;
    std::span<const float> values;  // [L]; of either sign
  };

  std::string title, subtitle, description;
  std::span<const std::uint8_t> primer =
      {};                                // [P] shown before the melody, with a gap; may be empty
  std::span<const std::uint8_t> events;  // [L]
  std::span<const float> probabilities;  // [L, V], or empty: no shading
  std::vector<Strip> strips = {};        // below the roll: a cell per event, the sum at the right
  Playback playback = {};                // grid, metre and key
};

// The picture as one <svg> element, dark on white, 900 px wide up to about 60 events and wider
// beyond. One row per class: pitches as played from the highest down, then hold and off. The
// shading of a cell is the class's probability. Every id in it starts with `id`, so that a page can
// contain several.
std::string DrawPianoRoll(const PianoRoll& roll, const std::string& id = "roll");

}  // namespace rltuner
