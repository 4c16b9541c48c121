// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/divergence.h"

#include <fmt/format.h>

#include <cmath>

#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

constexpr std::int64_t kWatchedSteps = 100;
constexpr std::int64_t kStepsBetweenLooks = 10;
constexpr double kLongestMove = 1;

}  // namespace

DivergenceWatch::DivergenceWatch(const TuningOptions& options, std::span<const float> start)
    : events_a_step_(EventsPerStep(options)),
      learning_rate_(options.learning_rate),
      start_(start.begin(), start.end()) {}

std::int64_t DivergenceWatch::NextLook(std::int64_t iteration) const {
  const std::int64_t look = iteration / events_a_step_ / kStepsBetweenLooks + 1;
  if (look * kStepsBetweenLooks > kWatchedSteps) return INT64_MAX;
  return look * kStepsBetweenLooks * events_a_step_;
}

std::string DivergenceWatch::Look(std::int64_t iteration, std::span<const float> weights) const {
  const std::int64_t steps = iteration / events_a_step_;
  if (steps > kWatchedSteps) return "";
  double squares = 0;
  for (std::size_t i = 0; i < start_.size(); ++i) {
    const double move = static_cast<double>(weights[i]) - start_[i];
    squares += move * move;
  }
  const double move = std::sqrt(squares / static_cast<double>(start_.size()));
  if (move <= kLongestMove) return "";
  return fmt::format(
      "iteration {}: it diverges: {} gradient steps have moved the weights by {:.2g} (root mean "
      "square), and more than {} is too much; try a learning_rate below {}",
      iteration, steps, move, kLongestMove, learning_rate_);
}

}  // namespace rltuner
