// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/copied_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "rltuner/core/random.h"

namespace rltuner {
namespace {

using Events = std::vector<std::uint8_t>;

CopiedRuns Of(const std::vector<Events>& melodies) {
  return {std::vector<Dataset::Events>(melodies.begin(), melodies.end()), 32};
}

TEST(CopiedRuns, FindsTheLongestRunWhereverItStands) {
  EXPECT_EQ(Of({{5, 6, 7}, {1, 9, 10, 11, 1, 12}}).LongestIn(Events{20, 9, 10, 11, 1, 21}), 4);
}

TEST(CopiedRuns, NoRunGoesFromOneMelodyToTheNext) {
  EXPECT_EQ(Of({{5, 6}, {7, 8}}).LongestIn(Events{5, 6, 7, 8}), 2);
}

TEST(CopiedRuns, NothingInCommonIsZero) { EXPECT_EQ(Of({{5, 6}}).LongestIn(Events{7, 8}), 0); }

TEST(CopiedRuns, AgreesWithLookingEverywhere) {
  Random random(3);
  const auto draw = [&](int length) {
    Events events(static_cast<std::size_t>(length));
    for (std::uint8_t& event : events) event = static_cast<std::uint8_t>(random.Below(4));
    return events;
  };
  const std::vector<Events> melodies = {draw(40), draw(3), draw(60)};
  const CopiedRuns copied = Of(melodies);
  for (int i = 0; i < 100; ++i) {
    const Events composition = draw(32);
    std::size_t longest = 0;
    for (std::size_t begin = 0; begin < composition.size(); ++begin) {
      for (std::size_t size = 1; begin + size <= composition.size(); ++size) {
        for (const Events& melody : melodies) {
          const auto first = composition.begin() + static_cast<std::ptrdiff_t>(begin);
          const auto last = first + static_cast<std::ptrdiff_t>(size);
          if (std::search(melody.begin(), melody.end(), first, last) != melody.end()) {
            longest = std::max(longest, size);
          }
        }
      }
    }
    EXPECT_EQ(copied.LongestIn(composition), static_cast<int>(longest)) << "composition " << i;
  }
}

}  // namespace
}  // namespace rltuner
