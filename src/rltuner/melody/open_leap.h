// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

namespace rltuner {

// Whether a leap is open. A leap stays open until the melody returns to the note that the leap
// left, or passes it, or leaps the other way.
struct OpenLeap {
  enum class Change { kNone, kOpened, kDoubled, kReturnedByLeap, kReturnedByStep };

  int direction = 0;  // 1 up, -1 down, 0 none open
  int from = 0;       // the note that the leap left

  // The melody goes from one note to the next, each a class or a pitch. An interval of `smallest`
  // semitones or more is a leap.
  Change Move(int previous, int next, int smallest) {
    if (std::abs(next - previous) < smallest) return Step(next);
    const int sign = next > previous ? 1 : -1;
    if (sign == direction) return Change::kDoubled;
    if (direction != 0) {
      direction = 0;
      return Change::kReturnedByLeap;
    }
    direction = sign;
    from = previous;
    return Change::kOpened;
  }

 private:
  Change Step(int next) {
    const bool is_back = direction > 0 ? next <= from : next >= from;
    if (direction == 0 || !is_back) return Change::kNone;
    direction = 0;
    return Change::kReturnedByStep;
  }
};

}  // namespace rltuner
