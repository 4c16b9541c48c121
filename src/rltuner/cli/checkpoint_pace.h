// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace rltuner {

// When a long run should save: every half minute, or so seldom that saving takes half a percent of
// the time, which leaves room to a slow disk below the 1 % that is promised. So a kill costs half a
// minute of work, or two hundred times what saving takes if that is more.
class CheckpointPace {
 public:
  // Seconds from any fixed moment; tests pass their own.
  using Clock = std::function<double()>;

  explicit CheckpointPace(Clock clock = {});

  // Ask often. True: save now; the time until the next question counts as the cost of it.
  bool Due();

 private:
  Clock clock_;
  double last_;         // when it was due last
  double cost_ = 0;     // of saving, the most so far
  bool saved_ = false;  // since the question before
};

}  // namespace rltuner
