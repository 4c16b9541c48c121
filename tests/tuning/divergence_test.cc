// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/divergence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/tuning_run.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

constexpr int kEventsAStep = 5;

TuningOptions WatchedOptions() {
  TuningOptions options;
  options.gradient_every = kEventsAStep;
  return options;
}

TEST(DivergenceWatch, AMoveOfMoreThanOneIsTooMuch) {
  const std::vector<float> start = {1, -1, 0, 2};
  const DivergenceWatch watch(WatchedOptions(), start);
  EXPECT_THAT(watch.Look(50, std::vector<float>{2, 0, 1, 1}), IsEmpty());
  EXPECT_THAT(watch.Look(50, std::vector<float>{2, 0, 1, 0.9F}),
              AllOf(HasSubstr("iteration 50"), HasSubstr("10 gradient steps"),
                    HasSubstr("learning_rate below 0.001")));
}

TEST(DivergenceWatch, LooksEveryTenthOfTheFirstHundredSteps) {
  const DivergenceWatch watch(WatchedOptions(), std::vector<float>(4));
  EXPECT_EQ(watch.NextLook(0), 10 * kEventsAStep);
  EXPECT_EQ(watch.NextLook(49), 10 * kEventsAStep);
  EXPECT_EQ(watch.NextLook(50), 20 * kEventsAStep);
  EXPECT_EQ(watch.NextLook(499), 100 * kEventsAStep);
  EXPECT_EQ(watch.NextLook(500), INT64_MAX);
}

TEST(DivergenceWatch, ALongRunMayMoveFar) {
  const DivergenceWatch watch(WatchedOptions(), std::vector<float>(4));
  EXPECT_THAT(watch.Look(500 * kEventsAStep, std::vector<float>(4, 3.0F)), IsEmpty());
}

// Rewards action 0 until its `healthy`-th sequence, then with an infinity.
class BreakingReward final : public Reward {
 public:
  explicit BreakingReward(int healthy = std::numeric_limits<int>::max()) : healthy_(healthy) {}
  void Start(int /*length*/) override { ++sequences_; }
  float Place(int action) override {
    if (sequences_ > healthy_) return std::numeric_limits<float>::infinity();
    return action == 0 ? 1.0F : 0.0F;
  }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<BreakingReward>(*this); }

 private:
  int healthy_, sequences_ = 0;
};

class BrokenRun : public testing::TestWithParam<std::string> {
 protected:
  BrokenRun() {
    options_.method = GetParam();
    options_.iterations = 20'000;
    options_.length = 4;
    options_.compositions = 8;
    options_.replay_capacity = 300;
    options_.progress_compositions = 20;
  }

  // "" if the run comes to its end.
  std::string ErrorOfRun(const Reward& reward) {
    Random random(3);
    const Network note_rnn = Network::Random({.vocabulary = 5, .hidden = 16, .layers = 1}, random);
    const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, reward, options_);
    const BreakingReward progress_reward;
    TuningRun run(tuning.get(), progress_reward, options_,
                  {.recipe = "r", .checkpoint = folder_ / "checkpoint", .checkpoint_every = 100});
    try {
      run.Run({});
    } catch (const Error& error) {
      stopped_at_ = tuning->iteration();
      return error.what();
    }
    return "";
  }

  std::int64_t EventsAStep() const {
    return GetParam() == "pg" ? options_.compositions * options_.length : options_.gradient_every;
  }

  TemporaryFolder folder_;
  TuningOptions options_;
  std::int64_t stopped_at_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Methods, BrokenRun, testing::Values("q", "psi", "g", "rl-only", "pg"),
                         [](const auto& method) {
                           return method.param == "rl-only" ? "rl_only" : method.param;
                         });

TEST_P(BrokenRun, AdamAtAPointFiveIsNamedWithinAHundredSteps) {
  options_.learning_rate = 0.5;
  EXPECT_THAT(ErrorOfRun(BreakingReward()),
              AllOf(HasSubstr("diverges"), HasSubstr("learning_rate below 0.5")));
  EXPECT_LE(stopped_at_, 100 * EventsAStep());
}

TEST_P(BrokenRun, AdamAtAHundredthIsNoDivergence) {
  options_.learning_rate = 0.01;
  EXPECT_EQ(ErrorOfRun(BreakingReward()), "");
}

TEST_P(BrokenRun, AnInfinityIsNamedWithItsStepItsTensorAndTheLastGoodCheckpoint) {
  EXPECT_THAT(ErrorOfRun(BreakingReward(40)),
              MatchesRegex("tuning failed at iteration [0-9]+: the gradient of [a-z0-9_]+ is not "
                           "finite .*; the last good checkpoint is in .*checkpoint"));
  std::vector<std::string> warnings;
  EXPECT_TRUE(CheckpointFolder(folder_ / "checkpoint", "tuning").Load(&warnings).has_value());
  EXPECT_THAT(warnings, IsEmpty());
}

}  // namespace
}  // namespace rltuner
