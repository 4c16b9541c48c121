// SPDX-License-Identifier: Apache-2.0
// Random compositions of many kinds.
#pragma once

#include <algorithm>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

enum EventKind { kUniform, kWalk, kFewClasses, kMostlySilent, kPhrases, kOneNote, kEventKinds };

inline int Clamp(int event) { return std::min(std::max(event, kFirstNoteOn), kVocabulary - 1); }

inline std::vector<int> RandomEvents(Random& random, EventKind kind, int length) {
  const auto below = [&](std::uint32_t n) { return static_cast<int>(random.Below(n)); };
  std::vector<int> x;
  const int few = 2 + below(4);
  std::vector<int> classes;
  for (int i = 0; i < few; ++i) classes.push_back(below(kVocabulary));
  int at = kTonic;
  while (static_cast<int>(x.size()) < length) {
    switch (kind) {
      case kUniform:
        x.push_back(below(kVocabulary));
        break;
      case kWalk:
        at = Clamp(at + below(5) - 2);
        x.push_back(below(3) == 0 ? below(2) : at);
        break;
      case kFewClasses:
        x.push_back(classes[static_cast<std::size_t>(below(static_cast<std::uint32_t>(few)))]);
        break;
      case kMostlySilent:
        x.push_back(below(6) == 0 ? below(kVocabulary) : below(2));
        break;
      case kPhrases:  // copies an earlier stretch, or goes on
        if (!x.empty() && below(4) == 0) {
          const int from = below(static_cast<std::uint32_t>(x.size()));
          const int size = std::min(below(24), static_cast<int>(x.size()) - from);
          const std::vector<int> phrase(x.begin() + from, x.begin() + from + size);
          x.insert(x.end(), phrase.begin(), phrase.end());
        } else {
          x.push_back(Clamp(kTonic + below(8)));
        }
        break;
      default:
        x.push_back(below(40) == 0 ? below(kVocabulary) : classes[0]);
    }
  }
  x.resize(static_cast<std::size_t>(length));
  return x;
}

}  // namespace rltuner
