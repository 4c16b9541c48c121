// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "melody/write_melodies.h"
#include "rltuner/cli/command_line.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/model.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TrainCommandTest : public testing::Test {
 protected:
  TrainCommandTest() {
    WriteDataset("melodies.safetensors", 30, 0.2);
    model_ = (folder_ / "model.safetensors").string();
  }

  void WriteDataset(const std::string& name, int count, double held_out) const {
    Random random(1);
    std::vector<std::vector<std::uint8_t>> melodies(static_cast<std::size_t>(count));
    for (std::vector<std::uint8_t>& events : melodies) {
      events.resize(40);
      for (std::uint8_t& event : events) event = static_cast<std::uint8_t>(random.Below(38));
    }
    WriteMelodies(folder_ / name, melodies, held_out);
  }

  // Exit code; a training that takes milliseconds unless `more` says otherwise.
  int Train(const std::vector<std::string>& more, const std::string& dataset = "") {
    std::vector<std::string> arguments = {
        "train",        dataset.empty() ? (folder_ / "melodies.safetensors").string() : dataset,
        "--output",     model_,
        "--hidden",     "8",
        "--batch",      "8",
        "--iterations", "6",
        "--threads",    "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  int Run(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err};
    const int code = RunCommandLine(arguments, console);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  TemporaryFolder folder_;
  std::string model_, out_, err_;
};

TEST_F(TrainCommandTest, WritesAModelAndSaysHowGoodItIs) {
  EXPECT_EQ(Train({}), 0) << err_;
  EXPECT_EQ(ReadModel(model_).network.shape().hidden, 8);
  EXPECT_THAT(out_, AllOf(HasSubstr("held-out accuracy"), HasSubstr("held-out log perplexity")));
}

TEST_F(TrainCommandTest, TheModelHoldsTheResolvedRecipe) {
  Train({"--l2", "0.125"});
  EXPECT_THAT(ReadModel(model_).recipe, AllOf(HasSubstr("hidden = 8"), HasSubstr("l2 = 0.125")));
}

TEST_F(TrainCommandTest, TheSameCommandGivesTheSameFile) {
  Train({});
  const std::vector<std::uint8_t> first = ReadFile(model_);
  Train({});
  EXPECT_EQ(ReadFile(model_), first);
}

TEST_F(TrainCommandTest, ResumeTakesItsOptionsFromTheCheckpointAndExtends) {
  // Measured where the shorter run ends, too, so that both may keep the same weights.
  Train({"--iterations", "12", "--evaluation-interval", "6"});
  const std::vector<std::uint8_t> whole = ReadFile(model_);
  Train({"--evaluation-interval", "6"});
  const int code = Run({"train", (folder_ / "melodies.safetensors").string(), "--output", model_,
                        "--resume", "--iterations", "12"});
  EXPECT_EQ(code, 0) << err_;
  EXPECT_EQ(ReadFile(model_), whole);
}

TEST_F(TrainCommandTest, ResumeWithOtherOptionsIsRefused) {
  Train({});
  EXPECT_EQ(Train({"--resume", "--l2", "0.5"}), 2);
  EXPECT_THAT(err_, HasSubstr("l2 = 0.0 there, [training] l2 = 0.5 here"));
}

TEST_F(TrainCommandTest, ResumeStartsFromTheBeginningWhereNothingWasSaved) {
  ASSERT_EQ(Train({}), 0);
  const std::vector<std::uint8_t> whole = ReadFile(model_);
  const std::filesystem::path checkpoints = model_ + ".checkpoint";
  for (const bool there : {false, true}) {
    std::filesystem::remove_all(checkpoints);
    std::filesystem::remove(model_);
    if (there) WriteFileAtomically(checkpoints / ".rltuner-0-0.tmp", std::string_view("x"));
    ASSERT_EQ(Train({"--resume"}), 0) << err_;
    EXPECT_THAT(err_, HasSubstr("nothing is saved in"));
    EXPECT_EQ(ReadFile(model_), whole);
  }
}

TEST_F(TrainCommandTest, ResumeDoesNotPassOverADamagedCheckpoint) {
  WriteFileAtomically(model_ + ".checkpoint/newest.safetensors", std::string_view("damaged"));
  EXPECT_EQ(Train({"--resume"}), 2);
  EXPECT_THAT(err_, HasSubstr("newest.safetensors"));
}

// Without --recipe it is 'default', whose values the help shows.
TEST_F(TrainCommandTest, NoRecipeIsTheDefaultRecipe) {
  ASSERT_EQ(Train({}), 0) << err_;
  const std::string bare = ReadModel(model_).recipe;
  ASSERT_EQ(Train({"--recipe", "default"}), 0) << err_;
  EXPECT_EQ(ReadModel(model_).recipe, bare);
}

TEST_F(TrainCommandTest, NothingHeldOutIsAWarning) {
  WriteDataset("all.safetensors", 5, 0);
  EXPECT_EQ(Train({}, (folder_ / "all.safetensors").string()), 0);
  EXPECT_THAT(err_, HasSubstr("nothing is held out"));
}

TEST_F(TrainCommandTest, AMissingDatasetIsNamed) {
  EXPECT_EQ(Train({}, "no-such-file"), 2);
  EXPECT_THAT(err_, HasSubstr("no-such-file"));
}

TEST_F(TrainCommandTest, AFolderAsOutputIsRefusedBeforeTraining) {
  model_ = folder_.path().string();
  EXPECT_EQ(Train({}), 2);
  EXPECT_THAT(err_, HasSubstr("is a folder"));
}

TEST_F(TrainCommandTest, WhatCannotBeWrittenIsToldBeforeTraining) {
  EXPECT_EQ(Train({"--curve", model_}), 2);
  EXPECT_THAT(err_, HasSubstr("is also another file"));
  WriteFileAtomically(model_ + ".checkpoint", std::string_view("text"));
  EXPECT_EQ(Train({"--iterations", "1000000000"}), 2);
  EXPECT_THAT(err_, HasSubstr("checkpoint: Not a directory"));
}

TEST_F(TrainCommandTest, AnErrorIsOneLineWithoutTheWarningsBeforeIt) {
  ASSERT_EQ(Train({}), 0) << err_;
  WriteDataset("all.safetensors", 5, 0);
  EXPECT_EQ(Train({"--curve", model_}, (folder_ / "all.safetensors").string()), 2);
  EXPECT_THAT(err_, AllOf(HasSubstr("is also another file"), Not(HasSubstr("warning"))));
  EXPECT_EQ(Train({}), 0);
  EXPECT_THAT(err_, HasSubstr("the checkpoint of an earlier run will be replaced"));
  model_ += ".another";
  EXPECT_EQ(Train({"--resume"}, "no-such-file"), 2);
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
}

TEST_F(TrainCommandTest, ADivergingRunIsOneLineThatSaysWhatToDo) {
  EXPECT_EQ(Train({"--hidden", "100", "--iterations", "200", "--learning-rate", "3"}), 2);
  EXPECT_THAT(err_, HasSubstr("try a learning_rate below 3"));
}

TEST_F(TrainCommandTest, TheCurveIsWritten) {
  const std::string curve = (folder_ / "curve.csv").string();
  Train({"--curve", curve, "--evaluation-interval", "2"});
  const std::string text = ReadTextFile(curve);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
}

}  // namespace
}  // namespace rltuner::cli
