// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/exploration.h"

#include <algorithm>

#include "rltuner/nn/softmax.h"

namespace rltuner {

Exploration::Exploration(const TuningOptions& options)
    : boltzmann_(options.exploration == "boltzmann"),
      start_(options.epsilon_start),
      end_(options.epsilon_end),
      falling_iterations_(options.epsilon_share * static_cast<double>(options.iterations)) {}

double Exploration::Epsilon(std::int64_t iteration) const {
  if (boltzmann_) return 0;
  const double done = falling_iterations_ > 0
                          ? std::min(1.0, static_cast<double>(iteration) / falling_iterations_)
                          : 1.0;
  return start_ + (end_ - start_) * done;
}

int Exploration::Choose(int vocabulary, const std::function<std::span<const float>()>& policy,
                        std::int64_t iteration, Random& random) const {
  if (boltzmann_) return SampleSoftmax(policy(), random);
  if (random.UniformDouble() < Epsilon(iteration)) {
    return static_cast<int>(random.Below(static_cast<std::uint32_t>(vocabulary)));
  }
  return ArgMax(policy());
}

}  // namespace rltuner
