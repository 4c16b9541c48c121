// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/value_learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tuning/distance.h"
#include "tuning/saved.h"

namespace rltuner {
namespace {

constexpr NetworkShape kStepShape{.vocabulary = 7, .hidden = 5, .layers = 1};

struct StepCase {
  std::string name;
  TuningOptions options;
};

void PrintTo(const StepCase& step, std::ostream* out) { *out << step.name; }

// A memory of transitions, as a composition of four events after another would leave them.
ReplayBuffer Remembered(const MethodInfo& method, bool terminal, Random& random) {
  ReplayBuffer replay({.capacity = 40,
                       .state_size = kStepShape.state_size(),
                       .vocabulary = kStepShape.vocabulary,
                       .keeps_log_prior = method.policy == PolicyForm::kPriorTimesOutputs,
                       .keeps_after_last = !terminal});
  const auto state = [&] {
    std::vector<float> values(kStepShape.state_size());
    for (float& value : values) value = 2 * random.Uniform() - 1;
    return values;
  };
  const auto log_prior = [&] {
    std::vector<float> values(kStepShape.vocabulary);
    for (float& value : values) value = -3 * random.Uniform();
    return values;
  };
  const auto event = [&] { return static_cast<int>(random.Below(kStepShape.vocabulary)); };
  for (int i = 0; i < 30; ++i) {
    const bool last = i % 4 == 3;
    const bool with_prior = method.policy == PolicyForm::kPriorTimesOutputs;
    const bool bootstraps = last && !terminal;
    const auto heard = event();
    const auto before = state();
    const auto prior = with_prior ? log_prior() : std::vector<float>();
    const auto action = event();
    const float reward = 4 * random.Uniform() - 2;
    replay.Add({.inputs = {&heard, 1},
                .state = before,
                .log_prior = prior,
                .action = action,
                .reward = reward,
                .last = last,
                .state_after = bootstraps ? state() : std::vector<float>(),
                .log_prior_after = bootstraps && with_prior ? log_prior() : std::vector<float>()});
  }
  return replay;
}

// What a step should do, from its definition, one transition after the other.
struct PlainStep {
  PlainStep(const MethodInfo& method, const TuningOptions& options, const Network& network_before,
            const Network& target_before, Optimizer& optimizer, const ReplayBuffer& replay,
            Random& random)
      : network(network_before), target(target_before) {
    Network gradient(kStepShape);
    for (int i = 0; i < options.minibatch; ++i) {
      const auto sample = static_cast<int>(random.Below(replay.sampleable()));
      Add(method, options, replay.at(sample), &gradient);
    }
    const Clipped clipped =
        ClipGradient(options.clipping == "tensor", options.clip_norm, &gradient);
    gradient_norm = clipped.norm;
    optimizer.Step(options.learning_rate, clipped.factor, gradient.arena(), network.arena());
    for (std::size_t i = 0; i < target.arena().size(); ++i) {
      float& weight = target.arena()[i];
      weight += static_cast<float>(options.eta) * (network.arena()[i] - weight);
    }
  }

  Network network, target;
  double loss = 0, gradient_norm = 0;

 private:
  static std::vector<float> Outputs(const Network& of, std::span<const float> state, int event) {
    BatchStepper stepper(kStepShape, 1);
    stepper.SetState(0, state);
    stepper.Step(of, {&event, 1});
    return {stepper.outputs(0).begin(), stepper.outputs(0).end()};
  }

  // Of s'; Double Q-learning as van Hasselt et al. (2015) define it.
  double NextWorth(const MethodInfo& method, const TuningOptions& options,
                   const ReplayBuffer::Transition& transition) const {
    const std::vector<float> values = Outputs(target, transition.next_state, transition.action);
    if (!method.can_be_double || !options.double_q)
      return method.next_value(values, transition.next_log_prior);
    const std::vector<float> online = Outputs(network, transition.next_state, transition.action);
    return values[std::ranges::max_element(online) - online.begin()];
  }

  void Add(const MethodInfo& method, const TuningOptions& options,
           const ReplayBuffer::Transition& transition, Network* gradient) {
    double worth = transition.reward;
    if (!transition.last || !options.terminal) {
      worth += options.gamma * NextWorth(method, options, transition);
    }
    Tape tape(kStepShape, 1, 1);
    tape.SetState(0, transition.state);
    tape.Forward(network, 0, transition.inputs);
    const double error = tape.outputs(0, 0)[transition.action] - worth;
    loss += error * error / options.minibatch;
    std::ranges::fill(tape.output_gradients(0, 0), 0.0F);
    tape.output_gradients(0, 0)[transition.action] =
        static_cast<float>(2 * error / options.minibatch);
    tape.Backward(network, 1, gradient);
  }
};

// Compositions of one event have no s' at all.
TEST(ValueLearner, TakesAMinibatchOfLastEventsOnly) {
  TuningOptions options;
  options.minibatch = 2;
  const MethodInfo& method = MethodNamed("q");
  ReplayBuffer replay({.capacity = 8,
                       .state_size = kStepShape.state_size(),
                       .vocabulary = kStepShape.vocabulary,
                       .keeps_log_prior = false,
                       .keeps_after_last = false});
  const std::vector<float> state(kStepShape.state_size());
  for (int i = 0; i < 4; ++i) {
    replay.Add({.inputs = std::array{1},
                .state = state,
                .log_prior = {},
                .action = 2,
                .reward = 0.5F,
                .last = true,
                .state_after = {},
                .log_prior_after = {}});
  }
  Random random(5);
  const Network start = Network::Random(kStepShape, random);
  BatchStepper stepper(kStepShape, 1);
  const int event = 1;
  stepper.Step(start, {&event, 1});
  const double error = stepper.outputs(0)[2] - 0.5;
  ValueLearner learner(method, start, options);
  learner.Draw(replay, random);
  EXPECT_NEAR(learner.Learn(replay).loss, error * error, 1e-6);
}

class GradientStepTest : public testing::TestWithParam<StepCase> {};

TEST_P(GradientStepTest, IsAsDefined) {
  const auto& [name, options] = GetParam();
  const MethodInfo& method = MethodNamed(options.method);
  Random random(3);
  const ReplayBuffer replay = Remembered(method, options.terminal, random);
  const Network start = Network::Random(kStepShape, random);
  ValueLearner learner(method, start, options);
  Optimizer optimizer(Optimizer::Kind::kAdam, start.arena().size());
  Random samples(4);
  Random plain_samples(4);
  Network target = start;
  for (int i = 1; i <= 5; ++i) {
    SCOPED_TRACE(testing::Message() << "step " << i);
    const Network before = learner.network();
    learner.Draw(replay, samples);
    const ValueLearner::Step step = learner.Learn(replay);
    const PlainStep plain(method, options, before, target, optimizer, replay, plain_samples);
    EXPECT_NEAR(step.loss, plain.loss, 1e-5 * plain.loss);
    EXPECT_NEAR(step.gradient_norm, plain.gradient_norm, 1e-5 * plain.gradient_norm);
    EXPECT_LT(Distance(learner.network().arena(), plain.network.arena()),
              0.001 * Distance(before.arena(), plain.network.arena()));
    const std::vector<float> new_target = Saved<float>(learner, "target");
    EXPECT_LT(Distance(new_target, plain.target.arena()),
              0.001 * Distance(target.arena(), plain.target.arena()));
    std::ranges::copy(new_target, target.arena().begin());
  }
}

std::vector<StepCase> StepCases() {
  std::vector<StepCase> cases;
  const auto add = [&](std::string name, const char* method) -> TuningOptions& {
    TuningOptions options;
    options.method = method;
    options.minibatch = 12;
    options.gamma = 0.7;
    options.learning_rate = 0.01;
    options.eta = 0.1;
    cases.push_back({std::move(name), options});
    return cases.back().options;
  };
  add("DoubleQ", "q");
  add("Q", "q").double_q = false;
  add("Psi", "psi");
  add("G", "g");
  add("BootstrappedQ", "q").terminal = false;
  add("BootstrappedG", "g").terminal = false;
  add("ShortGradients", "q").clip_norm = 0.1;
  add("SomeShortGradients", "q").clip_norm = 0.8;
  TuningOptions& by_tensor = add("ShortGradientsByTensor", "q");
  by_tensor.clip_norm = 0.1;
  by_tensor.clipping = "tensor";
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Methods, GradientStepTest, testing::ValuesIn(StepCases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace rltuner
