// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/motif_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "rltuner/core/random.h"

namespace rltuner {
namespace {

// The definition: how many different pitches are struck in the last `length` events.
int DifferentPitches(const std::deque<int>& events, int length) {
  std::set<int> pitches;
  const auto count = std::min<std::ptrdiff_t>(std::ssize(events), length);
  for (auto event = events.end() - count; event != events.end(); ++event) {
    if (IsNoteOn(*event)) pitches.insert(*event);
  }
  return static_cast<int>(pitches.size());
}

TEST(MotifWindow, CountsAsTheDefinitionDoes) {
  constexpr std::uint64_t kSeed = 1;
  SCOPED_TRACE(kSeed);
  Random random(kSeed, 0);
  for (const int length : {1, 2, 8, MotifWindow::kLongest}) {
    MotifWindow window;
    std::deque<int> events;
    for (int composition = 0; composition < 3; ++composition) {
      window.Start(length);
      events.clear();
      for (int i = 0; i < 200; ++i) {
        events.push_back(random.Below(kVocabulary));
        window.Add(events.back());
        ASSERT_EQ(window.full(), std::ssize(events) >= length);
        ASSERT_EQ(window.pitches(), DifferentPitches(events, length)) << "length " << length;
      }
    }
  }
}

}  // namespace
}  // namespace rltuner
