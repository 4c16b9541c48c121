// SPDX-License-Identifier: Apache-2.0
// Gradient descent on a whole parameter arena: each step is one or two flat loops.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rltuner/core/state_archive.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// The Euclidean norm over the arena. It is not finite if any element is not.
double GradientNorm(std::span<const float> gradient);

struct Clipped {
  double norm = 0;   // of the whole arena, before
  float factor = 1;  // still to be applied, as Optimizer's gradient_scale
};

// Limits the norm of the gradient, or of each of its tensors, to `limit` (Pascanu et al., 2013).
// Only tensors are scaled here.
Clipped ClipGradient(bool per_tensor, double limit, Network* gradient);

// Adds the gradient of penalty / 2 * (sum of squared weights). Biases are not penalised.
void AddL2Gradient(const Network& network, double penalty, Network* gradient);

// Adam (Kingma and Ba, 2015) or Adagrad (Duchi et al., 2011). The moments are the optimizer's whole
// state.
class Optimizer {
 public:
  enum class Kind { kAdam, kAdagrad };

  Optimizer(Kind kind, std::size_t size);

  // parameters -= learning_rate * (scaled gradient). The gradient is first multiplied by
  // gradient_scale, so that clipping needs no pass of its own.
  void Step(double learning_rate, float gradient_scale, std::span<const float> gradient,
            std::span<float> parameters);

  // Step, and in the same pass: target += rate * (parameters - target), and gradient = 0.
  void StepAndFollow(double learning_rate, float gradient_scale, float target_rate,
                     std::span<float> gradient, std::span<float> parameters,
                     std::span<float> target);

  // For checkpoints: the moments, as PREFIX.first and PREFIX.second, and the number of steps taken.
  void VisitMoments(StateArchive* archive, const std::string& prefix) {
    archive->Array(prefix + ".first", std::span(first_));
    archive->Array(prefix + ".second", std::span(second_));
  }
  std::int64_t& steps() { return steps_; }

 private:
  Kind kind_;
  std::int64_t steps_ = 0;
  FloatBuffer first_;   // Adam's mean; empty for Adagrad
  FloatBuffer second_;  // Adam's mean square, Adagrad's sum of squares
};

}  // namespace rltuner
