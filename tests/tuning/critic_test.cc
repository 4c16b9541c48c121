// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/critic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/core/state_archive.h"
#include "rltuner/nn/model.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::FloatNear;
using testing::Pointwise;

constexpr int kSteps = 4, kSequences = 64, kRows = 2;
constexpr NetworkShape kCriticShape{.vocabulary = 5, .hidden = 3, .layers = 2, .context = 4};

// States and rows of a batch, [T, B, S] and [T, B, K].
struct Batch {
  explicit Batch(Random& random) {
    for (int i = 0; i < kSteps * kSequences; ++i) {
      for (int s = 0; s < kCriticShape.state_size(); ++s) states.push_back(random.Uniform() - 0.5F);
      rows.push_back(static_cast<int>(random.Below(5)));
      rows.push_back(5 + static_cast<int>(random.Below(4)));
    }
  }

  // The top layer's h, [H].
  std::span<const float> hidden(int t, int b) const {
    return std::span(states).subspan((t * kSequences + b) * kCriticShape.state_size() +
                                         kCriticShape.h_offset(kCriticShape.layers - 1),
                                     kCriticShape.hidden);
  }

  void BeHeard(Critic* critic) const {
    const int size = kCriticShape.state_size();
    for (int t = 0; t < kSteps; ++t) {
      for (int b = 0; b < kSequences; ++b) {
        const int event = t * kSequences + b;
        critic->Hear(t, b, std::span(states).subspan(event * size, size),
                     std::span(rows).subspan(event * kRows, kRows));
      }
    }
  }

  std::vector<float> states;
  std::vector<int> rows;
};

// What a linear critic can know exactly: a part of the state, of which a share stays constant and a
// share falls evenly over the sequence, of the last row another, and a number for each step.
float KnownReturn(const Batch& batch, int t, int b) {
  const float tau = static_cast<float>(kSteps - 1 - t) / kSteps;
  const int row = batch.rows[(t * kSequences + b) * kRows + 1];
  return batch.hidden(t, b)[0] + 2 * tau * batch.hidden(t, b)[2] +
         0.5F * static_cast<float>(row % 3) * (1 - tau) + static_cast<float>(t * t);
}

std::vector<float> KnownReturns(const Batch& batch) {
  std::vector<float> returns;
  for (int t = 0; t < kSteps; ++t) {
    for (int b = 0; b < kSequences; ++b) returns.push_back(KnownReturn(batch, t, b));
  }
  return returns;
}

// The rewards whose returns at this discount are `returns`.
std::vector<float> RewardsFor(std::vector<float> returns, float gamma) {
  for (int i = 0; i < (kSteps - 1) * kSequences; ++i) returns[i] -= gamma * returns[i + kSequences];
  return returns;
}

float SpreadOf(std::span<const float> values) {
  const auto [least, most] = std::ranges::minmax(values);
  return most - least;
}

// The largest difference of two advantages of one step.
float LargestSpread(const std::vector<float>& advantages) {
  float largest = 0;
  for (int t = 0; t < kSteps; ++t) {
    const auto step = std::span(advantages).subspan(t * kSequences, kSequences);
    largest = std::max(largest, SpreadOf(step));
  }
  return largest;
}

std::vector<float> Judged(Critic* critic, const Batch& batch, double gamma, double lambda,
                          std::vector<float> rewards) {
  batch.BeHeard(critic);
  critic->Judge(gamma, lambda, rewards);
  return rewards;
}

Critic Taught(Random& random, double gamma, int batches) {
  Critic critic(kSteps, kSequences, kCriticShape, kRows);
  for (int i = 0; i < batches; ++i) {
    const Batch batch(random);
    Judged(&critic, batch, gamma, 1, RewardsFor(KnownReturns(batch), static_cast<float>(gamma)));
  }
  return critic;
}

TEST(Critic, KnowsNothingAtFirst) {
  Random random(1, 1);
  Critic critic(kSteps, kSequences, kCriticShape, kRows);
  std::vector<float> rewards, expected(kSteps * kSequences);
  for (int i = 0; i < kSteps * kSequences; ++i) rewards.push_back(random.Uniform());
  for (int t = 0; t < kSteps; ++t) {
    for (int b = 0; b < kSequences; ++b) {
      for (int k = t; k < kSteps; ++k) {
        expected[t * kSequences + b] +=
            std::pow(0.9F * 0.5F, static_cast<float>(k - t)) * rewards[k * kSequences + b];
      }
    }
  }
  EXPECT_THAT(Judged(&critic, Batch(random), 0.9, 0.5, rewards),
              Pointwise(FloatNear(1e-6F), expected));
}

TEST(Critic, LearnsReturnsThatAreLinear) {
  for (const double lambda : {0.0, 0.7, 1.0}) {
    Random random(2, 1);
    Critic critic = Taught(random, 0.9, 60);
    const Batch batch(random);
    const std::vector<float> returns = KnownReturns(batch);
    const std::vector<float> rewards = RewardsFor(returns, 0.9F);
    EXPECT_LT(LargestSpread(Judged(&critic, batch, 0.9, lambda, rewards)),
              0.05F * LargestSpread(returns))
        << "lambda " << lambda;
  }
}

// The value of the state after an event tells whether the event was good, long before its reward.
TEST(Critic, CreditsAnEventWithTheValueOfWhatFollows) {
  Random random(3, 1);
  Critic critic = Taught(random, 1, 60);
  const Batch batch(random);
  const std::vector<float> advantages =
      Judged(&critic, batch, 1, 0, std::vector<float>(kSteps * kSequences));
  std::vector<float> expected, differences;
  for (int b = 0; b < kSequences; ++b) {
    expected.push_back(KnownReturn(batch, 1, b) - KnownReturn(batch, 0, b));
    differences.push_back(advantages[b] - expected[b]);
  }
  EXPECT_LT(SpreadOf(differences), 0.05F * SpreadOf(expected));
}

// Least squares with a weight of 1 on the squares of u and v, here by elimination in doubles. One
// batch is judged again and again.
TEST(Critic, FitsByLeastSquares) {
  Random random(4, 1);
  const Batch batch(random);
  std::vector<float> returns;
  for (int i = 0; i < kSteps * kSequences; ++i) returns.push_back(random.Uniform());
  Critic critic(kSteps, kSequences, kCriticShape, kRows);
  Judged(&critic, batch, 0, 1, returns);  // gamma 0: rewards are returns

  const int features = kCriticShape.hidden + kCriticShape.vocabulary + kCriticShape.context,
            size = 2 * features;
  std::vector<std::vector<double>> f;  // of each event, less the mean of its step
  std::vector<double> y;
  std::vector<std::vector<double>> raw;
  for (int t = 0; t < kSteps; ++t) {
    const double tau = static_cast<double>(kSteps - 1 - t) / kSteps;
    std::vector<double> mean(size);
    double mean_return = 0;
    for (int b = 0; b < kSequences; ++b) {
      std::vector<double> event(size);
      for (int h = 0; h < kCriticShape.hidden; ++h) event[h] = batch.hidden(t, b)[h];
      for (int k = 0; k < kRows; ++k) {
        event[kCriticShape.hidden + batch.rows[(t * kSequences + b) * kRows + k]] += 1;
      }
      for (int i = 0; i < features; ++i) event[features + i] = tau * event[i];
      for (int i = 0; i < size; ++i) mean[i] += event[i] / kSequences;
      mean_return += returns[t * kSequences + b] / static_cast<double>(kSequences);
      raw.push_back(event);
    }
    for (int b = 0; b < kSequences; ++b) {
      f.push_back(raw[t * kSequences + b]);
      for (int i = 0; i < size; ++i) f.back()[i] -= mean[i];
      y.push_back(returns[t * kSequences + b] - mean_return);
    }
  }
  std::vector<std::vector<double>> a(size, std::vector<double>(size + 1));
  for (std::size_t e = 0; e < f.size(); ++e) {
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) a[i][j] += f[e][i] * f[e][j];
      a[i][size] += f[e][i] * y[e];
    }
  }
  for (int i = 0; i < size; ++i) a[i][i] += 0.1;  // the batch counts as ten: 1 + .9 + .81 ...
  for (int i = 0; i < size; ++i) {
    for (int row = 0; row < size; ++row) {
      if (row == i) continue;
      const double times = a[row][i] / a[i][i];
      for (int j = i; j <= size; ++j) a[row][j] -= times * a[i][j];
    }
  }
  std::vector<float> advantages;
  for (int i = 0; i < 400; ++i) advantages = Judged(&critic, batch, 0, 1, returns);
  std::vector<float> expected;
  for (int e = 0; e < kSteps * kSequences; ++e) {
    double value = 0;
    for (int i = 0; i < size; ++i) value += raw[e][i] * a[i][size] / a[i][i];
    expected.push_back(returns[e] - static_cast<float>(value));
  }
  EXPECT_THAT(advantages, Pointwise(FloatNear(1e-3F), expected));
}

TEST(Critic, EqualReturnsTeachNothing) {
  Random random(6, 1);
  Critic critic(kSteps, kSequences, kCriticShape, kRows);
  std::vector<float> advantages;
  for (int i = 0; i < 20; ++i) {
    advantages =
        Judged(&critic, Batch(random), 1, 0.5, std::vector<float>(kSteps * kSequences, 3.0F));
  }
  EXPECT_THAT(std::span(advantages).last(kSequences), testing::Each(testing::FloatNear(3, 1e-4F)));
}

TEST(Critic, GoesOnFromASavedState) {
  Random random(5, 1);
  Critic critic = Taught(random, 0.9, 7);
  const TemporaryFolder folder;
  StateArchive archive;
  critic.VisitState(&archive);
  WriteSafetensors(folder / "critic", archive.tensors(), {});
  const SafetensorsFile file(folder / "critic");
  StateArchive saved(file);
  Critic restored(kSteps, kSequences, kCriticShape, kRows);
  restored.VisitState(&saved);
  for (int i = 0; i < 5; ++i) {
    const Batch batch(random);
    EXPECT_EQ(Judged(&restored, batch, 0.9, 0.8, KnownReturns(batch)),
              Judged(&critic, batch, 0.9, 0.8, KnownReturns(batch)));
  }
}

}  // namespace
}  // namespace rltuner
