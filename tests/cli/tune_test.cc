// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/tune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/run_command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/model.h"
#include "test_support.h"

namespace rltuner::cli {
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

TEST_F(TuneCommandTest, ARecipeSaysHowManyBars) {
  WriteFileAtomically(folder_ / "bars.toml", std::string_view("[tuning]\ncompositions = 4\n"
                                                              "[music]\nbars = 3\n"
                                                              "metre = \"6/8\"\n"));
  const auto resolved = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.end(), {"--recipe", (folder_ / "bars.toml").string()});
    EXPECT_EQ(Tune(name, more).code, kDone);
    return Text(name + "/recipe.toml");
  };
  EXPECT_THAT(resolved("a", {}), AllOf(HasSubstr("\nlength = 36\n"), HasSubstr("\nbars = 3\n")));
  EXPECT_THAT(resolved("b", {"--metre", "3/8"}), HasSubstr("\nlength = 18\n"));
  EXPECT_THAT(resolved("c", {"--bars", "2"}), HasSubstr("\nlength = 24\n"));
  EXPECT_THAT(resolved("d", {"--length", "30"}), HasSubstr("\nlength = 30\n"));
}

TEST_F(TuneCommandTest, AnotherLengthKeepsTheEventsOfAnUpdate) {
  WriteFileAtomically(folder_ / "pg.toml",
                      std::string_view("[tuning]\nmethod = \"pg\"\ncompositions = 6\n"));
  int runs = 0;
  const auto resolved = [&](std::vector<std::string> more) {
    const std::string name = std::to_string(++runs);
    more.insert(more.end(), {"--recipe", (folder_ / "pg.toml").string()});
    EXPECT_EQ(Tune(name, more).code, kDone);
    return Text(name + "/recipe.toml");
  };
  EXPECT_THAT(resolved({}), HasSubstr("\ncompositions = 6\n"));
  EXPECT_THAT(resolved({"--length", "16"}), HasSubstr("\ncompositions = 12\n"));
  EXPECT_THAT(resolved({"--bars", "4"}), HasSubstr("\ncompositions = 3\n"));
  EXPECT_THAT(resolved({"--length", "16", "--compositions", "5"}),
              HasSubstr("\ncompositions = 5\n"));
  EXPECT_THAT(resolved({"--length", "16", "--method", "q"}), HasSubstr("\ncompositions = 6\n"));
}

TEST_F(TuneCommandTest, APolicyWithMoreInputsHasItsNoteRnnUnchanged) {
  ASSERT_EQ(Tune("wide", {"--method", "pg", "--compositions", "4", "--inputs", "rules"}).code,
            kDone);
  const Model model = ReadModel(folder_ / "wide/model.safetensors");
  EXPECT_THAT(model.encoding, HasSubstr("autocorrelation_3"));
  const Model note_rnn = ReadModel(folder_ / "note_rnn.safetensors");
  const NetworkShape& shape = model.network.shape();
  EXPECT_GT(shape.context, 0);
  const Network wide = note_rnn.network.WithContext(shape.context);
  EXPECT_TRUE(std::ranges::equal(model.prior->arena(), wide.arena()));
  EXPECT_EQ(RunWith({"evaluate", (folder_ / "wide/model.safetensors").string(), "--compositions",
                     "10", "--threads", "1"})
                .code,
            kDone);
}

TEST_F(TuneCommandTest, TheRecipeSaysWhatThePolicyHears) {
  ASSERT_EQ(
      Tune("wide", {"--compositions", "4", "--inputs", "position,metre", "--metre", "3/4"}).code,
      kDone);
  EXPECT_THAT(Text("wide/recipe.toml"), HasSubstr("[policy]\ninputs = \"position,metre\""));
  ASSERT_EQ(Tune("again", {"--recipe", (folder_ / "wide/recipe.toml").string()}).code, kDone);
  EXPECT_EQ(Text("again/model.safetensors"), Text("wide/model.safetensors"));
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

TEST_F(TuneCommandTest, MusicThatARecipeMisspellsIsRefusedWithItsFile) {
  for (const std::string line : {"metre = \"5/3\"", "key = \"H minor\"", "mode = \"sad\""}) {
    WriteFileAtomically(folder_ / "mine.toml", "[music]\n" + line);
    ExpectRefused(Tune("out", {"--recipe", (folder_ / "mine.toml").string()}), "mine.toml: ");
  }
}

TEST_F(TuneCommandTest, ARecipeThatContradictsItselfIsRefusedWithItsFile) {
  const auto refused = [&](const std::string& text, const std::string& what) {
    WriteFileAtomically(folder_ / "mine.toml", text);
    ExpectRefused(Tune("out", {"--recipe", (folder_ / "mine.toml").string()}), what);
  };
  refused("[music]\nkey = \"G\"\nmode = \"minor\"", "mine.toml: key G and mode minor contradict");
  refused("[policy]\ninputs = \"ears\"", "mine.toml: inputs: 'ears' is no input");
  ExpectRefused(Tune("out", {"--key", "G", "--mode", "minor"}), "--key G and --mode minor");
}

TEST_F(TuneCommandTest, TellsOfInputsThatTheNoteRnnHears) {
  const std::string warning = "inputs rules have no effect";
  const std::vector<std::string> more = {"--compositions", "4", "--inputs", "rules"};
  EXPECT_THAT(Tune("wide", more).err, testing::Not(HasSubstr(warning)));
  std::filesystem::rename(folder_ / "wide/model.safetensors", folder_ / "note_rnn.safetensors");
  EXPECT_THAT(Tune("again", more).err, HasSubstr(warning));
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

// A job that a cluster kills in its first seconds and starts again with the same line.
TEST_F(TuneCommandTest, ResumeStartsFromTheBeginningWhereNothingWasSaved) {
  ASSERT_EQ(Tune("whole", {"--method", "q"}).code, kDone);
  std::filesystem::create_directories(folder_ / "empty");
  std::filesystem::create_directories(folder_ / "no_checkpoint" / "checkpoint");
  WriteFileAtomically(folder_ / "only_recipe" / "recipe.toml", std::string_view("# killed"));
  WriteFileAtomically(folder_ / "half" / "checkpoint" / ".rltuner-0-0.tmp", std::string_view("x"));
  for (const char* folder : {"missing", "empty", "no_checkpoint", "only_recipe", "half"}) {
    const Outcome outcome = Tune(folder, {"--method", "q", "--resume"});
    ASSERT_EQ(outcome.code, kDone) << folder << ": " << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("nothing is saved in")) << folder;
    EXPECT_EQ(Text(folder + std::string("/model.safetensors")), Text("whole/model.safetensors"));
  }
}

TEST_F(TuneCommandTest, ARunFromTheBeginningReplacesTheRunBefore) {
  const auto keep = [&](const char* name) {
    WriteFileAtomically(folder_ / "out" / name, std::string_view("of the run before"));
  };
  for (const char* name : {"rules.toml", "matching.json", "progress.svg", "mine.txt",
                           "checkpoint/newest.safetensors", "checkpoint/previous.safetensors"}) {
    keep(name);
  }
  // A learning rate that fails the run before it writes a checkpoint.
  Tune("out", {"--method", "pg", "--learning-rate", "100", "--iterations", "100000"});
  for (const char* name : {"rules.toml", "matching.json", "progress.svg", "checkpoint"}) {
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / name)) << name;
  }
  EXPECT_EQ(Text("out/mine.txt"), "of the run before");
  keep("rules.toml");  // without a matching.json it is the user's
  EXPECT_EQ(Tune("out", {"--method", "q", "--resume"}).code, kDone);
  EXPECT_EQ(Text("out/rules.toml"), "of the run before");
}

TEST_F(TuneCommandTest, RulesThatTheRunWouldReplaceAreRefused) {
  WriteFileAtomically(folder_ / "out/rules.toml", std::string_view("[rules]\nbase = \"paper\"\n"));
  const std::string rules = (folder_ / "out/rules.toml").string();
  EXPECT_EQ(Tune("out", {"--method", "q", "--rules", rules}).code, kDone);
  WriteFileAtomically(folder_ / "out/matching.json", std::string_view("[]"));
  ExpectRefused(Tune("out", {"--method", "q", "--rules", rules}), "expected a copy elsewhere");
  EXPECT_THAT(Text("out/rules.toml"), HasSubstr("paper"));
}

TEST_F(TuneCommandTest, ResumeDoesNotPassOverADamagedCheckpoint) {
  WriteFileAtomically(folder_ / "out/checkpoint/newest.safetensors", std::string_view("damaged"));
  ExpectRefused(Tune("out", {"--method", "q", "--resume"}), "newest.safetensors");
}

TEST_F(TuneCommandTest, ARecipeThatAnOptionSetsAsideIsNamed) {
  EXPECT_THAT(Tune("out", {"--method", "q"}).err,
              HasSubstr("recipe default is for pg and is not used"));
  EXPECT_THAT(Tune("out", {"--rules", "theory", "--compositions", "4"}).err,
              HasSubstr("--rules theory replaces the rules of recipe default"));
  EXPECT_THAT(Tune("out", {"--recipe", "balanced", "--method", "q"}).err,
              HasSubstr("recipe balanced is for pg"));
  EXPECT_THAT(Tune("out", {"--compositions", "4"}).err, testing::Not(HasSubstr("recipe")));
}

TEST_F(TuneCommandTest, OptionsThatContradictEachOtherAreRefused) {
  ExpectRefused(Tune("out", {"--method", "q", "--replay-capacity", "32", "-q"}), "minibatch 32");
  ExpectRefused(Tune("out", {"--method", "psi", "--epsilon-start", "0.05", "-q"}), "epsilon_end");
  ExpectRefused(Tune("out", {"--entropy-floor", "2", "-q"}), "entropy_ceiling");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(TuneCommandTest, ARunTooShortToLearnIsAWarning) {
  EXPECT_THAT(Tune("out", {"--method", "q", "--iterations", "34"}).err,
              HasSubstr("warning: 34 iterations end before the first gradient step"));
  EXPECT_THAT(Tune("out", {"--method", "q", "--iterations", "35"}).err,
              testing::Not(HasSubstr("warning: 35 iterations")));
}

TEST_F(TuneCommandTest, EpsilonIsOfOneExploration) {
  const std::string note = "--epsilon-start has no effect with --exploration boltzmann";
  std::vector<std::string> options = {"--method",        "q", "--iterations", "40",
                                      "--epsilon-start", ".5"};
  EXPECT_THAT(Tune("out", options).err, testing::Not(HasSubstr(note)));
  options.insert(options.end(), {"--exploration", "boltzmann"});
  EXPECT_THAT(Tune("boltzmann", options).err, HasSubstr(note));
}

TEST_F(TuneCommandTest, WhatCannotBeWrittenIsToldBeforeTuning) {
  const std::vector<std::string> endless = {"--iterations", "1000000000000", "-q"};
  WriteFileAtomically(folder_ / "out" / "model.safetensors" / "file", std::string_view("text"));
  ExpectRefused(Tune("out", endless), "model.safetensors: is a folder");
  WriteFileAtomically(folder_ / "other" / "checkpoint", std::string_view("text"));
  ExpectRefused(Tune("other", endless), "checkpoint: Not a directory");
}

TEST_F(TuneCommandTest, AnUpdateFarLongerThanTheRunIsAWarning) {
  EXPECT_THAT(Tune("out", {"--compositions", "4", "--iterations", "100"}).err,
              HasSubstr("warning: method pg plays whole updates of 4 compositions: 128 events "
                        "instead of 100;"));
  EXPECT_THAT(Tune("out", {"--compositions", "4", "--iterations", "110"}).err,
              testing::Not(HasSubstr("whole updates")));
}

// "default 1.32; 0.5 with --method q, ..." of the option, from the help with its lines joined.
std::string DefaultsInHelp(const std::string& option) {
  static const std::string help = [] {
    std::string text = RunWith({"help", "tune"}).out;
    std::replace(text.begin(), text.end(), '\n', ' ');
    text.erase(
        std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
        text.end());
    return text;
  }();
  const std::size_t row = help.find(" " + option + " ", help.find(" Tuning: "));
  const std::size_t begin = help.find("default ", row);
  return help.substr(begin, help.find(']', begin) - begin);
}

// What the help calls the default is what ends up in recipe.toml.
void ExpectHelpShows(const std::string& recipe, const std::string& before) {
  TuningOptions used;
  ReadOwnTables(recipe, "recipe.toml", std::array{Describe(used)});
  const Settings settings = Describe(used);
  for (const Setting& setting : settings.entries()) {
    if (setting.name == "iterations" || std::holds_alternative<bool*>(setting.field)) continue;
    if (!before.empty() && setting.name == "method") continue;
    std::string value = setting.Value();
    std::erase(value, '"');
    const std::string shown = DefaultsInHelp(OptionName(setting.name));
    const bool differs = shown.find(';') != std::string::npos;
    EXPECT_THAT(shown + ' ',
                HasSubstr((differs ? before : "default ") + value + (differs ? "" : " ")))
        << setting.name;
  }
}

TEST_F(TuneCommandTest, TheHelpShowsWhatABareRunUses) {
  ASSERT_EQ(Tune("out", {}).code, kDone);
  ExpectHelpShows(Text("out/recipe.toml"), "default ");
  EXPECT_EQ(DefaultsInHelp("--c").substr(0, 13), "default 1.32;");
}

TEST_F(TuneCommandTest, TheHelpShowsWhatOtherMethodsUse) {
  ASSERT_EQ(Tune("out", {"--method", "q"}).code, kDone);
  ExpectHelpShows(Text("out/recipe.toml"), "; ");
  EXPECT_THAT(DefaultsInHelp("--c"), HasSubstr("; 0.5 with --method q, psi, g, rl-only"));
}

}  // namespace
}  // namespace rltuner::cli
