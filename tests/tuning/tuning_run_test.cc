// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/tuning_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/methods.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::HasSubstr;

class TuningRunTest : public testing::Test {
 protected:
  TuningRunTest() {
    options_.iterations = 5000;
    options_.length = 4;
    options_.replay_capacity = 300;
    options_.progress_every = 1000;
    options_.progress_compositions = 20;
    Random random(3);
    note_rnn_ = std::make_unique<Network>(
        Network::Random({.vocabulary = 3, .hidden = 6, .layers = 1}, random));
  }

  struct Outcome {
    TuningEnd end;
    std::vector<float> weights;
    std::string csv;
  };

  // Runs, or goes on, until `stop_after` iterations.
  Outcome Run(bool resume, std::int64_t stop_after = INT64_MAX, const std::string& recipe = "r") {
    const std::unique_ptr<Tuning> tuning = StartTuning(*note_rnn_, SmallReward(), options_);
    TuningRun run(
        tuning.get(), reward_, options_,
        {.recipe = recipe, .checkpoint = folder_.path() / "checkpoint", .checkpoint_every = 1500});
    std::vector<std::string> warnings;
    if (resume) run.Resume(&warnings);
    const TuningEnd end = run.Run({.progress = {}, .measured = {}, .should_stop = [&] {
                                     return tuning->iteration() >= stop_after;
                                   }});
    const auto weights = tuning->Networks().network->arena();
    return {end, {weights.begin(), weights.end()}, ProgressCsv(run.rows())};
  }

  TemporaryFolder folder_;
  TuningOptions options_;
  SmallReward reward_;
  std::unique_ptr<Network> note_rnn_;
};

TEST_F(TuningRunTest, StoppedAndGoneOnWithGivesTheSameModelAndProgress) {
  const Outcome undisturbed = Run(false);
  EXPECT_EQ(undisturbed.end, TuningEnd::kFinished);
  EXPECT_EQ(Run(false, 2000).end, TuningEnd::kStopped);
  EXPECT_EQ(Run(true, 4000).end, TuningEnd::kStopped);
  const Outcome resumed = Run(true);
  EXPECT_EQ(resumed.end, TuningEnd::kFinished);
  EXPECT_EQ(resumed.weights, undisturbed.weights);
  EXPECT_EQ(resumed.csv, undisturbed.csv);
}

TEST_F(TuningRunTest, ARunThatWasKilledGoesOnFromItsLastCheckpoint) {
  const Outcome undisturbed = Run(false);
  Run(false, 4000);
  // As if the process had ended right after an earlier checkpoint.
  std::filesystem::remove(folder_.path() / "checkpoint" / "newest.safetensors");
  EXPECT_EQ(Run(true).weights, undisturbed.weights);
}

TEST_F(TuningRunTest, ProgressHasARowForTheStartAndEveryInterval) {
  const std::string csv = Run(false).csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 1 + 5);
  EXPECT_THAT(csv, HasSubstr("\n5000,"));
}

TEST_F(TuningRunTest, ACheckpointOfAnotherRecipeIsRefused) {
  Run(false, 2000, "[tuning]\nc = 0.5\n");
  const std::string message = ErrorOf([&] { Run(true, INT64_MAX, "[tuning]\nc = 0.7\n"); });
  EXPECT_THAT(message, HasSubstr("c = 0.5"));
}

TEST_F(TuningRunTest, ACheckpointOfAnotherNoteRnnIsRefused) {
  Run(false, 2000);
  note_rnn_->arena()[0] += 1;
  EXPECT_THAT(ErrorOf([&] { Run(true); }), HasSubstr("Note RNN"));
}

TEST_F(TuningRunTest, ResumingWithNothingSavedStartsFromTheBeginning) {
  const Outcome resumed = Run(true);
  std::filesystem::remove_all(folder_ / "checkpoint");
  EXPECT_EQ(resumed.weights, Run(false).weights);
}

TEST_F(TuningRunTest, AFinishedRunKnowsItIsFinished) {
  const std::unique_ptr<Tuning> tuning = StartTuning(*note_rnn_, reward_, options_);
  const TuneOptions run_options{.recipe = "r", .checkpoint = folder_.path() / "checkpoint"};
  TuningRun run(tuning.get(), reward_, options_, run_options);
  run.Run({});
  run.MarkFinished();
  const std::unique_ptr<Tuning> again = StartTuning(*note_rnn_, reward_, options_);
  TuningRun resumed(again.get(), reward_, options_, run_options);
  std::vector<std::string> warnings;
  resumed.Resume(&warnings);
  EXPECT_TRUE(resumed.finished());
  EXPECT_EQ(resumed.rows().size(), run.rows().size());
}

TEST_F(TuningRunTest, ResumingAFinishedRunReturnsItsModelAtOnce) {
  const Model model{.network = *note_rnn_, .prior = {}};
  const TuneOptions run_options{.checkpoint = folder_.path() / "checkpoint", .resume = true};
  std::vector<std::int64_t> seen;
  const TuningCallbacks callbacks{
      .progress = [&](std::int64_t at, const ProgressRow& /*row*/) { seen.push_back(at); }};
  const TunedModel first = Tune(model, reward_, options_, run_options, callbacks);
  EXPECT_EQ(seen.back(), options_.iterations);
  seen.clear();
  std::map<std::filesystem::path, std::string> saved;
  for (const auto& file : std::filesystem::directory_iterator(run_options.checkpoint)) {
    saved[file.path()] = ReadTextFile(file.path());
  }
  EXPECT_FALSE(saved.empty());
  for (const auto& [path, text] : saved) std::filesystem::last_write_time(path, {});
  const TunedModel again = Tune(model, reward_, options_, run_options, callbacks);
  for (const auto& [path, text] : saved) {
    EXPECT_EQ(ReadTextFile(path), text);
    EXPECT_EQ(std::filesystem::last_write_time(path), std::filesystem::file_time_type());
  }
  EXPECT_THAT(seen, testing::IsEmpty());
  EXPECT_THAT(again.model.network.arena(), testing::ElementsAreArray(first.model.network.arena()));
  EXPECT_EQ(ProgressCsv(again.rows), ProgressCsv(first.rows));
}

TEST_F(TuningRunTest, AFinishedRunWithoutItsStateIsNotPlayedAgain) {
  const TuneOptions run_options{.checkpoint = folder_.path() / "checkpoint", .resume = true};
  const std::unique_ptr<Tuning> tuning = StartTuning(*note_rnn_, reward_, options_);
  TuningRun(tuning.get(), reward_, options_, run_options).MarkFinished();
  const Model model{.network = *note_rnn_, .prior = {}};
  EXPECT_THAT(ErrorOf([&] { Tune(model, reward_, options_, run_options); }),
              HasSubstr("checkpoint: the run is finished"));
}

TEST_F(TuningRunTest, ACallerHearsOfALengthAndOfAKlThatDepartFromTheOptions) {
  const Model model{.network = *note_rnn_, .prior = {}};
  std::vector<std::string> lines;
  const TuningCallbacks callbacks{.warn = [&](const std::string& line) { lines.push_back(line); }};
  options_.method = "pg";
  options_.kl_budget = 0.5;
  options_.iterations = 100;
  Tune(model, reward_, options_, {}, callbacks);
  EXPECT_THAT(lines, testing::ElementsAre(HasSubstr("1024 events instead of 100"),
                                          HasSubstr("its budget 0.5: raise --iterations")));
}

TEST_F(TuningRunTest, ACallerHearsOfACollapseOnce) {
  const Model model{.network = *note_rnn_, .prior = {}};
  std::vector<std::string> lines;
  const TuningCallbacks callbacks{.warn = [&](const std::string& line) { lines.push_back(line); }};
  options_.c = 1e-3;
  options_.iterations = 20'000;
  Tune(model, reward_, options_, {}, callbacks);
  EXPECT_THAT(lines, testing::ElementsAre(HasSubstr("plays few different melodies")));
}

TEST(BudgetWarning, SpeaksUpWhenTheBudgetIsMissed) {
  EXPECT_EQ(BudgetWarning(0.21, 0.2), "");
  EXPECT_EQ(BudgetWarning(0.19, 0.2), "");
  EXPECT_THAT(BudgetWarning(1.54, 2), HasSubstr("KL is 1.54 nats per event and its budget 2:"));
  EXPECT_THAT(BudgetWarning(50, 100), HasSubstr("KL is 50 nats per event and its budget 100:"));
  EXPECT_NE(BudgetWarning(0.25, 0.2), "");
}

TEST(CheckOfTuningOptions, EntropyBoundsDoNotMatterWithAKlBudget) {
  TuningOptions options{.method = "pg", .entropy_floor = 2, .entropy_ceiling = 1};
  EXPECT_THROW(Check(options), Error);
  options.kl_budget = 0.2;
  EXPECT_NO_THROW(Check(options));
}

TEST(CollapseWarning, SpeaksUpWhenFewMelodiesAreLeft) {
  const auto warning = [](double entropy, double distinct) {
    return CollapseWarning(std::array<ProgressRow, 2>{
        ProgressRow{.entropy = 1, .distinct = 1},
        ProgressRow{.iteration = 20'000, .entropy = entropy, .distinct = distinct}});
  };
  EXPECT_EQ(warning(1.0, 0.98), "");
  EXPECT_THAT(warning(1.0, 0.2), HasSubstr("at iteration 20000 the policy plays few"));
  EXPECT_THAT(warning(1.0, 0.2), HasSubstr("20 % distinct"));
  EXPECT_THAT(warning(0.01, 0.9), HasSubstr("entropy 0.01"));
}

TEST(CollapseWarning, SaysNothingOfWhatTheNoteRnnPlaysToo) {
  // Sequences of two of three tokens: there are nine.
  const ProgressRow note_rnn{.entropy = 1, .distinct = 0.09};
  const ProgressRow tuned{.iteration = 20'000, .entropy = 0.5, .distinct = 0.04};
  EXPECT_EQ(CollapseWarning(std::array{note_rnn}), "");
  EXPECT_EQ(CollapseWarning(std::array{note_rnn, tuned}), "");
}

TEST_F(TuningRunTest, OptionsThatAProgramSetsBeyondTheirRangesAreNamed) {
  const Model model{.network = *note_rnn_, .prior = {}};
  const auto error = [&](const TuningOptions& options) {
    return ErrorOf([&] { Tune(model, reward_, options); });
  };
  for (const char* method : {"q", "pg"}) {
    EXPECT_THAT(error({.method = method, .c = NAN}), HasSubstr("tuning: c is nan, expected"));
    EXPECT_THAT(error({.method = method, .iterations = 0}), HasSubstr("iterations is 0, expected"));
    EXPECT_THAT(error({.method = method, .length = 0}), HasSubstr("length is 0, expected"));
    EXPECT_THAT(error({.method = method, .gradient_every = 0}), HasSubstr("gradient_every is 0"));
    EXPECT_THAT(error({.method = method, .progress_every = -1}), HasSubstr("progress_every is -1"));
  }
}

}  // namespace
}  // namespace rltuner
