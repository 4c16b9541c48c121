// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/optimizer.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace rltuner {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;  // Adam
constexpr float kInitialAccumulator = 0.1F;                      // Adagrad

// Adam's step with the bias corrections folded into the rate and epsilon, so that one element costs
// one square root and one division.
struct AdamStep {
  float beta1 = static_cast<float>(kBeta1), beta2 = static_cast<float>(kBeta2);
  float rate, epsilon, scale;

  AdamStep(double learning_rate, float gradient_scale, std::int64_t step) : scale(gradient_scale) {
    const double correction2 = std::sqrt(1 - std::pow(kBeta2, static_cast<double>(step)));
    rate = static_cast<float>(learning_rate * correction2 /
                              (1 - std::pow(kBeta1, static_cast<double>(step))));
    epsilon = static_cast<float>(kEpsilon * correction2);
  }

  float Apply(float gradient, float parameter, float& first, float& second) const {
    const float g = gradient * scale;
    first = beta1 * first + (1 - beta1) * g;
    second = beta2 * second + (1 - beta2) * g * g;
    return parameter - rate * first / (std::sqrt(second) + epsilon);
  }
};

}  // namespace

double GradientNorm(std::span<const float> gradient) {
  // Independent partial sums: the loop vectorizes without reordering a float sum.
  constexpr std::size_t kParts = 64;
  float parts[kParts] = {};
  double sum = 0;
  std::size_t i = 0;
  for (; i + kParts <= gradient.size(); i += kParts) {
    for (std::size_t j = 0; j < kParts; ++j) parts[j] += gradient[i + j] * gradient[i + j];
  }
  for (; i < gradient.size(); ++i) sum += static_cast<double>(gradient[i]) * gradient[i];
  for (const float part : parts) sum += part;
  return std::sqrt(sum);
}

Clipped ClipGradient(bool per_tensor, double limit, Network* gradient) {
  const auto factor_for = [limit](double norm) {
    return norm > limit ? static_cast<float>(limit / norm) : 1.0F;
  };
  const double norm = GradientNorm(gradient->arena());
  if (!per_tensor) return {norm, factor_for(norm)};
  for (const TensorView& tensor : gradient->tensors()) {
    const std::span<float> part = gradient->arena().subspan(
        tensor.offset, static_cast<std::size_t>(tensor.rows) * tensor.stride);
    const float factor = factor_for(GradientNorm(part));
    if (factor == 1) continue;
    for (float& value : part) value *= factor;
  }
  return {.norm = norm};
}

void AddL2Gradient(const Network& network, double penalty, Network* gradient) {
  if (penalty == 0) return;
  const float factor = static_cast<float>(penalty);
  for (const TensorView& tensor : network.tensors()) {
    if (tensor.is_bias) continue;
    const std::size_t end = tensor.offset + static_cast<std::size_t>(tensor.rows) * tensor.stride;
    for (std::size_t i = tensor.offset; i < end; ++i) {
      gradient->arena()[i] += factor * network.arena()[i];
    }
  }
}

Optimizer::Optimizer(Kind kind, std::size_t size)
    : kind_(kind),
      first_(kind == Kind::kAdam ? size : 0, 0.0F),
      second_(size, kind == Kind::kAdam ? 0.0F : kInitialAccumulator) {}

void Optimizer::Step(double learning_rate, float gradient_scale, std::span<const float> gradient,
                     std::span<float> parameters) {
  ++steps_;
  assert(gradient.size() == second_.size() && parameters.size() == second_.size());
  const std::size_t n = second_.size();
  const float* g = gradient.data();
  float* p = parameters.data();
  float* second = second_.data();
  if (kind_ == Kind::kAdam) {
    const AdamStep step(learning_rate, gradient_scale, steps_);
    float* first = first_.data();
    for (std::size_t i = 0; i < n; ++i) p[i] = step.Apply(g[i], p[i], first[i], second[i]);
  } else {
    const float rate = static_cast<float>(learning_rate);
    for (std::size_t i = 0; i < n; ++i) {
      const float value = g[i] * gradient_scale;
      second[i] += value * value;
      p[i] -= rate * value / std::sqrt(second[i]);
    }
  }
}

void Optimizer::StepAndFollow(double learning_rate, float gradient_scale, float target_rate,
                              std::span<float> gradient, std::span<float> parameters,
                              std::span<float> target) {
  if (kind_ == Kind::kAdam) {
    ++steps_;
    const AdamStep step(learning_rate, gradient_scale, steps_);
    const std::size_t n = second_.size();
    float* __restrict g = gradient.data();
    float* __restrict p = parameters.data();
    float* __restrict followed = target.data();
    float* __restrict first = first_.data();
    float* __restrict second = second_.data();
    for (std::size_t i = 0; i < n; ++i) {
      const float updated = step.Apply(g[i], p[i], first[i], second[i]);
      p[i] = updated;
      followed[i] += target_rate * (updated - followed[i]);
      g[i] = 0;
    }
    return;
  }
  Step(learning_rate, gradient_scale, gradient, parameters);
  for (std::size_t i = 0; i < target.size(); ++i) {
    target[i] += target_rate * (parameters[i] - target[i]);
  }
  std::ranges::fill(gradient, 0.0F);
}

}  // namespace rltuner
