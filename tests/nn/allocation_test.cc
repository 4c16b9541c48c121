// SPDX-License-Identifier: Apache-2.0
// Running and training a network must not wait for the memory manager.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "allocation_count.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/optimizer.h"

namespace rltuner {
namespace {

constexpr NetworkShape kShape{.vocabulary = 38, .hidden = 20, .layers = 2};
constexpr int kBatch = 4;

TEST(Allocation, IsCounted) {
  // Kept alive outside of the action: a compiler may leave out memory that nobody sees.
  std::unique_ptr<int> number;
  EXPECT_EQ(AllocationsOf([&] { number = std::make_unique<int>(1); }), 1);
  EXPECT_EQ(*number, 1);
  FloatBuffer buffer;
  EXPECT_EQ(AllocationsOf([&] { buffer = FloatBuffer(3); }), 1);
  EXPECT_EQ(buffer.size(), 3);
}

TEST(Allocation, NoneInABatchStepper) {
  Random random(1);
  const Network network = Network::Random(kShape, random);
  BatchStepper stepper(kShape, kBatch);
  const std::vector<int> events{0, 1, 14, 37};
  std::vector<float> values(kBatch);
  EXPECT_EQ(AllocationsOf([&] {
              stepper.ResetStates();
              for (int i = 0; i < 3; ++i) stepper.Step(network, events);
              stepper.StepOneOutput(network, events, events, values);
            }),
            0);
}

TEST(Allocation, NoneInATape) {
  constexpr int kSteps = 3;
  Random random(1);
  const Network network = Network::Random(kShape, random);
  Network gradient(kShape);
  Tape tape(kShape, kBatch, kSteps);
  const std::vector<int> events{0, 1, 14, 37};
  const std::vector<float> derivatives(kBatch, 1.0F);
  std::vector<float> values(kBatch);
  EXPECT_EQ(AllocationsOf([&] {
              for (int t = 0; t < kSteps; ++t) {
                tape.Forward(network, t, events);
                for (int b = 0; b < kBatch; ++b) {
                  std::ranges::fill(tape.output_gradients(t, b), 1.0F);
                }
              }
              tape.Backward(network, kSteps, &gradient);
              tape.ForwardOneOutput(network, events, events, values);
              tape.BackwardOneOutput(network, events, derivatives, &gradient);
            }),
            0);
}

TEST(Allocation, NoneInAnOptimizer) {
  Network network(kShape);
  Network target(kShape);
  Network gradient(kShape);
  Optimizer adam(Optimizer::Kind::kAdam, kShape.arena_size());
  EXPECT_EQ(AllocationsOf([&] {
              adam.Step(1e-3, 1, gradient.arena(), network.arena());
              adam.StepAndFollow(1e-3, 1, 0.01F, gradient.arena(), network.arena(), target.arena());
            }),
            0);
}

}  // namespace
}  // namespace rltuner
