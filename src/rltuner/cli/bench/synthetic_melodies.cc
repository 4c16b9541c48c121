// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/bench/synthetic_melodies.h"

#include <algorithm>

#include "rltuner/core/random.h"
#include "rltuner/melody/events.h"

namespace rltuner::bench {
namespace {

std::vector<std::uint8_t> SyntheticMelody(std::uint64_t stream, int length) {
  constexpr std::uint64_t kSeed = 1;
  Random random(kSeed, stream);
  std::vector<std::uint8_t> events;
  events.reserve(static_cast<std::size_t>(length));
  int pitch = kTonic;
  while (static_cast<int>(events.size()) < length) {
    const std::uint32_t kind = random.Below(10);
    if (kind < 4) {
      events.push_back(kind == 0 ? kNoteOff : kNoEvent);
      continue;
    }
    const int reach = kind == 9 ? 9 : 2;
    pitch += static_cast<int>(random.Below(2 * reach + 1)) - reach;
    pitch = std::clamp(pitch, kFirstNoteOn, kVocabulary - 1);
    events.push_back(static_cast<std::uint8_t>(pitch));
  }
  return events;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> SyntheticMelodies(int count, int length) {
  std::vector<std::vector<std::uint8_t>> melodies;
  melodies.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) melodies.push_back(SyntheticMelody(i, length));
  return melodies;
}

}  // namespace rltuner::bench
