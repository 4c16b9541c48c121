// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/training_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "melody/write_melodies.h"
#include "test_support.h"
#include "training_fixtures.h"

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class TrainingRunTest : public testing::Test {
 protected:
  TrainingRunTest() {
    options_.optimizer = "adam";
    options_.output_dropout = 0.2;
    options_.recurrent_dropout = 0.2;
    options_.weight_average = 0.9;
  }

  NoteRnnTraining Training() const {
    return NoteRnnTraining(SmallNetwork(), options_, {melodies_.Spans(), held_out_.Spans()}, 1);
  }

  // Runs to iteration `stop`, saves, and goes on in a new object.
  NoteRnnTraining StoppedAndGoneOn(std::int64_t stop) const {
    NoteRnnTraining training = Training();
    const TrainingCallbacks callbacks{
        .progress = {}, .should_stop = [&] { return training.progress().iteration == stop; }};
    EXPECT_EQ(RunTraining(options_, folder_, callbacks, &training), TrainingEnd::kStopped);
    NoteRnnTraining other = Training();
    std::vector<std::string> warnings;
    other.Restore(*folder_.Load(&warnings));
    RunTraining(options_, folder_, {}, &other);
    return other;
  }

  TrainingOptions options_ = SmallTraining();
  Melodies melodies_ = RandomMelodies(60, 3, 50, 4);
  Melodies held_out_ = RandomMelodies(10, 3, 50, 5);
  TemporaryFolder temporary_;
  CheckpointFolder folder_{temporary_ / "m.checkpoint", "training"};
};

TEST_F(TrainingRunTest, AdamGoesOnBitForBit) {
  NoteRnnTraining whole = Training();
  RunTraining(options_, folder_, {}, &whole);
  const NoteRnnTraining gone_on = StoppedAndGoneOn(7);
  EXPECT_TRUE(SameBits(gone_on.best(), whole.best()));
  EXPECT_EQ(LearningCurveCsv(gone_on.history()), LearningCurveCsv(whole.history()));
}

TEST_F(TrainingRunTest, AdagradGoesOnBitForBit) {
  options_.optimizer = "adagrad";
  options_.weight_average = 0;
  NoteRnnTraining whole = Training();
  RunTraining(options_, folder_, {}, &whole);
  EXPECT_TRUE(SameBits(StoppedAndGoneOn(11).best(), whole.best()));
}

TEST_F(TrainingRunTest, AFinishedRunIsExtended) {
  NoteRnnTraining whole = Training();
  RunTraining(options_, folder_, {}, &whole);
  options_.iterations = 40;
  NoteRnnTraining longer = Training();
  std::vector<std::string> warnings;
  longer.Restore(*folder_.Load(&warnings));
  EXPECT_FALSE(longer.done());
  EXPECT_EQ(longer.progress().iteration, 20);
}

TEST_F(TrainingRunTest, ACheckpointOfAnotherRecipeIsRefused) {
  NoteRnnTraining training = Training();
  RunTraining(options_, folder_, {}, &training);
  options_.l2 = 0.001;
  NoteRnnTraining other = Training();
  std::vector<std::string> warnings;
  EXPECT_THAT(ErrorOf([&] { other.Restore(*folder_.Load(&warnings)); }),
              HasSubstr("[training] l2 = 0.0 there, [training] l2 = 0.001 here"));
}

TEST_F(TrainingRunTest, ACheckpointOfAnotherDatasetIsRefused) {
  NoteRnnTraining training = Training();
  RunTraining(options_, folder_, {}, &training);
  melodies_.events.pop_back();
  NoteRnnTraining other = Training();
  std::vector<std::string> warnings;
  EXPECT_THAT(ErrorOf([&] { other.Restore(*folder_.Load(&warnings)); }),
              AllOf(HasSubstr("the dataset differs"), HasSubstr("60 there"), HasSubstr("59 here")));
}

TEST_F(TrainingRunTest, AFailureNamesTheLastCheckpoint) {
  options_ = SmallTraining();
  options_.iterations = 100;
  options_.steps_per_window = 64;
  options_.learning_rate = 0.5;
  options_.checkpoint_interval = 2;
  const Melodies melodies = RandomMelodies(60, 20, 50, 7);
  NoteRnnTraining training({.hidden = 100, .layers = 1}, options_, {melodies.Spans(), {}}, 1);
  EXPECT_THAT(ErrorOf([&] { RunTraining(options_, folder_, {}, &training); }),
              AllOf(HasSubstr("diverges"), HasSubstr("m.checkpoint, is of iteration")));
}

TEST_F(TrainingRunTest, ANumberThatIsNotFiniteNamesTheIterationTheTensorAndTheCheckpoint) {
  options_ = SmallTraining();
  options_.learning_rate = 3e38;
  options_.checkpoint_interval = 1;
  NoteRnnTraining training = Training();
  EXPECT_THAT(
      ErrorOf([&] { RunTraining(options_, folder_, {}, &training); }),
      AllOf(StartsWith("training broke at iteration 2: "), HasSubstr("first in tensor input_l0"),
            HasSubstr("m.checkpoint, is of iteration 1")));
}

TEST_F(TrainingRunTest, ProgressIsToldAfterEveryIteration) {
  NoteRnnTraining training = Training();
  std::int64_t told = 0;
  const TrainingCallbacks callbacks{
      .progress = [&](const TrainingProgress& progress) { EXPECT_EQ(progress.iteration, ++told); },
      .should_stop = {}};
  EXPECT_EQ(RunTraining(options_, folder_, callbacks, &training), TrainingEnd::kFinished);
  EXPECT_EQ(told, options_.iterations);
}

TEST_F(TrainingRunTest, TheCurveHasALineForEachMeasurement) {
  NoteRnnTraining training = Training();
  RunTraining(options_, folder_, {}, &training);
  const std::string csv = LearningCurveCsv(training.history());
  EXPECT_THAT(csv, StartsWith("iteration,learning_rate,loss,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 4);
}

// Sequences of tokens, which TokenSequences only views.
using Tokens = std::vector<std::vector<std::uint16_t>>;

TokenSequences Views(const Tokens& tokens, int vocabulary, double held_out = 0) {
  return {{tokens.begin(), tokens.end()}, vocabulary, held_out};
}

TEST_F(TrainingRunTest, TokensInMemoryGiveTheWeightsOfADataset) {
  const Melodies melodies = RandomMelodies(60, 3, 50, 8);
  WriteMelodies(temporary_ / "d", melodies.events, .3);
  Tokens tokens;
  for (const auto& events : melodies.events) tokens.emplace_back(events.begin(), events.end());
  const TrainedNoteRnn one = Train(Dataset(temporary_ / "d"), SmallNetwork(), options_);
  const TrainedNoteRnn other = Train(Views(tokens, 38, .3), SmallNetwork(), options_);
  EXPECT_TRUE(SameBits(one.model.network, other.model.network));
  EXPECT_EQ(LearningCurveCsv(one.history), LearningCurveCsv(other.history));
  EXPECT_GT(one.history.back().held_out.steps, 0);
  EXPECT_EQ(other.model.encoding, "");
}

TEST_F(TrainingRunTest, ALargeVocabularyIsLearnt) {
  constexpr int kVocabulary = 65'536;
  constexpr std::uint16_t kLast = kVocabulary - 1;
  options_ = SmallTraining();
  options_.iterations = 60;
  options_.learning_rate = .1;
  options_.batch = 4;
  const Tokens tokens(20, {255, kLast, 511, kLast});
  const TrainedNoteRnn trained = Train(Views(tokens, kVocabulary), SmallNetwork(), options_);
  EXPECT_EQ(trained.model.network.shape().vocabulary, kVocabulary);
  EXPECT_GT(trained.history.front().loss, 3);
  EXPECT_LT(trained.history.back().loss, .1);
}

TEST_F(TrainingRunTest, ACheckpointOfOtherTokensIsRefused) {
  const auto train = [&](std::uint16_t last) {
    const Tokens tokens(20, {1, 2, last});
    Train(Views(tokens, 600), SmallNetwork(), options_,
          {.checkpoint = folder_.path(), .resume = true});
  };
  train(3);
  train(3);
  EXPECT_THAT(ErrorOf([&] { train(3 + 256); }), HasSubstr("the dataset differs"));
}

TEST_F(TrainingRunTest, TokensThatCannotBeLearntAreNamed) {
  const Tokens tokens(20, {1, 2, 9});
  const auto error = [&](int vocabulary, const NetworkOptions& network) {
    return ErrorOf([&] { Train(Views(tokens, vocabulary), network, options_); });
  };
  EXPECT_THAT(error(65'537, SmallNetwork()),
              HasSubstr("the vocabulary has 65537 tokens; training expects 2 .. 65536"));
  EXPECT_THAT(error(1, SmallNetwork()), HasSubstr("the vocabulary has 1 tokens"));
  EXPECT_THAT(error(9, SmallNetwork()), HasSubstr("has event 9; expected 0 .. 8"));
  EXPECT_THAT(error(10, {.inputs = "position"}), HasSubstr("inputs and bars are for melodies"));
  options_.bars = 2;
  EXPECT_THAT(error(10, SmallNetwork()), HasSubstr("inputs and bars are for melodies"));
}

TEST_F(TrainingRunTest, OptionsThatAProgramSetsBeyondTheirRangesAreNamed) {
  const Tokens tokens(5, {3, 4, 5});
  const auto error = [&](const NetworkOptions& network, const TrainingOptions& options) {
    return ErrorOf([&] { Train(Views(tokens, 38), network, options); });
  };
  EXPECT_THAT(error({.hidden = 0}, {}), HasSubstr("network: hidden is 0, expected"));
  EXPECT_THAT(error({}, {.batch = 0}), HasSubstr("training: batch is 0, expected"));
  EXPECT_THAT(error({}, {.decay_steps = 0}), HasSubstr("decay_steps is 0, expected"));
}

TEST_F(TrainingRunTest, WarnsThatNothingIsHeldOutAndOfAnEarlierCheckpoint) {
  const Tokens tokens(5, {3, 4, 5});
  std::vector<std::string> lines;
  const auto train = [&] {
    Train(Views(tokens, 38, 0), SmallNetwork(), options_, {.checkpoint = folder_.path()},
          {.warn = [&](const std::string& line) { lines.push_back(line); }});
  };
  train();
  EXPECT_THAT(lines, testing::ElementsAre(HasSubstr("nothing is held out")));
  lines.clear();
  train();
  EXPECT_THAT(
      lines, testing::ElementsAre(HasSubstr("will be replaced"), HasSubstr("nothing is held out")));
}

TEST_F(TrainingRunTest, MelodiesThatAreAllHeldOutAreNamed) {
  const Tokens tokens(5, {3, 4, 5});
  EXPECT_THAT(ErrorOf([&] { Train(Views(tokens, 38, 1), SmallNetwork(), options_); }),
              HasSubstr("all 5 melodies are held out"));
}

}  // namespace
}  // namespace rltuner
