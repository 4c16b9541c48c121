// SPDX-License-Identifier: Apache-2.0
// How much of a composition occurs in the training melodies, note for note.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/melody/dataset.h"

namespace rltuner {

// Finds the longest run of events of a composition that occurs unchanged in one of the melodies.
// (All melodies are in one key, so transposed copies are found too.) Immutable: safe to use from
// many threads.
class CopiedRuns {
 public:
  // Keeps a copy of the melodies; a run longer than `longest` events counts as one of that length.
  CopiedRuns(std::span<const Dataset::Events> melodies, int longest);

  // In events, 0 .. `longest`.
  int LongestIn(std::span<const std::uint8_t> composition) const;

  // Equal for equal melodies in equal order.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  // How many events from `at` on agree with the first of `events`, at most longest_.
  int Agreeing(std::uint32_t at, std::span<const std::uint8_t> events) const;

  int longest_;
  std::vector<std::uint8_t> text_;     // melodies, each followed by `longest` separators
  std::vector<std::uint32_t> sorted_;  // suffix array: places of events in text_
  std::string fingerprint_;
};

}  // namespace rltuner
