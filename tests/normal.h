// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <numbers>

#include "rltuner/core/random.h"

namespace rltuner {

// Standard normal (Box-Muller, one value of the pair, so no hidden state).
inline double Normal(Random& random) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - random.UniformDouble()));
  return radius * std::cos(2.0 * std::numbers::pi * random.UniformDouble());
}

}  // namespace rltuner
