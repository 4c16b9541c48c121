// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/late_likelihood.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

constexpr NetworkShape kLateShape{.vocabulary = 7, .hidden = 12, .layers = 2, .context = 3};
constexpr int kLength = 6;

// Plays compositions of one to kLength events at random, beside a stepper that hears one event
// after another.
class LateLikelihoodTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kSeed = 11;

  void PlayOne() {
    if (left_ == 0) {
      at_once_.ResetStates();
      left_ = 1 + static_cast<int>(random_.Below(kLength));
    }
    const std::array<int, 2> heard = {RandomEvent(),
                                      kLateShape.vocabulary + static_cast<int>(random_.Below(3))};
    at_once_.Step(note_rnn_, heard);
    const int action = RandomEvent();
    expected_.push_back(at_once_.outputs(0)[action] - LogSumExp(at_once_.outputs(0)));
    late_.Add(heard, action, --left_ == 0);
    ended_ += left_ == 0;
  }

  void ExpectComputed() {
    ASSERT_EQ(late_.waiting(), static_cast<int>(expected_.size()));
    EXPECT_TRUE(std::ranges::equal(late_.Compute(note_rnn_), expected_));
    EXPECT_EQ(late_.waiting(), 0);
    expected_.clear();
    ended_ = 0;
    if (left_ != 0) {
      EXPECT_TRUE(std::ranges::equal(late_.state(), at_once_.state(0)));
    } else {
      EXPECT_EQ(std::ranges::count(late_.state(), 0.0F), kLateShape.state_size());
    }
  }

  int RandomEvent() { return static_cast<int>(random_.Below(kLateShape.vocabulary)); }

  Random random_{kSeed};
  Network note_rnn_ = Network::Random(kLateShape, random_);
  LateLikelihood late_{kLateShape, 2, kLength};
  BatchStepper at_once_{kLateShape, 1, 2};
  std::vector<float> expected_;
  int left_ = 0, ended_ = 0;
};

TEST_F(LateLikelihoodTest, IsBitForBitThatOfOneEventAfterAnother) {
  SCOPED_TRACE(kSeed);
  for (int i = 0; i < 2000; ++i) {
    PlayOne();
    // When it must be, and now and then in between: at a beginning, in the middle, twice on end.
    if (late_.full() || random_.Below(16) == 0) ExpectComputed();
    if (random_.Below(64) == 0) ExpectComputed();
    if (HasFailure()) FAIL() << "at " << i;
  }
}

TEST_F(LateLikelihoodTest, IsFullOnceAllItsCompositionsHaveEnded) {
  while (ended_ < LateLikelihood::kCompositions) {
    ASSERT_FALSE(late_.full());
    PlayOne();
  }
  EXPECT_TRUE(late_.full());
  ExpectComputed();
  EXPECT_FALSE(late_.full());
}

TEST_F(LateLikelihoodTest, GoesOnFromARestoredState) {
  do PlayOne();
  while (left_ < 2);
  ExpectComputed();
  LateLikelihood restored(kLateShape, 2, kLength);
  restored.SetState(late_.state());
  late_ = std::move(restored);
  while (left_ > 0) PlayOne();
  PlayOne();
  ExpectComputed();
}

}  // namespace
}  // namespace rltuner
