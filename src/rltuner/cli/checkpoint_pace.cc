// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/checkpoint_pace.h"

#include <algorithm>
#include <utility>

#include "rltuner/cli/progress.h"

namespace rltuner {
namespace {

constexpr double kLeastSeconds = 30;
constexpr double kLargestShare = 0.005;

}  // namespace

CheckpointPace::CheckpointPace(Clock clock)
    : clock_(clock ? std::move(clock) : SteadySeconds), last_(clock_()) {}

bool CheckpointPace::Due() {
  const double now = clock_();
  if (saved_) cost_ = std::max(cost_, now - last_);
  saved_ = now - last_ >= std::max(kLeastSeconds, cost_ / kLargestShare);
  if (saved_) last_ = now;
  return saved_;
}

}  // namespace rltuner
