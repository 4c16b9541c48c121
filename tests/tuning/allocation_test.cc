// SPDX-License-Identifier: Apache-2.0
// A tuning run must not wait for the memory manager once it has started.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "allocation_count.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/policy.h"

namespace rltuner {
namespace {

constexpr NetworkShape kShape{.vocabulary = 38, .hidden = 20, .layers = 1};

class RewardsEvenActions final : public Reward {
 public:
  void Start(int /*length*/) override {}
  float Place(int action) override { return action % 2 == 0 ? 1.0F : 0.0F; }
  std::unique_ptr<Reward> Clone() const override {
    return std::make_unique<RewardsEvenActions>(*this);
  }
};

class TuningAllocation : public testing::TestWithParam<std::string> {};

TEST_P(TuningAllocation, NoneInAdvance) {
  for (const bool terminal : {true, false}) {
    for (const char* exploration : {"epsilon-greedy", "boltzmann"}) {
      SCOPED_TRACE(std::string(exploration) + (terminal ? ", terminal" : ", bootstrapped"));
      Random random(1);
      const Network note_rnn = Network::Random(kShape, random);
      TuningOptions options;
      options.method = GetParam();
      options.replay_capacity = 200;
      options.compositions = 8;
      options.terminal = terminal;
      options.exploration = exploration;
      options.gae_lambda = terminal ? 1 : 0.9;
      const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, RewardsEvenActions(), options);
      tuning->Advance(64);  // the first compositions and gradient steps
      EXPECT_EQ(AllocationsOf([&] { tuning->Advance(1024); }), 0);
    }
  }
}

std::vector<std::string> NamesOfRewardMethods() {
  std::vector<std::string> names;
  for (const MethodInfo* method : RewardMethods()) names.emplace_back(method->name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryMethod, TuningAllocation, testing::ValuesIn(NamesOfRewardMethods()),
                         [](const testing::TestParamInfo<std::string>& method) {
                           std::string name = method.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(PolicyAllocation, NoneInStep) {
  Random random(1);
  const Network network = Network::Random(kShape, random);
  const Network note_rnn = Network::Random(kShape, random);
  Policy policy({.network = &network, .note_rnn = &note_rnn, .form = PolicyForm::kOutputs}, 4);
  const std::vector<int> events{0, 1, 14, 37};
  EXPECT_EQ(AllocationsOf([&] {
              policy.Reset();
              policy.Step(events);
            }),
            0);
}

}  // namespace
}  // namespace rltuner
