// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/critic.h"

#include <algorithm>

#include "rltuner/nn/kernels.h"

namespace rltuner {
namespace {

// The critic learns from one batch in so many. Learning from every batch would cost four times as
// much and was not better (docs/experiments.md).
constexpr std::int64_t kBatchesAFit = 4;

// The factor by which earlier batches are weighted down each time that a batch is added.
constexpr float kKept = 0.9F;

// Keeps weights of rows that were rarely heard small, and the equations solvable.
constexpr float kShrinkage = 1;

// Steps of the solver in a fit. It starts from the weights of the previous fit.
constexpr int kSolverSteps = 10;
constexpr float kSolved = 1e-12F;

float Dot(std::span<const float> a, std::span<const float> b) {
  // Independent partial sums: the loop vectorizes without reordering a float sum.
  constexpr std::size_t kParts = 32;
  float parts[kParts] = {};
  std::size_t i = 0;
  for (; i + kParts <= a.size(); i += kParts) {
    for (std::size_t j = 0; j < kParts; ++j) parts[j] += a[i + j] * b[i + j];
  }
  float sum = 0;
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  for (const float part : parts) sum += part;
  return sum;
}

void AddScaled(float scale, std::span<const float> from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}

}  // namespace

Critic::Critic(int length, int batch, const NetworkShape& shape, int inputs)
    : length_(length),
      batch_(batch),
      hidden_(shape.hidden),
      hidden_at_(shape.h_offset(shape.layers - 1)),
      hidden_stride_(NetworkShape::Padded(shape.hidden)),
      inputs_(inputs),
      features_(shape.hidden + shape.inputs(0)),
      stride_(NetworkShape::Padded(features_)),
      heard_hidden_(At(length, 0) * hidden_stride_),
      heard_rows_(At(length, 0) * inputs),
      values_(At(length, 0)),
      returns_(values_.size()),
      step_(static_cast<std::size_t>(features_) * stride_),
      mean_(stride_),
      squares_(kMoments * step_.size()),
      products_(2 * static_cast<std::size_t>(stride_)),
      weights_(products_.size()),
      residual_(products_.size()),
      scaled_(products_.size()),
      direction_(products_.size()),
      multiplied_(products_.size()) {}

void Critic::Hear(int t, int b, std::span<const float> state, std::span<const int> rows) {
  const std::size_t event = At(t, b);
  std::ranges::copy(state.subspan(hidden_at_, hidden_),
                    heard_hidden_.begin() + event * hidden_stride_);
  std::ranges::copy(rows, heard_rows_.begin() + event * inputs_);
}

std::span<const float> Critic::HiddenOf(std::size_t event) const {
  return {heard_hidden_.data() + event * hidden_stride_, static_cast<std::size_t>(hidden_)};
}

std::span<const int> Critic::RowsOf(std::size_t event) const {
  return std::span(heard_rows_).subspan(event * inputs_, inputs_);
}

float Critic::ValueOf(int t, int b) const {
  const std::span<const float> hidden = HiddenOf(At(t, b));
  const auto value = [&](std::span<const float> weights) {
    float sum = Dot(hidden, weights);
    for (const int row : RowsOf(At(t, b))) sum += weights[hidden_ + row];
    return sum;
  };
  const std::span<const float> weights = weights_;
  return value(weights.first(stride_)) + Tau(t) * value(weights.subspan(stride_));
}

void Critic::Judge(double gamma, double lambda, std::span<float> rewards) {
  const auto discount = static_cast<float>(gamma);
  const auto trust = static_cast<float>(lambda);
  for (int t = length_ - 1; t >= 0; --t) {
    for (int b = 0; b < batch_; ++b) {
      const std::size_t now = At(t, b), next = At(t + 1, b);
      const bool last = t == length_ - 1;
      values_[now] = ValueOf(t, b);
      returns_[now] = rewards[now] + (last ? 0 : discount * returns_[next]);
      const float after = last ? 0 : values_[next] + trust * rewards[next];
      rewards[now] += discount * after - values_[now];
    }
  }
  if (batches_++ % kBatchesAFit != 0) return;
  Accumulate();
  Fit();
}

void Critic::Accumulate() {
  for (float& sum : squares_) sum *= kKept;
  for (float& sum : products_) sum *= kKept;
  for (int t = 0; t < length_; ++t) AccumulateStep(t);
}

void Critic::AccumulateStep(int t) {
  std::ranges::fill(step_, 0.0F);
  std::ranges::fill(mean_, 0.0F);
  const float* hidden = heard_hidden_.data() + At(t, 0) * hidden_stride_;
  kernels::AddMatrixProduct(hidden_, hidden_stride_, batch_, {hidden, 1, hidden_stride_}, hidden,
                            hidden_stride_, step_.data(), stride_);
  const auto row_of = [this](int feature) {
    return std::span(step_).subspan(static_cast<std::size_t>(feature) * stride_, stride_);
  };
  float mean_return = 0;
  for (int b = 0; b < batch_; ++b) mean_return += returns_[At(t, b)] / batch_;
  const float tau = Tau(t);
  const std::span<float> products = products_;
  for (int b = 0; b < batch_; ++b) {
    const std::span<const float> state = HiddenOf(At(t, b));
    const float excess = returns_[At(t, b)] - mean_return;
    const auto add = [&](std::span<float> sums, float times) {
      AddScaled(times, state, sums.first(hidden_));
      for (const int row : RowsOf(At(t, b))) sums[hidden_ + row] += times;
    };
    add(mean_, 1.0F / batch_);
    add(products.first(stride_), excess);
    add(products.subspan(stride_), tau * excess);
    for (const int row : RowsOf(At(t, b))) add(row_of(hidden_ + row), 1);
  }
  for (int i = 0; i < features_; ++i) {
    const std::span<float> sums = row_of(i).first(i + 1);
    AddScaled(-batch_ * mean_[i], mean_, sums);
    float scale = 1;
    for (int moment = 0; moment < kMoments; ++moment, scale *= tau) {
      AddScaled(scale, sums, SumsOf(moment, i).first(i + 1));
    }
  }
}

std::span<float> Critic::SumsOf(int moment, int feature) {
  const auto row = static_cast<std::size_t>(moment) * features_ + feature;
  return std::span(squares_).subspan(row * stride_, stride_);
}

void Critic::Mirror() {
  for (int moment = 0; moment < kMoments; ++moment) {
    for (int i = 0; i < features_; ++i) {
      const std::span<float> sums = SumsOf(moment, i);
      for (int j = i + 1; j < features_; ++j) sums[j] = SumsOf(moment, j)[i];
    }
  }
}

void Critic::Multiply(std::span<const float> in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kShrinkage * in[i];
  for (int i = 0; i < features_; ++i) {
    for (int tau_in = 0; tau_in < 2; ++tau_in) {
      for (int tau_out = 0; tau_out < 2; ++tau_out) {
        AddScaled(in[tau_in * stride_ + i], SumsOf(tau_in + tau_out, i),
                  out.subspan(tau_out * stride_, stride_));
      }
    }
  }
}

// Conjugate gradients with the diagonal as preconditioner.
void Critic::Fit() {
  Mirror();
  const auto precondition = [this] {
    for (int tau = 0; tau < 2; ++tau) {
      for (int i = 0; i < features_; ++i) {
        const int at = tau * stride_ + i;
        scaled_[at] = residual_[at] / (SumsOf(2 * tau, i)[i] + kShrinkage);
      }
    }
    return Dot(residual_, scaled_);
  };
  Multiply(weights_, multiplied_);
  for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] = products_[i] - multiplied_[i];
  std::ranges::fill(direction_, 0.0F);
  float previous = 1;
  for (int step = 0; step < kSolverSteps; ++step) {
    const float size = precondition();
    if (size < kSolved) return;
    for (std::size_t i = 0; i < direction_.size(); ++i) {
      direction_[i] = scaled_[i] + size / previous * direction_[i];
    }
    Multiply(direction_, multiplied_);
    const float curvature = Dot(direction_, multiplied_);
    if (curvature <= 0) return;  // by rounding, in sums over very many events
    const float length = size / curvature;
    AddScaled(length, direction_, weights_);
    AddScaled(-length, multiplied_, residual_);
    previous = size;
  }
}

void Critic::VisitState(StateArchive* archive) {
  archive->Numbers<std::int64_t>("critic.batches", batches_);
  archive->Array<float>("critic.squares", squares_);
  archive->Array<float>("critic.products", products_);
  archive->Array<float>("critic.weights", weights_);
}

}  // namespace rltuner
