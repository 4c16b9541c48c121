// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/lstm.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "nn/reference_lstm.h"
#include "normal.h"
#include "rltuner/core/random.h"

namespace rltuner {
namespace {

constexpr std::uint64_t kShapesSeed = 20260;

struct Case {
  NetworkShape shape;
  int batch;
};

std::string Name(const NetworkShape& shape) {
  return fmt::format("V{}H{}L{}X{}", shape.vocabulary, shape.hidden, shape.layers, shape.context);
}

// A network with context is fed that many rows of it besides the event.
constexpr int kContextInputs = 2;
int InputsOf(const NetworkShape& shape) { return shape.context == 0 ? 1 : 1 + kContextInputs; }

std::vector<int> RandomInputs(int count, const NetworkShape& shape, Random& random) {
  std::vector<int> inputs;
  for (int i = 0; i < count; ++i) {
    inputs.push_back(static_cast<int>(random.Below(shape.vocabulary)));
    for (int k = 1; k < InputsOf(shape); ++k) {
      inputs.push_back(shape.vocabulary + static_cast<int>(random.Below(shape.context)));
    }
  }
  return inputs;
}

class LstmTest : public testing::TestWithParam<Case> {
 protected:
  std::vector<int> InputsOfAllRows() { return RandomInputs(batch_, shape_, random_); }
  std::span<const int> Of(int b, const std::vector<int>& inputs) const {
    return std::span(inputs).subspan(static_cast<std::size_t>(b) * inputs_, inputs_);
  }

  const NetworkShape& shape_ = GetParam().shape;
  const int batch_ = GetParam().batch;
  const int inputs_ = InputsOf(shape_);
  Random random_{kShapesSeed};
  const Network network_ = Network::Random(shape_, random_);
  const testing::ScopedTrace trace_{__FILE__, __LINE__, kShapesSeed};
};

INSTANTIATE_TEST_SUITE_P(
    Shapes, LstmTest,
    testing::Values(Case{{.vocabulary = 38, .hidden = 100, .layers = 1}, 7},
                    Case{{.vocabulary = 5, .hidden = 3, .layers = 2}, 1},
                    Case{{.vocabulary = 17, .hidden = 16, .layers = 3}, 33},
                    Case{{.vocabulary = 2, .hidden = 1, .layers = 1}, 4},
                    Case{{.vocabulary = 6, .hidden = 5, .layers = 2}, 150},
                    Case{{.vocabulary = 38, .hidden = 37, .layers = 2}, 13},
                    Case{{.vocabulary = 38, .hidden = 40, .context = 90}, 9},
                    Case{{.vocabulary = 3, .hidden = 5, .layers = 2, .context = 2}, 70}),
    [](const auto& test) { return Name(test.param.shape) + fmt::format("B{}", test.param.batch); });

TEST_P(LstmTest, BatchStepperEqualsTheDefinition) {
  const ReferenceLstm reference(network_);
  BatchStepper stepper(shape_, batch_, inputs_);
  std::vector<std::vector<double>> states(batch_, std::vector<double>(shape_.state_size()));
  for (int t = 0; t < 6; ++t) {
    const std::vector<int> inputs = InputsOfAllRows();
    stepper.Step(network_, inputs);
    for (int b = 0; b < batch_; ++b) {
      const std::vector<double> expected = reference.Step(Of(b, inputs), &states[b]);
      for (int v = 0; v < shape_.vocabulary; ++v) {
        ASSERT_NEAR(stepper.outputs(b)[v], expected[v], 2e-5) << "t " << t << " row " << b;
      }
    }
  }
}

TEST_P(LstmTest, ABatchGivesBitForBitWhatSingleStepsGive) {
  BatchStepper together(shape_, batch_, inputs_);
  std::vector<BatchStepper> alone(batch_, BatchStepper(shape_, 1, inputs_));
  for (int t = 0; t < 5; ++t) {
    const std::vector<int> inputs = InputsOfAllRows();
    together.Step(network_, inputs);
    for (int b = 0; b < batch_; ++b) {
      alone[b].Step(network_, Of(b, inputs));
      ASSERT_TRUE(std::ranges::equal(together.outputs(b), alone[b].outputs(0)));
      ASSERT_TRUE(std::ranges::equal(together.state(b), alone[b].state(0)));
    }
  }
}

TEST_P(LstmTest, TapeEqualsTheStepper) {
  BatchStepper stepper(shape_, batch_, inputs_);
  Tape tape(shape_, batch_, 4, inputs_);
  for (int t = 0; t < 4; ++t) {
    const std::vector<int> inputs = InputsOfAllRows();
    stepper.Step(network_, inputs);
    tape.Forward(network_, t, inputs);
    for (int b = 0; b < batch_; ++b) {
      ASSERT_TRUE(std::ranges::equal(stepper.outputs(b), tape.outputs(t, b)));
      ASSERT_TRUE(std::ranges::equal(stepper.state(b), tape.state_after(t, b)));
    }
  }
}

// Two tapes of half the sequences each, and the columns in three parts.
TEST_P(LstmTest, BackwardInPartsGivesTheSameBits) {
  constexpr int kSteps = 4;
  const int half = (batch_ + 1) / 2;
  Tape whole(shape_, batch_, kSteps, inputs_);
  std::vector<Tape> parts{Tape(shape_, half, kSteps, inputs_), Tape(shape_, half, kSteps, inputs_)};
  if (batch_ == 1) parts.pop_back();
  for (int t = 0; t < kSteps; ++t) {
    const std::vector<int> inputs = InputsOfAllRows();
    whole.Forward(network_, t, inputs);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t first = i * half;
      parts[i].Forward(network_, t,
                       std::span(inputs).subspan(
                           first * inputs_, std::min<std::size_t>(half, batch_ - first) * inputs_));
    }
    for (int b = 0; b < batch_; ++b) {
      for (int v = 0; v < shape_.vocabulary; ++v) {
        const float gradient = random_.Uniform() - 0.5F;
        whole.output_gradients(t, b)[v] = gradient;
        parts[b / half].output_gradients(t, b % half)[v] = gradient;
      }
    }
  }
  Network expected(shape_);
  Network gradient(shape_);
  whole.Backward(network_, kSteps, &expected);
  for (Tape& part : parts) part.BackwardStates(network_, kSteps);
  for (int i = 0; i < 3; ++i) {
    for (int t = kSteps - 1; t >= 0; --t) {
      for (const Tape& part : parts) part.AddGradients(t, {.index = i, .count = 3}, &gradient);
    }
  }
  EXPECT_TRUE(std::ranges::equal(gradient.arena(), expected.arena()));
}

TEST_P(LstmTest, OneOutputIsBitForBitThatOfAll) {
  BatchStepper all(shape_, batch_, inputs_);
  all.Step(network_, InputsOfAllRows());
  BatchStepper one = all;
  Tape tape(shape_, batch_, 1, inputs_);
  for (int b = 0; b < batch_; ++b) tape.SetState(b, all.state(b));

  const std::vector<int> inputs = InputsOfAllRows();
  std::vector<int> wanted(batch_);
  for (int& output : wanted) output = static_cast<int>(random_.Below(shape_.vocabulary));
  std::vector<float> stepped(batch_);
  std::vector<float> taped(batch_);
  all.Step(network_, inputs);
  one.StepOneOutput(network_, inputs, wanted, stepped);
  tape.ForwardOneOutput(network_, inputs, wanted, taped);
  for (int b = 0; b < batch_; ++b) {
    SCOPED_TRACE(b);
    EXPECT_EQ(stepped[b], all.outputs(b)[wanted[b]]);
    EXPECT_EQ(taped[b], all.outputs(b)[wanted[b]]);
    EXPECT_TRUE(std::ranges::equal(one.state(b), all.state(b)));
    EXPECT_TRUE(std::ranges::equal(tape.state_after(0, b), all.state(b)));
  }
}

// Where all states are zero, products with them are left out.
TEST_P(LstmTest, ZeroStatesAreBitForBitThoseThatAreSetToZero) {
  const std::vector<float> zero(shape_.state_size());
  BatchStepper reset(shape_, batch_, inputs_);
  BatchStepper set(shape_, batch_, inputs_);
  Tape reset_tape(shape_, batch_, 2, inputs_);
  Tape set_tape(shape_, batch_, 2, inputs_);
  for (int b = 0; b < batch_; ++b) {
    // A reset forgets states that were set.
    reset.SetState(b, std::vector<float>(shape_.state_size(), 0.5F));
    reset_tape.SetState(b, std::vector<float>(shape_.state_size(), 0.5F));
    set.SetState(b, zero);
    set_tape.SetState(b, zero);
  }
  reset.ResetStates();
  reset_tape.ResetStates();
  Network reset_gradient(shape_);
  Network set_gradient(shape_);
  for (int t = 0; t < 2; ++t) {
    const std::vector<int> inputs = InputsOfAllRows();
    reset.Step(network_, inputs);
    set.Step(network_, inputs);
    reset_tape.Forward(network_, t, inputs);
    set_tape.Forward(network_, t, inputs);
    for (int b = 0; b < batch_; ++b) {
      ASSERT_TRUE(std::ranges::equal(reset.outputs(b), set.outputs(b)));
      ASSERT_TRUE(std::ranges::equal(reset.state(b), set.state(b)));
      ASSERT_TRUE(std::ranges::equal(reset_tape.outputs(t, b), set.outputs(b)));
      for (Tape* tape : {&reset_tape, &set_tape}) {
        std::ranges::copy(set.outputs(b), tape->output_gradients(t, b).begin());
      }
    }
  }
  reset_tape.Backward(network_, 2, &reset_gradient);
  set_tape.Backward(network_, 2, &set_gradient);
  EXPECT_TRUE(std::ranges::equal(reset_gradient.arena(), set_gradient.arena()));
}

// loss = sum over steps, rows and outputs of weight * output, with fixed random weights and start
// states; its numeric gradient comes from the double-precision definition.
class GradientCheck {
 public:
  GradientCheck(const NetworkShape& shape, int batch, int steps)
      : shape_(shape),
        batch_(batch),
        steps_(steps),
        random_(kShapesSeed),
        network_(Network::Random(shape, random_)) {
    for (int t = 0; t < steps; ++t) inputs_.push_back(RandomInputs(batch, shape, random_));
    weights_.resize(static_cast<std::size_t>(steps) * batch * shape.vocabulary);
    for (float& weight : weights_) weight = static_cast<float>(Normal(random_));
    start_.resize(static_cast<std::size_t>(batch) * shape.state_size());
    for (float& value : start_) value = 0.5F * static_cast<float>(Normal(random_));
  }

  float* weight(int t, int b) {
    return weights_.data() + (static_cast<std::ptrdiff_t>(t) * batch_ + b) * shape_.vocabulary;
  }
  const Network& network() const { return network_; }
  std::span<const float> start(int b) const {
    return std::span(start_).subspan(static_cast<std::size_t>(b) * shape_.state_size(),
                                     shape_.state_size());
  }

  Tape ForwardAll() {
    Tape tape(shape_, batch_, steps_, InputsOf(shape_));
    for (int b = 0; b < batch_; ++b) tape.SetState(b, start(b));
    for (int t = 0; t < steps_; ++t) tape.Forward(network_, t, inputs_[t]);
    return tape;
  }

  void ExpectMatches(const Network& gradient) {
    ReferenceLstm reference(network_);
    for (const TensorView& tensor : network_.tensors()) {
      // Every entry of a small tensor, some forty of a large one.
      const int total = tensor.rows * tensor.columns;
      const int stride = total > 200 ? total / 41 : 1;
      for (int i = 0; i < total; i += stride) {
        const std::size_t at = tensor.offset +
                               static_cast<std::size_t>(i / tensor.columns) * tensor.stride +
                               i % tensor.columns;
        double& parameter = reference.arena()[at];
        const double before = parameter;
        parameter = before + kStep;
        const double above = Loss(reference);
        parameter = before - kStep;
        const double below = Loss(reference);
        parameter = before;
        const double numeric = (above - below) / (2 * kStep);
        ASSERT_NEAR(gradient.arena()[at], numeric, 1e-4 * std::max(1.0, std::abs(numeric)) + 1e-4)
            << tensor.name << " element " << i;
      }
    }
  }

  void ExpectPaddingIsZero(const Network& gradient) {
    for (const TensorView& tensor : network_.tensors()) {
      for (int row = 0; row < tensor.rows; ++row) {
        for (int column = tensor.columns; column < tensor.stride; ++column) {
          ASSERT_EQ(
              gradient
                  .arena()[tensor.offset + static_cast<std::size_t>(row) * tensor.stride + column],
              0.0F)
              << tensor.name;
        }
      }
    }
  }

 private:
  static constexpr double kStep = 1e-5;

  double Loss(const ReferenceLstm& reference) {
    double loss = 0;
    for (int b = 0; b < batch_; ++b) {
      std::vector<double> state(start(b).begin(), start(b).end());
      for (int t = 0; t < steps_; ++t) {
        const std::vector<double> outputs = reference.Step(
            std::span(inputs_[t])
                .subspan(static_cast<std::size_t>(b) * InputsOf(shape_), InputsOf(shape_)),
            &state);
        for (int v = 0; v < shape_.vocabulary; ++v) loss += weight(t, b)[v] * outputs[v];
      }
    }
    return loss;
  }

  NetworkShape shape_;
  int batch_, steps_;
  Random random_;
  Network network_;
  std::vector<std::vector<int>> inputs_;
  std::vector<float> weights_, start_;
};

class GradientTest : public testing::TestWithParam<NetworkShape> {};

INSTANTIATE_TEST_SUITE_P(
    Shapes, GradientTest,
    testing::Values(NetworkShape{.vocabulary = 5, .hidden = 6, .layers = 1},
                    NetworkShape{.vocabulary = 4, .hidden = 5, .layers = 2},
                    NetworkShape{.vocabulary = 7, .hidden = 4, .layers = 3},
                    NetworkShape{.vocabulary = 38, .hidden = 100, .layers = 1},
                    NetworkShape{.vocabulary = 4, .hidden = 5, .context = 3},
                    NetworkShape{.vocabulary = 4, .hidden = 3, .layers = 2, .context = 5}),
    [](const auto& test) { return Name(test.param); });

TEST_P(GradientTest, BackPropagationThroughTimeEqualsNumericGradients) {
  const NetworkShape shape = GetParam();
  const int steps = shape.hidden > 50 ? 3 : 5;
  GradientCheck check(shape, 3, steps);
  Tape tape = check.ForwardAll();
  for (int t = 0; t < steps; ++t) {
    for (int b = 0; b < 3; ++b) {
      std::copy_n(check.weight(t, b), shape.vocabulary, tape.output_gradients(t, b).begin());
    }
  }
  Network gradient(shape);
  tape.Backward(check.network(), steps, &gradient);
  check.ExpectMatches(gradient);
  check.ExpectPaddingIsZero(gradient);
}

TEST_P(GradientTest, OneOutputPerRowEqualsNumericGradients) {
  const NetworkShape shape = GetParam();
  GradientCheck check(shape, 4, 1);
  const std::vector<int> actions = {1, 3, 1, 0};
  const std::vector<float> derivatives = {0.7F, -1.5F, 0.2F, 2.0F};
  for (int b = 0; b < 4; ++b) {
    std::fill_n(check.weight(0, b), shape.vocabulary, 0.0F);
    check.weight(0, b)[actions[b]] = derivatives[b];
  }
  Tape tape = check.ForwardAll();
  Network gradient(shape);
  tape.BackwardOneOutput(check.network(), actions, derivatives, &gradient);
  check.ExpectMatches(gradient);
  check.ExpectPaddingIsZero(gradient);
}

TEST(Tape, BackwardAddsToTheGradient) {
  const NetworkShape shape{.vocabulary = 4, .hidden = 3, .layers = 1};
  GradientCheck check(shape, 2, 1);
  Network once(shape);
  Network twice(shape);
  for (int pass = 0; pass < 3; ++pass) {
    Tape tape = check.ForwardAll();
    tape.BackwardOneOutput(check.network(), std::vector<int>{1, 2}, std::vector<float>{1, 1},
                           pass == 0 ? &once : &twice);
  }
  for (std::size_t i = 0; i < once.arena().size(); ++i) {
    EXPECT_NEAR(twice.arena()[i], 2 * once.arena()[i], 1e-6);
  }
}

TEST(Network, RowsOfMoreInputsChangeNothingAtFirst) {
  Random random(3);
  const Network network = Network::Random({.vocabulary = 5, .hidden = 6, .layers = 2}, random);
  const Network wide = network.WithContext(4);
  BatchStepper stepper(network.shape(), 1);
  BatchStepper wide_stepper(wide.shape(), 1, 2);
  for (const int event : {1, 4, 0}) {
    const std::array inputs = {event, 5 + event % 4};
    stepper.Step(network, {&event, 1});
    wide_stepper.Step(wide, inputs);
    EXPECT_TRUE(std::ranges::equal(stepper.outputs(0), wide_stepper.outputs(0)));
  }
}

}  // namespace
}  // namespace rltuner
