// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/note_rnn_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "rltuner/training/training_run.h"
#include "test_support.h"
#include "training_fixtures.h"

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The training of one iteration that moves every parameter by its gradient: Adagrad, whose first
// step is rate * g / sqrt(initial accumulator + g^2), undone.
std::vector<double> GradientOf(const NetworkOptions& network, TrainingOptions options,
                               const TrainingData& data) {
  options.optimizer = "adagrad";
  options.learning_rate = 1;
  options.clip = 1e9;
  NoteRnnTraining training(network, options, data, 1);
  const Network before = training.best();
  training.Step();
  const Network& after = training.best();
  std::vector<double> gradient;
  for (std::size_t i = 0; i < before.arena().size(); ++i) {
    const double step = static_cast<double>(before.arena()[i]) - after.arena()[i];
    gradient.push_back(step * std::sqrt(0.1 / (1 - step * step)));
  }
  return gradient;
}

void RunToTheEnd(NoteRnnTraining& training) {
  while (!training.done() && training.failure().empty()) training.Step();
}

TEST(NoteRnnTraining, LearnsAPatternToNearlyNoLoss) {
  const Melodies melodies = PatternMelodies(8, 32);
  TrainingOptions options = SmallTraining();
  options.iterations = 300;
  options.learning_rate = 0.02;
  NoteRnnTraining training(SmallNetwork(), options, {melodies.Spans(), melodies.Spans()}, 1);
  RunToTheEnd(training);
  EXPECT_LT(training.progress().best.log_perplexity, 0.02);
  EXPECT_EQ(training.progress().best.accuracy, 1);
}

TEST(NoteRnnTraining, TwoLayersLearnToo) {
  const Melodies melodies = PatternMelodies(8, 32);
  TrainingOptions options = SmallTraining();
  options.iterations = 300;
  options.learning_rate = 0.02;
  NoteRnnTraining training({.hidden = 12, .layers = 2}, options,
                           {melodies.Spans(), melodies.Spans()}, 1);
  RunToTheEnd(training);
  EXPECT_LT(training.progress().best.log_perplexity, 0.1);
}

TEST(NoteRnnTraining, TheFirstLossIsThatOfGuessing) {
  const Melodies melodies = RandomMelodies(30, 20, 40, 1);
  NoteRnnTraining training(SmallNetwork(), SmallTraining(), {melodies.Spans(), {}}, 1);
  training.Step();
  EXPECT_NEAR(training.progress().loss, std::log(38.0), 0.2);
}

// Windows of different lengths share a group: what a short one is fed past its end must not count.
TEST(NoteRnnTraining, PaddingHasNoGradient) {
  TrainingOptions options = SmallTraining();
  options.batch = 2;
  const Melodies both{{{14, 1, 18, 0, 21, 1, 1, 1, 16, 1}, {14, 1, 30, 1}}};
  const Melodies first{{both.events[0]}};
  const Melodies second{{both.events[1]}};
  options.prime = false;
  const auto sum = GradientOf(SmallNetwork(), options, {both.Spans(), {}});
  options.batch = 1;
  const auto one = GradientOf(SmallNetwork(), options, {first.Spans(), {}});
  const auto two = GradientOf(SmallNetwork(), options, {second.Spans(), {}});
  for (std::size_t i = 0; i < sum.size(); ++i) {
    ASSERT_NEAR(sum[i], (9 * one[i] + 3 * two[i]) / 12, 2e-6) << i;
  }
}

// Events before the counted ones are fed, but nothing is asked of them.
TEST(NoteRnnTraining, StepsLeftOutHaveNoLoss) {
  TrainingOptions options = SmallTraining();
  options.batch = 1;
  options.prime = false;
  options.first_steps_left_out = 3;
  const Melodies melodies{{{14, 1, 18, 0, 21, 1}}};
  NoteRnnTraining training(SmallNetwork(), options, {melodies.Spans(), {}}, 1);
  training.Step();
  EXPECT_EQ(training.progress().events, 2);
}

TEST(NoteRnnTraining, TheGradientOfLeftOutStepsIsZeroForTheirClasses) {
  TrainingOptions options = SmallTraining();
  options.batch = 1;
  options.prime = false;
  options.first_steps_left_out = 2;
  const Melodies melodies{{{14, 1, 33, 0, 21}}};
  const auto gradient = GradientOf(SmallNetwork(), options, {melodies.Spans(), {}});
  const Network shape({.vocabulary = 38, .hidden = 12, .layers = 1});
  const std::size_t bias = shape.tensors().back().offset;
  EXPECT_GT(gradient[bias + 33], 0);  // never a counted target: only pushed down
  EXPECT_LT(gradient[bias + 0], 0);
}

// The mean gradient of the loss against differences of the loss itself.
TEST(NoteRnnTraining, TheGradientIsThatOfTheMeanLoss) {
  TrainingOptions options = SmallTraining();
  options.batch = 2;
  options.first_steps_left_out = 1;
  options.prime = false;
  const Melodies melodies{{{14, 1, 18, 0, 21, 1, 1}, {16, 1, 30, 1}}};
  const TrainingData data{melodies.Spans(), {}};
  const auto gradient = GradientOf(SmallNetwork(), options, data);
  NoteRnnTraining training(SmallNetwork(), options, data, 1);
  Network network = training.best();
  const auto loss = [&] {
    return MeasureHeldOut(network, data.training, false, 1, 1).log_perplexity;
  };
  for (const TensorView& tensor : network.tensors()) {
    for (int column = 0; column < tensor.columns; column += 7) {
      const std::size_t i = tensor.offset + column;
      float& value = network.arena()[i];
      const float before = value;
      value = before + 0.01F;
      const double above = loss();
      value = before - 0.01F;
      const double below = loss();
      value = before;
      EXPECT_NEAR(gradient[i], (above - below) / 0.02, 2e-4) << tensor.name << ' ' << column;
    }
  }
}

// Bars of random events, each played four times: only one who looks back can know the repeats.
TEST(NoteRnnTraining, LookingBackItLearnsToRepeatBarsThatItNeverHeard) {
  Melodies melodies = RandomMelodies(200, 4, 4, 9);
  for (std::vector<std::uint8_t>& events : melodies.events) {
    for (int i = 0; i < 12; ++i) events.push_back(events[i]);
  }
  const Melodies held_out{{melodies.events.begin(), melodies.events.begin() + 40}};
  melodies.events.erase(melodies.events.begin(), melodies.events.begin() + 40);
  TrainingOptions options = SmallTraining();
  options.iterations = 200;
  options.learning_rate = 0.02;
  TrainingData data{melodies.Spans(), held_out.Spans()};
  data.coding.encoding.inputs = {Input::kEvent, Input::kLookback1};
  data.coding.context_of = [](MelodyEvents) { return MelodyContext{.metre = {1, 4}}; };
  NoteRnnTraining training(SmallNetwork(), options, data, 1);
  RunToTheEnd(training);
  EXPECT_LT(training.progress().best.log_perplexity, 0.5 * std::log(38.0));
}

TEST(NoteRnnTraining, ThreadsDoNotChangeABit) {
  const Melodies melodies = RandomMelodies(60, 3, 50, 4);
  TrainingOptions options = SmallTraining();
  options.batch = 100;
  options.recurrent_dropout = 0.2;
  options.weight_average = 0.9;
  const TrainingData data{melodies.Spans(), melodies.Spans()};
  NoteRnnTraining one(SmallNetwork(), options, data, 1);
  NoteRnnTraining three(SmallNetwork(), options, data, 3);
  RunToTheEnd(one);
  RunToTheEnd(three);
  EXPECT_TRUE(SameBits(one.best(), three.best()));
}

TEST(NoteRnnTraining, ThreadsDoNotChangeABitOfSimilarLengths) {
  const Melodies melodies = RandomMelodies(150, 3, 30, 8);
  TrainingOptions options = SmallTraining();
  options.batch = 64;
  options.similar_lengths = true;
  NoteRnnTraining one(SmallNetwork(), options, {melodies.Spans(), {}}, 1);
  NoteRnnTraining two(SmallNetwork(), options, {melodies.Spans(), {}}, 2);
  RunToTheEnd(one);
  RunToTheEnd(two);
  EXPECT_TRUE(SameBits(one.best(), two.best()));
}

// Each batch holds only short or only long melodies. Half of all melodies start with event 5.
TEST(NoteRnnTraining, MelodiesOfSimilarLengthWeighAllTheSame) {
  Melodies melodies;
  for (int i = 0; i < 100; ++i) melodies.events.emplace_back(2, 5);
  for (int i = 0; i < 100; ++i) melodies.events.emplace_back(14, 9);
  TrainingOptions options = SmallTraining();
  options.iterations = 600;
  options.batch = 4;
  options.similar_lengths = true;
  options.weight_average = 0.99;
  NoteRnnTraining training(SmallNetwork(), options, {melodies.Spans(), {}}, 1);
  RunToTheEnd(training);
  const Melodies first = {{{5}}};
  EXPECT_NEAR(MeasureHeldOut(training.best(), first.Spans(), true, 0, 1).log_perplexity,
              std::log(2.0), 0.2);
}

TEST(NoteRnnTraining, AnotherSeedGivesOtherWeights) {
  const Melodies melodies = RandomMelodies(60, 3, 50, 4);
  TrainingOptions options = SmallTraining();
  NoteRnnTraining one(SmallNetwork(), options, {melodies.Spans(), {}}, 1);
  options.seed = 2;
  NoteRnnTraining other(SmallNetwork(), options, {melodies.Spans(), {}}, 1);
  RunToTheEnd(one);
  RunToTheEnd(other);
  EXPECT_FALSE(SameBits(one.best(), other.best()));
}

// Random melodies hold nothing to learn but the training ones by heart.
TEST(NoteRnnTraining, PatienceEndsItAndTheBestWeightsAreKept) {
  const Melodies melodies = RandomMelodies(4, 30, 40, 5);
  const Melodies held_out = RandomMelodies(20, 30, 40, 6);
  TrainingOptions options = SmallTraining();
  options.iterations = 5000;
  options.learning_rate = 0.02;
  options.patience = 3;
  NoteRnnTraining training(SmallNetwork(), options, {melodies.Spans(), held_out.Spans()}, 1);
  RunToTheEnd(training);
  EXPECT_TRUE(training.ended_early());
  const TrainingProgress& progress = training.progress();
  EXPECT_EQ(progress.iteration, progress.best_iteration + 3 * options.evaluation_interval);
  EXPECT_EQ(MeasureHeldOut(training.best(), held_out.Spans(), true, 0, 1).log_perplexity,
            progress.best.log_perplexity);
}

TEST(NoteRnnTraining, WithoutHeldOutMelodiesTheLastWeightsAreTheResult) {
  const Melodies melodies = PatternMelodies(4, 32);
  NoteRnnTraining training(SmallNetwork(), SmallTraining(), {melodies.Spans(), {}}, 1);
  const Network first = training.best();
  RunToTheEnd(training);
  EXPECT_FALSE(SameBits(training.best(), first));
}

TEST(NoteRnnTraining, AdamAtAPointFiveIsNamedWithinAHundredIterations) {
  const Melodies melodies = RandomMelodies(60, 20, 50, 7);
  TrainingOptions options = SmallTraining();
  options.iterations = 100;
  options.steps_per_window = 64;
  options.learning_rate = 0.5;
  NoteRnnTraining training({.hidden = 100, .layers = 1}, options, {melodies.Spans(), {}}, 1);
  RunToTheEnd(training);
  EXPECT_THAT(training.failure(), AllOf(HasSubstr("diverges"), HasSubstr("learning_rate")));
}

TEST(NoteRnnTraining, AdagradAtAPointFiveIsNoDivergence) {
  const Melodies melodies = RandomMelodies(60, 20, 50, 7);
  TrainingOptions options = SmallTraining();
  options.iterations = 100;
  options.steps_per_window = 64;
  options.optimizer = "adagrad";
  options.learning_rate = 0.5;
  NoteRnnTraining training({.hidden = 100, .layers = 1}, options, {melodies.Spans(), {}}, 1);
  RunToTheEnd(training);
  EXPECT_EQ(training.failure(), "");
}

TEST(NoteRnnTraining, NoMelodyLongEnoughIsAnError) {
  const Melodies melodies = PatternMelodies(3, 20);
  TrainingOptions options = SmallTraining();
  options.first_steps_left_out = 32;
  EXPECT_THAT(ErrorOf([&] {
                NoteRnnTraining training(SmallNetwork(), options, {melodies.Spans(), {}}, 1);
              }),
              HasSubstr("no training melody has more than 32 events"));
}

}  // namespace
}  // namespace rltuner
