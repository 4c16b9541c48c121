// SPDX-License-Identifier: Apache-2.0
// The worth that each method gives to a next state, from its equation.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

// A state of which everything is known.
struct NextState {
  explicit NextState(int actions) {
    Random random(actions);
    for (int a = 0; a < actions; ++a) {
      target.push_back(2 * random.Uniform());
      log_prior.push_back(-3 * random.Uniform());
    }
    target[actions - 1] = 3;
  }

  float ValueBy(std::string_view name) const {
    const MethodInfo& method = MethodNamed(name);
    const bool takes_log_prior = method.policy == PolicyForm::kPriorTimesOutputs;
    return method.next_value(
        target, takes_log_prior ? std::span<const float>(log_prior) : std::span<const float>());
  }

  std::vector<float> target, log_prior;
};

// The size of a vocabulary; from 65 on more than is summed at once.
class NextValueTest : public testing::TestWithParam<int> {
 protected:
  const NextState state_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Actions, NextValueTest, testing::Values(2, 38, 63, 64, 65, 128, 200),
                         testing::PrintToStringParamName());

// Double Q-learning does not ask for it; what it takes instead is the learner's, and tested there.
TEST_P(NextValueTest, OfQAndRlOnlyIsTheMaximum) {
  for (const char* method : {"q", "rl-only"}) EXPECT_EQ(state_.ValueBy(method), 3) << method;
}

TEST_P(NextValueTest, OfPsiIsTheLogOfTheSummedExponentials) {
  double sum = 0;
  for (const float value : state_.target) sum += std::exp(value);
  EXPECT_NEAR(state_.ValueBy("psi"), std::log(sum), 1e-5);
}

TEST_P(NextValueTest, OfGIsTheLogOfTheExponentialsMeanUnderTheNoteRnn) {
  double sum = 0;
  for (int a = 0; a < GetParam(); ++a) {
    sum += std::exp(static_cast<double>(state_.log_prior[a]) + state_.target[a]);
  }
  EXPECT_NEAR(state_.ValueBy("g"), std::log(sum), 1e-5);
}

}  // namespace
}  // namespace rltuner
