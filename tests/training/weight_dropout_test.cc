// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/weight_dropout.h"

#include <gtest/gtest.h>

#include "training_fixtures.h"

namespace rltuner {
namespace {

class WeightDropoutTest : public testing::Test {
 protected:
  WeightDropoutTest() : network_(shape_), dropped_(shape_) {
    for (float& value : network_.arena()) value = 1;
    dropout_.Draw(network_, random_, &dropped_);
  }

  NetworkShape shape_{.vocabulary = 38, .hidden = 100, .layers = 1};
  Random random_{7};
  Network network_, dropped_;
  WeightDropout dropout_{shape_, 0.5, 0.25};
};

TEST_F(WeightDropoutTest, TheShareOfRecurrentWeightsIsDropped) {
  int dropped = 0;
  for (int i = 0; i < 100 * 400; ++i) dropped += dropped_.recurrent(0)[i] == 0 ? 1 : 0;
  EXPECT_NEAR(dropped / 40000.0, 0.25, 0.015);
}

TEST_F(WeightDropoutTest, WhatStaysIsScaledUp) {
  for (int i = 0; i < 100 * 400; ++i) {
    const float value = dropped_.recurrent(0)[i];
    EXPECT_TRUE(value == 0 || value == static_cast<float>(1 / 0.75)) << value;
  }
}

TEST_F(WeightDropoutTest, AHiddenCellIsHiddenFromEveryOutput) {
  int hidden = 0;
  for (int row = 0; row < 100; ++row) {
    const float* weights = dropped_.output() + row * shape_.output_stride();
    for (int i = 1; i < 38; ++i) EXPECT_EQ(weights[i], weights[0]);
    hidden += weights[0] == 0 ? 1 : 0;
  }
  EXPECT_NEAR(hidden, 50, 20);
}

TEST_F(WeightDropoutTest, BiasesAndEventsAreLeftAlone) {
  EXPECT_EQ(dropped_.bias(0)[3], 1);
  EXPECT_EQ(dropped_.input(0)[5], 1);
  EXPECT_EQ(dropped_.output_bias()[2], 1);
}

TEST_F(WeightDropoutTest, TheGradientIsMaskedAsTheWeightsWere) {
  Network gradient = network_;
  dropout_.MaskGradient(&gradient);
  EXPECT_TRUE(SameBits(gradient, dropped_));
}

}  // namespace
}  // namespace rltuner
