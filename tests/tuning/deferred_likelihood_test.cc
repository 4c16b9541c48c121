// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/deferred_likelihood.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

constexpr NetworkShape kDeferredShape{.vocabulary = 7, .hidden = 12, .layers = 2};
constexpr int kLength = 6;
constexpr int kCompositions = 3;

// Plays compositions at random, beside a stepper that hears one event after another.
class DeferredLikelihoodTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kSeed = 11;

  void Begin() {
    event_ = RandomEvent();
    at_once_.ResetStates();
    deferred_.Start();
    left_ = kLength;
  }

  void PlayOne() {
    at_once_.Step(note_rnn_, {&event_, 1});
    const int heard = std::exchange(event_, RandomEvent());
    expected_.push_back(at_once_.outputs(0)[event_] - LogSumExp(at_once_.outputs(0)));
    deferred_.Add({&heard, 1}, event_, --left_ == 0);
  }

  void ExpectComputed() {
    ASSERT_EQ(deferred_.pending(), static_cast<int>(expected_.size()));
    EXPECT_TRUE(std::ranges::equal(deferred_.Compute(note_rnn_), expected_));
    EXPECT_EQ(deferred_.pending(), 0);
    expected_.clear();
    if (left_ == 0) return;
    EXPECT_TRUE(std::ranges::equal(deferred_.state(), at_once_.state(0)));
  }

  int RandomEvent() { return static_cast<int>(random_.Below(kDeferredShape.vocabulary)); }

  Random random_{kSeed};
  Network note_rnn_ = Network::Random(kDeferredShape, random_);
  DeferredLikelihood deferred_{kDeferredShape, kLength, kCompositions};
  BatchStepper at_once_{kDeferredShape, 1};
  std::vector<float> expected_;
  int event_ = 0, left_ = 0;
};

TEST_F(DeferredLikelihoodTest, IsBitForBitThatOfOneEventAfterAnother) {
  SCOPED_TRACE(kSeed);
  for (int i = 0; i < 2000; ++i) {
    if (left_ == 0) {
      if (deferred_.full()) ExpectComputed();
      Begin();
    } else {
      PlayOne();
    }
    // Now and then in between: at a beginning, in the middle, at an end, twice on end.
    if (random_.Below(8) == 0) ExpectComputed();
    if (HasFailure()) FAIL() << "at " << i;
  }
}

TEST_F(DeferredLikelihoodTest, IsFullWhenAllItsCompositionsHaveEnded) {
  for (int composition = 0; composition < kCompositions; ++composition) {
    EXPECT_FALSE(deferred_.full());
    Begin();
    for (int i = 0; i < kLength; ++i) {
      EXPECT_FALSE(deferred_.full());
      PlayOne();
    }
  }
  EXPECT_TRUE(deferred_.full());
  ExpectComputed();
  EXPECT_FALSE(deferred_.full());
}

TEST_F(DeferredLikelihoodTest, GoesOnFromWhatWasSaved) {
  Begin();
  PlayOne();
  PlayOne();
  ExpectComputed();
  DeferredLikelihood resumed(kDeferredShape, kLength, kCompositions);
  resumed.Restore(deferred_.state());
  EXPECT_EQ(resumed.pending(), 0);
  deferred_.Add({&event_, 1}, 4, false);
  resumed.Add({&event_, 1}, 4, false);
  EXPECT_EQ(resumed.Compute(note_rnn_)[0], deferred_.Compute(note_rnn_)[0]);
}

}  // namespace
}  // namespace rltuner
