// SPDX-License-Identifier: Apache-2.0
// Where the bar lines of a passage of a score are, in steps.
#pragma once

#include <cstdint>
#include <vector>

#include "rltuner/melody/metre.h"

namespace rltuner {

// The bars of one metre after another. What comes before the first bar line is counted back from
// it: a pickup is the end of the bar before. A metre may begin before the last one's bar is full.
class BarLines {
 public:
  struct Stretch {
    std::int64_t begin = 0;  // the step of its first bar line
    Metre metre = {};
    std::int64_t first_bar = 1;  // the number of the bar at `begin`
  };

  // At least one stretch, in order of `begin`; a bar of each is a whole number of steps (asserted).
  BarLines(std::vector<Stretch> stretches, int steps_per_quarter);

  // The stretch that holds the step, and how many steps a bar of it has.
  const Stretch& At(std::int64_t step) const;
  std::int64_t BarSteps(std::int64_t step) const { return StepsOf(At(step)); }

  // The number of the bar that holds the step, and that bar's first step.
  std::int64_t NumberAt(std::int64_t step) const;
  std::int64_t LineAt(std::int64_t step) const;

  // How many bars there are from one step to another. A part of a bar counts by its length.
  double Between(std::int64_t from, std::int64_t to) const;

  // Sets metre, pickup and changes of a melody from one step to another.
  void SetMetres(std::int64_t from, std::int64_t to, MelodyContext& context) const;

 private:
  std::int64_t StepsOf(const Stretch& stretch) const;

  // Of the first stretch that begins after the step; `none` if there is none.
  std::int64_t NextBegin(std::int64_t step, std::int64_t none) const;

  std::vector<Stretch> stretches_;
  int steps_per_quarter_;
};

}  // namespace rltuner
