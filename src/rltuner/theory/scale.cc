// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/scale.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>

namespace rltuner {
namespace {

constexpr std::uint32_t Notes(std::initializer_list<int> semitones) {
  std::uint32_t notes = 0;
  for (const int semitone : semitones) notes |= 1U << semitone;
  return notes;
}

struct Scale {
  const char* name;
  std::uint32_t notes;
};

constexpr Scale kScales[] = {
    {"major", Notes({0, 2, 4, 5, 7, 9, 11})},
    {"minor", Notes({0, 2, 3, 5, 7, 8, 10})},
    {"harmonic-minor", Notes({0, 2, 3, 5, 7, 8, 11})},
    {"melodic-minor", Notes({0, 2, 3, 5, 7, 9, 11})},
    {"dorian", Notes({0, 2, 3, 5, 7, 9, 10})},
    {"phrygian", Notes({0, 1, 3, 5, 7, 8, 10})},
    {"lydian", Notes({0, 2, 4, 6, 7, 9, 11})},
    {"mixolydian", Notes({0, 2, 4, 5, 7, 9, 10})},
    {"locrian", Notes({0, 1, 3, 5, 6, 8, 10})},
    {"major-pentatonic", Notes({0, 2, 4, 7, 9})},
    {"minor-pentatonic", Notes({0, 3, 5, 7, 10})},
    {"blues", Notes({0, 3, 5, 6, 7, 10})},
    {"chromatic", 0xFFF},
};

}  // namespace

const std::vector<std::string>& PitchClassNames() {
  static const std::vector<std::string> names = {"C",  "C#", "D",  "Eb", "E",  "F",
                                                 "F#", "G",  "Ab", "A",  "Bb", "B"};
  return names;
}

int PitchClassOf(std::string_view name) {
  const auto& names = PitchClassNames();
  const auto found = std::ranges::find(names, name);
  assert(found != names.end());
  return static_cast<int>(found - names.begin());
}

const std::vector<std::string>& ScaleNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Scale& scale : kScales) all.emplace_back(scale.name);
    return all;
  }();
  return names;
}

std::uint32_t ScaleOf(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kScales), std::end(kScales),
                                         [&](const Scale& scale) { return scale.name == name; });
  assert(found != std::end(kScales));
  return found->notes;
}

}  // namespace rltuner
