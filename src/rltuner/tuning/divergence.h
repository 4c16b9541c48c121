// SPDX-License-Identifier: Apache-2.0
// Detects early that a learning rate is far too high.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/tuning/tune.h"

namespace rltuner {

// A run diverges if the weights move by more than 1 (root mean square over all of them) within its
// first 100 gradient steps. Gates that sum 100 such weights stay saturated, and the network has
// lost what the Note RNN learnt. Adam moves no weight by much more than its learning rate in a
// step, so a rate of 0.01 or less never counts as diverging. The loss is no indicator: rewards of
// -100 make it jump a hundredfold in good runs too.
class DivergenceWatch {
 public:
  // `start` are the weights before the first step; they are copied.
  DivergenceWatch(const TuningOptions& options, std::span<const float> start);

  // The next iteration after `iteration` at which to call Look; INT64_MAX once the watch is over.
  std::int64_t NextLook(std::int64_t iteration) const;

  // "" or what is wrong, as one line that begins with the iteration.
  std::string Look(std::int64_t iteration, std::span<const float> weights) const;

 private:
  std::int64_t events_a_step_;
  double learning_rate_;
  std::vector<float> start_;
};

}  // namespace rltuner
