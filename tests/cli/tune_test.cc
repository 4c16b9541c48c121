// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cli/run_command.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/model_file.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TuneCommandTest : public testing::Test {
 protected:
  TuneCommandTest() {
    Random random(3);
    WriteModel(folder_ / "note_rnn.safetensors",
               {.network = Network::Random({38, 6, 1}, random), .prior = {}, .recipe = {}});
  }

  // A tuning of milliseconds into folder `name` of the test.
  Outcome Tune(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"tune",
                                          "--model",
                                          (folder_ / "note_rnn.safetensors").string(),
                                          "--output",
                                          (folder_ / name).string(),
                                          "--iterations",
                                          "600",
                                          "--threads",
                                          "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunWith(arguments);
  }

  std::string Text(const std::string& name) const { return ReadTextFile(folder_ / name); }

  // Exit code 2, nothing on standard output, and one line that says `what`.
  static void ExpectRefused(const Outcome& outcome, const std::string& what) {
    EXPECT_EQ(outcome.code, kWrongInput);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(what));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }

  TemporaryFolder folder_;
};

TEST_F(TuneCommandTest, EveryMethodWritesAModelThatNamesIt) {
  for (const char* method : {"q", "psi", "g", "rl-only", "pg"}) {
    const Outcome outcome = Tune(method, {"--method", method});
    ASSERT_EQ(outcome.code, kDone) << outcome.err;
    const Model model = ReadModel(folder_ / method / "model.safetensors");
    EXPECT_EQ(model.method, method);
    EXPECT_EQ(model.network.shape().hidden, 6);
    ASSERT_TRUE(model.prior.has_value());
  }
}

TEST_F(TuneCommandTest, TheRecipeItWritesMakesTheSameModel) {
  ASSERT_EQ(Tune("first", {"--method", "g", "--c", "0.7", "--seed", "9"}).code, kDone);
  ASSERT_EQ(Tune("again", {"--recipe", (folder_ / "first/recipe.toml").string()}).code, kDone);
  EXPECT_EQ(Text("again/model.safetensors"), Text("first/model.safetensors"));
}

TEST_F(TuneCommandTest, ProgressHasTheColumnsOfFigure2) {
  ASSERT_EQ(Tune("out", {"--method", "q", "--progress-every", "200"}).code, kDone);
  const std::string csv = Text("out/progress.csv");
  EXPECT_THAT(csv, StartsWith("iteration,"));
  for (const char* column : {"mean_log_prob", "mean_theory_reward", "kl_to_prior", "epsilon"}) {
    EXPECT_THAT(csv.substr(0, csv.find('\n')), HasSubstr(column));
  }
  EXPECT_GE(std::count(csv.begin(), csv.end(), '\n'), 4);
}

TEST_F(TuneCommandTest, ACheckpointOfOtherSettingsIsRefusedByTheirName) {
  ASSERT_EQ(Tune("out", {"--method", "q"}).code, kDone);
  ExpectRefused(Tune("out", {"--method", "q", "--c", "0.25", "--resume"}),
                "[tuning] c = 0.25 here");
}

TEST_F(TuneCommandTest, AnUnknownMethodIsRefused) {
  ExpectRefused(Tune("out", {"--method", "sarsa"}), "sarsa");
}

TEST_F(TuneCommandTest, AnUnknownKeyOfARecipeIsRefused) {
  WriteFileAtomically(folder_ / "mine.toml", std::string_view("[tuning]\ncee = 1.0\n"));
  ExpectRefused(Tune("out", {"--recipe", (folder_ / "mine.toml").string()}), "cee");
}

TEST_F(TuneCommandTest, AnUnknownRuleIsRefused) {
  WriteFileAtomically(folder_ / "mine.toml", std::string_view("[rules.swing]\nweight = 1.0\n"));
  ExpectRefused(Tune("out", {"--rules", (folder_ / "mine.toml").string()}), "swing");
}

TEST_F(TuneCommandTest, ATruncatedModelIsRefusedAndNothingWritten) {
  std::vector<std::uint8_t> bytes = ReadFile(folder_ / "note_rnn.safetensors");
  bytes.resize(bytes.size() / 2);
  WriteFileAtomically(folder_ / "note_rnn.safetensors", bytes);
  ExpectRefused(Tune("out", {}), "note_rnn.safetensors");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(TuneCommandTest, AModelOfAnotherVocabularyIsRefused) {
  Random random(3);
  WriteModel(folder_ / "note_rnn.safetensors",
             {.network = Network::Random({12, 6, 1}, random), .prior = {}, .recipe = {}});
  ExpectRefused(Tune("out", {}), "38");
}

TEST_F(TuneCommandTest, AFolderThatCannotBeMadeIsRefused) {
  WriteFileAtomically(folder_ / "file", std::string_view("in the way"));
  ExpectRefused(Tune("file/out", {}), "file/out");
}

}  // namespace
}  // namespace rltuner
