// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <climits>

#include "evaluation/random_model.h"
#include "experiment/small_plan.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::experiment {
namespace {

using testing::HasSubstr;

class ExperimentTest : public testing::Test {
 protected:
  // The experiment in `folder`; nothing if it is stopped, which it is at its `stop_at`-th question
  // whether to stop.
  std::optional<ExperimentReport> Run(const std::filesystem::path& folder, int stop_at = INT_MAX,
                                      int threads = 1) {
    const std::unique_ptr<Cluster> alone = SingleProcess();
    std::atomic<int> asked{0};
    begun_ = 0;
    warnings_.clear();
    return RunExperiment({.plan = options_,
                          .estimates = {.particles = 4, .runs_per_primer = 2, .exact_share = 0},
                          .note_rnn = &note_rnn_,
                          .threads = threads},
                         folder, alone.get(),
                         {.progress = [&](int, double share) { begun_ += share == 0 ? 1 : 0; },
                          .should_stop = [&] { return ++asked >= stop_at; },
                          .warn = [&](const std::string& line) { warnings_ += line + '\n'; }});
  }

  bool DoRunsIn(const std::filesystem::path& folder, int stop_at = INT_MAX, int threads = 1) {
    return Run(folder, stop_at, threads).has_value();
  }

  // The page and the tables, as one text.
  std::string ReportIn(const std::filesystem::path& folder) {
    EXPECT_TRUE(Run(folder));
    std::string all;
    for (const char* file : {"report.html", "table1.csv", "figure2.csv", "frontier.csv",
                             "baselines.csv", "explorations.csv", "frontier.svg"}) {
      all += ReadTextFile(folder / file);
    }
    return all;
  }

  const RunSpec& FirstOfTable() const { return plan_.runs[plan_.table[0].runs[0]]; }

  TemporaryFolder folder_;
  PlanOptions options_ = SmallPlan();
  Plan plan_ = MakePlan(options_);
  Model note_rnn_ = RandomModel();
  int begun_ = 0;
  std::string warnings_;
};

TEST_F(ExperimentTest, StoppedAgainAndAgainGivesTheSameReport) {
  ASSERT_TRUE(DoRunsIn(folder_ / "undisturbed"));
  const std::string expected = ReportIn(folder_ / "undisturbed");
  int stops = 0;
  while (!DoRunsIn(folder_ / "stopped", 7)) ASSERT_LT(++stops, 1000);
  EXPECT_GT(stops, 3);
  EXPECT_EQ(ReportIn(folder_ / "stopped"), expected);
}

TEST_F(ExperimentTest, ANoteRnnOfOtherPitchesThatHearsTheBarGivesAReport) {
  const Encoding encoding{.lowest_pitch = 55,
                          .highest_pitch = 79,
                          .inputs = {Input::kEvent, Input::kPosition, Input::kMode}};
  Random random(1);
  note_rnn_ = {.network = Network::Random({.vocabulary = encoding.classes(),
                                           .hidden = 9,
                                           .layers = 1,
                                           .context = encoding.width() - encoding.classes()},
                                          random),
               .encoding = encoding.ToJson()};
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_EQ(begun_, 0);  // what was written reads back
  const Model tuned = ReadModel(RunFolder(folder_ / "runs", FirstOfTable()) / "model.safetensors");
  EXPECT_EQ(MelodyEncodingOf(tuned), encoding);
}

TEST_F(ExperimentTest, ThePolicyNearTheOptimumHearsItsInputs) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  const RunSpec& spec = plan_.runs[plan_.optimum[0].runs[0]];
  const Model tuned = ReadModel(RunFolder(folder_ / "runs", spec) / "model.safetensors");
  EXPECT_TRUE(MelodyEncodingOf(tuned).Hears(Input::kHighest));
}

TEST_F(ExperimentTest, SmcFromThePolicyPlaysWhatItsRunTuned) {
  options_.decodings = {"smc=2"};
  plan_ = MakePlan(options_);
  ASSERT_TRUE(DoRunsIn(folder_ / "runs", INT_MAX, 3));
  const RunSpec& spec = plan_.runs[plan_.baselines.back().runs[0]];
  const std::filesystem::path smc = RunFolder(folder_ / "runs", spec);
  const Metrics measured = ReadRun(spec, smc).metrics;
  const RunSpec& of_policy = plan_.runs[plan_.optimum[0].runs[0]];
  const Model policy = ReadModel(RunFolder(folder_ / "runs", of_policy) / "model.safetensors");
  const Metrics again = Evaluate(policy, options_.rules.Make(), spec.evaluation, 1);
  EXPECT_NEAR(measured.Of("mean_theory_reward").value, again.Of("mean_theory_reward").value, 1e-9);
}

TEST_F(ExperimentTest, LogZIsTheHigherOfWhatNoteRnnAndPolicyPropose) {
  // As many as a policy needs to propose better than the Note RNN, of the plan's 2,000 in a
  // million.
  options_.optimum->options.iterations = 20'000'000;
  const std::optional<ExperimentReport> report = Run(folder_ / "runs");
  ASSERT_TRUE(report);
  const RuleSet rules = options_.rules.Make();
  int higher = 0;
  for (const LogZAt& at : report->log_z) {
    const LogZ untuned = EstimateLogZ(NetworksOf(note_rnn_), rules, {.particles = 4, .c = at.c},
                                      {.length = report->length, .seed = 1}, 2);
    EXPECT_GE(at.log_z.at_least, untuned.at_least) << at.c;
    higher += at.log_z.at_least > untuned.at_least ? 1 : 0;
  }
  EXPECT_GT(higher, 0);
}

TEST_F(ExperimentTest, SeveralThreadsGiveTheSameReport) {
  ASSERT_TRUE(DoRunsIn(folder_ / "one"));
  ASSERT_TRUE(DoRunsIn(folder_ / "three", INT_MAX, 3));
  EXPECT_EQ(ReportIn(folder_ / "three"), ReportIn(folder_ / "one"));
}

TEST_F(ExperimentTest, FinishedRunsAreNotRunAgain) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_EQ(begun_, static_cast<int>(plan_.runs.size()));
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_EQ(begun_, 0);
}

TEST_F(ExperimentTest, AnExtendedPlanRunsOnlyWhatIsNew) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  options_.c.push_back(4);
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_EQ(begun_, 2);  // q and pg
}

TEST_F(ExperimentTest, ADamagedEvaluationIsMadeAnewWithoutTuningAgain) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  const std::string expected = ReportIn(folder_ / "runs");
  const auto run = RunFolder(folder_ / "runs", FirstOfTable());
  const std::string whole = ReadTextFile(run / "evaluation.json");
  WriteFileAtomically(run / "evaluation.json", whole.substr(0, whole.size() / 2));
  const auto model_time = std::filesystem::last_write_time(run / "model.safetensors");
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_EQ(begun_, 1);
  EXPECT_EQ(std::filesystem::last_write_time(run / "model.safetensors"), model_time);
  EXPECT_EQ(ReportIn(folder_ / "runs"), expected);
}

TEST_F(ExperimentTest, ADamagedModelIsTunedAnewWithAWarning) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  const std::string expected = ReportIn(folder_ / "runs");
  const auto run = RunFolder(folder_ / "runs", FirstOfTable());
  WriteFileAtomically(run / "model.safetensors", std::string_view("damaged"));
  std::filesystem::remove(run / "evaluation.json");
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_THAT(warnings_, HasSubstr("model.safetensors"));
  EXPECT_EQ(ReportIn(folder_ / "runs"), expected);
}

TEST_F(ExperimentTest, ResultsThatCannotBeWrittenDoNotBeginARunAnew) {
  const auto run = RunFolder(folder_ / "runs", FirstOfTable());
  const auto begun = [&] {
    const auto checkpoint = run / "checkpoint";
    return std::filesystem::exists(checkpoint) && !std::filesystem::is_empty(checkpoint);
  };
  for (int stops = 0; !begun(); ++stops) {
    ASSERT_LT(stops, 1000);
    ASSERT_FALSE(DoRunsIn(folder_ / "runs", 7));
  }
  std::filesystem::create_directory(run / "progress.csv");
  EXPECT_THROW(DoRunsIn(folder_ / "runs"), Error);
  EXPECT_EQ(warnings_, "");
}

TEST_F(ExperimentTest, WhatAKilledProcessLeftHalfWrittenIsRemoved) {
  const auto run = RunFolder(folder_ / "runs", FirstOfTable());
  const auto in_run = run / ".rltuner-1-0.tmp";
  const auto in_melodies = run / "melodies" / ".rltuner-1-1.tmp";
  for (const auto& path : {in_run, in_melodies})
    WriteFileAtomically(path, std::string_view("half"));
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_FALSE(std::filesystem::exists(in_run));
  EXPECT_FALSE(std::filesystem::exists(in_melodies));
}

TEST_F(ExperimentTest, JudgedByMoreCompositionsIsNotTunedAgain) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  const auto model = RunFolder(folder_ / "runs", FirstOfTable()) / "model.safetensors";
  const auto model_time = std::filesystem::last_write_time(model);
  options_.compositions = 30;
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  EXPECT_GT(begun_, 0);
  EXPECT_EQ(std::filesystem::last_write_time(model), model_time);
}

TEST_F(ExperimentTest, AFolderOfAnotherTuningIsRefused) {
  ASSERT_TRUE(DoRunsIn(folder_ / "runs"));
  options_.iterations = 3000;
  EXPECT_THAT(ErrorOf([&] { DoRunsIn(folder_ / "runs"); }), HasSubstr("--output"));
}

TEST_F(ExperimentTest, AFolderOfAnotherNoteRnnIsRefused) {
  EXPECT_FALSE(DoRunsIn(folder_ / "runs", 1));
  note_rnn_ = RandomModel(2);
  EXPECT_THAT(ErrorOf([&] { DoRunsIn(folder_ / "runs"); }), HasSubstr("another Note RNN"));
}

TEST_F(ExperimentTest, ThePageNeedsNoOtherFile) {
  ReportIn(folder_ / "runs");
  const std::string page = ReadTextFile(folder_ / "runs" / "report.html");
  for (const char* outside : {"http://www.w3.org/1999", "src=", "<link", "@import"}) {
    EXPECT_THAT(page, testing::Not(HasSubstr(outside)));
  }
  EXPECT_THAT(page, HasSubstr("Table 1"));
}

}  // namespace
}  // namespace rltuner::experiment
