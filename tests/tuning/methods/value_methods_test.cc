// SPDX-License-Identifier: Apache-2.0
// The worth that each method gives to a next state, from its equation.
#include "rltuner/tuning/methods/value_methods.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rltuner/core/random.h"

namespace rltuner {
namespace {

// A state of which everything is known. The likeliest action by one network is not the other's.
struct NextState {
  explicit NextState(int actions) {
    Random random(actions);
    for (int a = 0; a < actions; ++a) {
      target.push_back(2 * random.Uniform());
      online.push_back(2 * random.Uniform());
      log_prior.push_back(-3 * random.Uniform());
    }
    target[actions - 1] = 3;
    online[actions - 2] = 3;
  }

  float ValueBy(const ValueMethod& method) const {
    return method.NextValue(
        target, method.UsesOnlineValues() ? std::span(online) : std::span<const float>(),
        method.UsesLogPrior() ? std::span(log_prior) : std::span<const float>());
  }

  std::vector<float> target, online, log_prior;
};

// The size of a vocabulary; from 65 on more than is summed at once.
class NextValueTest : public testing::TestWithParam<int> {
 protected:
  const NextState state_{GetParam()};
  TuningOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Actions, NextValueTest, testing::Values(2, 38, 63, 64, 65, 128, 200),
                         testing::PrintToStringParamName());

TEST_P(NextValueTest, OfQIsTheTargetsValueOfTheActionThatTheNetworkLikesBest) {
  EXPECT_EQ(state_.ValueBy(*MakeQLearning(options_)), state_.target[GetParam() - 2]);
  options_.double_q = false;
  EXPECT_EQ(state_.ValueBy(*MakeQLearning(options_)), 3);
}

TEST_P(NextValueTest, OfRlOnlyIsAsOfQ) {
  EXPECT_EQ(state_.ValueBy(*MakeRlOnly(options_)), state_.target[GetParam() - 2]);
  options_.double_q = false;
  EXPECT_EQ(state_.ValueBy(*MakeRlOnly(options_)), 3);
}

TEST_P(NextValueTest, OfPsiIsTheLogOfTheSummedExponentials) {
  double sum = 0;
  for (const float value : state_.target) sum += std::exp(value);
  EXPECT_NEAR(state_.ValueBy(*MakePsiLearning(options_)), std::log(sum), 1e-5);
}

TEST_P(NextValueTest, OfGIsTheLogOfTheExponentialsMeanUnderTheNoteRnn) {
  double sum = 0;
  for (int a = 0; a < GetParam(); ++a) {
    sum += std::exp(static_cast<double>(state_.log_prior[a]) + state_.target[a]);
  }
  EXPECT_NEAR(state_.ValueBy(*MakeGLearning(options_)), std::log(sum), 1e-5);
}

}  // namespace
}  // namespace rltuner
