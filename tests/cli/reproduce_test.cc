// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReproduceCommandTest : public testing::Test {
 protected:
  Outcome Reproduce(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"reproduce", "--output",  folder_.path().string(),
                                          "--quick",   "--threads", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunWith(arguments);
  }

  TemporaryFolder folder_;
};

TEST_F(ReproduceCommandTest, WritesAReportThatSaysItIsAQuickOne) {
  const Outcome outcome =
      Reproduce({"--methods", "q", "--c", "0.5", "--seeds", "1", "--iterations", "2000",
                 "--compositions", "20", "--baselines", "temperature=0.7"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Notes in motif"));
  const std::string page = ReadTextFile(folder_ / "report.html");
  EXPECT_THAT(page, HasSubstr("<h1>RL Tuner, reproduced: quick, 1 seed"));
  for (const char* file : {"table1.csv", "frontier.svg", "runs/q-c0.5-seed1/recipe.toml"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / file)) << file;
  }
}

TEST_F(ReproduceCommandTest, TakesResumeAsTheOtherLongCommandsDo) {
  EXPECT_EQ(Reproduce({"--plan", "--resume"}).code, 0);
}

TEST_F(ReproduceCommandTest, PlansWithoutDoingAnything) {
  const Outcome outcome = Reproduce({"--plan"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("tune psi"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ReproduceCommandTest, AGridOfWhichTwoBarsAreMoreThan32EventsIsRefused) {
  WriteMelodies(folder_ / "fine", {{.events = {14, 1, 16, 1}}},
                {.settings = "", .encoding = {.steps_per_quarter = 12}});
  for (const char* when : {"--plan", "--resume"}) {  // before and after the plan
    const Outcome outcome = Reproduce({"--corpus", (folder_ / "fine").string(), when});
    EXPECT_EQ(outcome.code, 2) << when;
    EXPECT_THAT(outcome.err, HasSubstr("fine: 12 steps a quarter note; the experiment plays"));
  }
}

TEST_F(ReproduceCommandTest, ACorpusOfAnotherRangeOrGridThanTheModelsIsRefused) {
  WriteMelodies(folder_ / "fine", {{.events = {14, 1, 16, 1}}},
                {.settings = "", .encoding = {.steps_per_quarter = 12}});
  WriteMelodies(folder_ / "wide", {{.events = {14, 1, 16, 1}}},
                {.settings = "", .encoding = {.lowest_pitch = 36}});
  for (const char* corpus : {"fine", "wide"}) {
    const Outcome outcome =
        Reproduce({"--corpus", (folder_ / corpus).string(), "--model", "default", "--plan"});
    EXPECT_EQ(outcome.code, 2) << corpus;
    EXPECT_THAT(outcome.err,
                HasSubstr("; expected those of the bundled Note RNN: pitches 48 .. 83"));
  }
}

TEST_F(ReproduceCommandTest, PlansThePolicyThatComesNearTheOptimumWithPg) {
  EXPECT_THAT(Reproduce({"--plan", "--methods", "pg", "--c", "1"}).out, HasSubstr("1,275,000"));
  EXPECT_THAT(Reproduce({"--plan", "--methods", "q", "--c", "1"}).out, Not(HasSubstr("pg")));
}

TEST_F(ReproduceCommandTest, TakesTheRulesOfARecipe) {
  const std::string recipe = (folder_ / "recipe.toml").string();
  WriteFileAtomically(recipe, "[tuning]\nc = 2.0\n[rules]\nbase = \"theory\"\n");
  const Outcome outcome = Reproduce({"--plan", "--methods", "q", "--c", "1", "--rules", recipe});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(ReproduceCommandTest, TakesBaselinesAsOneTextToo) {
  const auto plan = [this](std::vector<std::string> baselines) {
    baselines.insert(baselines.begin(), {"--plan", "--methods", "q", "--c", "1", "--baselines"});
    return Reproduce(baselines).out;
  };
  EXPECT_EQ(plan({"best-of=4 mask=key,repeat smc=16"}),
            plan({"best-of=4", "mask=key,repeat", "smc=16"}));
}

TEST_F(ReproduceCommandTest, WhatIsListedTwiceRunsOnce) {
  EXPECT_EQ(
      Reproduce({"--plan", "--methods", "q, q", "--c", "1,1.0", "--baselines", "smc=4 smc=4"}).out,
      Reproduce({"--plan", "--methods", "q", "--c", "1", "--baselines", "smc=4"}).out);
}

TEST_F(ReproduceCommandTest, AMethodThatFindsWeightsIsRefusedBeforeAnyRun) {
  const Outcome outcome = Reproduce({"--plan", "--methods", "q,match"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("'match' is unknown; expected q, psi, g, rl-only, pg"));
}

TEST_F(ReproduceCommandTest, ARecipeWithoutTrainingHasNoEffectAndIsNamed) {
  EXPECT_THAT(Reproduce({"--plan", "--recipe", "paper"}).err, HasSubstr("--recipe has no effect"));
}

TEST_F(ReproduceCommandTest, TrainsTheNoteRnnOnACorpus) {
  std::vector<TestMelody> melodies(12);
  for (std::size_t i = 0; i < melodies.size(); ++i) {
    for (int t = 0; t < 40; ++t) {
      melodies[i].events.push_back(t % 2 == 0 ? static_cast<std::uint8_t>(14 + (t + i) % 9) : 1);
    }
  }
  WriteMelodies(folder_ / "tunes", melodies, {.settings = ""});
  WriteFileAtomically(folder_ / "short.toml",
                      "[network]\nhidden = 8\n[training]\niterations = 3\nbatch = 4\n");
  const Outcome outcome =
      Reproduce({"--corpus", (folder_ / "tunes").string(), "--recipe",
                 (folder_ / "short.toml").string(), "--methods", "q", "--c", "0.5", "--seeds", "1",
                 "--iterations", "500", "--compositions", "20", "--baselines", "temperature=0.7"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "report.html"));
}

TEST_F(ReproduceCommandTest, AnUnknownMethodIsNamed) {
  const Outcome outcome = Reproduce({"--methods", "q,sarsa"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("sarsa"));
}

TEST_F(ReproduceCommandTest, AnUnknownBaselineIsRefusedBeforeAnyRun) {
  const Outcome outcome = Reproduce({"--baselines", "temprature=0.7"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("temprature"));
}

TEST_F(ReproduceCommandTest, AModelThatIsNotThereIsSaidBeforeThePlan) {
  const Outcome outcome = Reproduce({"--model", (folder_ / "missing.safetensors").string()});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace rltuner::cli
