// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rltuner {
namespace {

TEST(Optimizer, AdamFollowsThePublishedRecurrence) {
  Optimizer adam(Optimizer::Kind::kAdam, 1);
  std::vector<float> parameter = {1.0F};
  double m = 0;
  double v = 0;
  double expected = 1;
  for (int t = 1; t <= 20; ++t) {
    const float gradient = std::sin(static_cast<float>(t));
    adam.Step(1e-2, 1.0F, std::vector<float>{gradient}, parameter);
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient * gradient;
    const double m_hat = m / (1 - std::pow(0.9, t));
    const double v_hat = v / (1 - std::pow(0.999, t));
    expected -= 1e-2 * m_hat / (std::sqrt(v_hat) + 1e-8);
    ASSERT_NEAR(parameter[0], expected, 1e-5) << "step " << t;
  }
}

TEST(Optimizer, AdagradFollowsThePublishedRecurrence) {
  Optimizer adagrad(Optimizer::Kind::kAdagrad, 1);
  std::vector<float> parameter = {1.0F};
  double sum = 0.1;
  double expected = 1;
  for (int t = 1; t <= 20; ++t) {
    const float gradient = std::cos(static_cast<float>(t));
    adagrad.Step(0.5, 1.0F, std::vector<float>{gradient}, parameter);
    sum += static_cast<double>(gradient) * gradient;
    expected -= 0.5 * gradient / std::sqrt(sum);
    ASSERT_NEAR(parameter[0], expected, 1e-5) << "step " << t;
  }
}

TEST(Optimizer, FollowingEqualsAStepThenATargetUpdate) {
  for (const Optimizer::Kind kind : {Optimizer::Kind::kAdam, Optimizer::Kind::kAdagrad}) {
    Optimizer fused(kind, 3);
    Optimizer plain(kind, 3);
    std::vector<float> a = {1, 2, 3};
    std::vector<float> b = a;
    std::vector<float> target = {0, 0, 5};
    std::vector<float> expected = target;
    for (int t = 0; t < 5; ++t) {
      std::vector<float> gradient = {0.5F, -1, static_cast<float>(t)};
      plain.Step(0.1, 0.5F, gradient, b);
      fused.StepAndFollow(0.1, 0.5F, 0.01F, gradient, a, target);
      for (int i = 0; i < 3; ++i) {
        expected[i] += 0.01F * (b[i] - expected[i]);
        EXPECT_NEAR(a[i], b[i], 1e-6);
        EXPECT_NEAR(target[i], expected[i], 1e-6);
        EXPECT_EQ(gradient[i], 0.0F);
      }
    }
  }
}

TEST(ClipGradient, GlobalNormGivesAFactorForTheWholeArena) {
  Network gradient(NetworkShape{.vocabulary = 3, .hidden = 2, .layers = 1});
  gradient.output()[0] = 3;
  gradient.bias(0)[1] = 4;
  const auto [norm, factor] = ClipGradient(/*per_tensor=*/false, 1.0, &gradient);
  EXPECT_DOUBLE_EQ(norm, 5.0);
  EXPECT_FLOAT_EQ(factor, 0.2F);
  EXPECT_EQ(gradient.output()[0], 3);
}

TEST(ClipGradient, PerTensorScalesOnlyTheTensorThatIsTooLong) {
  Network gradient(NetworkShape{.vocabulary = 3, .hidden = 2, .layers = 1});
  gradient.output()[0] = 3;
  gradient.bias(0)[1] = 0.5F;
  EXPECT_EQ(ClipGradient(/*per_tensor=*/true, 1.0, &gradient).factor, 1);
  EXPECT_FLOAT_EQ(gradient.output()[0], 1.0F);
  EXPECT_FLOAT_EQ(gradient.bias(0)[1], 0.5F);
}

TEST(ClipGradient, ANotANumberShowsInTheNorm) {
  Network gradient(NetworkShape{.vocabulary = 3, .hidden = 2, .layers = 1});
  gradient.output()[2] = NAN;
  EXPECT_TRUE(std::isnan(ClipGradient(/*per_tensor=*/false, 1.0, &gradient).norm));
  EXPECT_EQ(gradient.FirstNonFinite(), "output");  // the tensor to name
}

TEST(AddL2Gradient, LeavesBiasesAlone) {
  Network network(NetworkShape{.vocabulary = 3, .hidden = 2, .layers = 1});
  network.recurrent(0)[0] = 2;
  network.bias(0)[0] = 2;
  Network gradient(network.shape());
  AddL2Gradient(network, 0.25, &gradient);
  EXPECT_FLOAT_EQ(gradient.recurrent(0)[0], 0.5F);
  EXPECT_FLOAT_EQ(gradient.bias(0)[0], 0.0F);
}

}  // namespace
}  // namespace rltuner
