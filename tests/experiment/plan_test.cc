// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "experiment/small_plan.h"

namespace rltuner::experiment {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> NamesOf(const Plan& plan, const Condition& condition) {
  std::vector<std::string> names;
  for (const int run : condition.runs) names.push_back(plan.runs[run].name);
  return names;
}

TEST(Plan, HasARunForEachMethodAndSeedOfTheTable) {
  const Plan plan = MakePlan(SmallPlan());
  ASSERT_EQ(plan.table.size(), 3U);
  EXPECT_THAT(NamesOf(plan, plan.table[0]), ElementsAre("q-c0.5-seed1", "q-c0.5-seed2"));
  EXPECT_EQ(plan.runs[plan.table[0].runs[1]].tuning->options.seed, 2);
  EXPECT_EQ(plan.runs[plan.table[0].runs[1]].evaluation.seed, 2);
}

TEST(Plan, SweepsUseTheTablesRunsWhereTheirCIsTheSame) {
  const Plan plan = MakePlan(SmallPlan());
  ASSERT_EQ(plan.sweeps.size(), 2U);
  const Sweep& q = plan.sweeps[0];
  ASSERT_EQ(q.points.size(), 2U);
  EXPECT_EQ(q.points[0].runs, plan.table[0].runs);
  EXPECT_THAT(NamesOf(plan, q.points[1]), ElementsAre("q-c2-seed1"));
}

TEST(Plan, RlOnlyIsNotSweptForItHasNoDataToWeigh) {
  for (const Sweep& sweep : MakePlan(SmallPlan()).sweeps) EXPECT_NE(sweep.method->name, "rl-only");
}

TEST(Plan, OnlyMethodsThatExploreAndHearTheDataHaveTheOtherExploration) {
  const Plan plan = MakePlan(SmallPlan());
  ASSERT_EQ(plan.exploration.size(), 1U);
  EXPECT_EQ(plan.exploration[0].method->name, "q");
  EXPECT_EQ(plan.runs[plan.exploration[0].runs[0]].tuning->options.exploration, "boltzmann");
}

TEST(Plan, ThePolicyNearTheOptimumIsOfItsOwnCAndJudgedLikeTheOthers) {
  const Plan plan = MakePlan(SmallPlan());
  ASSERT_EQ(plan.optimum.size(), 1U);
  EXPECT_THAT(NamesOf(plan, plan.optimum[0]), ElementsAre("optimum-c3-seed1"));
  EXPECT_EQ(plan.runs[plan.optimum[0].runs[0]].tuning->inputs, "position,highest");
  EXPECT_EQ(AllC(plan), (std::vector<double>{0.5, 2, 3}));
}

TEST(Plan, SmcAlsoAimsAtTheOptimumsC) {
  PlanOptions options = SmallPlan();
  options.decodings = {"temperature=0.7", "smc=16"};
  const Plan plan = MakePlan(options);
  ASSERT_EQ(plan.baselines.size(), 4U);
  EXPECT_EQ(plan.baselines[0].c, 0);
  EXPECT_EQ(plan.baselines[1].c, 0.5);
  EXPECT_THAT(NamesOf(plan, plan.baselines[1]), ElementsAre("smc=16"));
  EXPECT_EQ(plan.baselines[2].title, "SMC, 16 particles, c 3");
  EXPECT_THAT(NamesOf(plan, plan.baselines[2]), ElementsAre("smc=16-c3"));
  EXPECT_EQ(plan.runs[plan.baselines[2].runs[0]].evaluation.c, 3);
}

TEST(Plan, SmcAlsoPlaysFromThePolicyNearTheOptimum) {
  PlanOptions options = SmallPlan();
  options.decodings = {"smc=16", "smc=64", "smc=256"};
  const Plan plan = MakePlan(options);
  EXPECT_EQ(plan.baselines.back().title, "SMC, 64 particles, from recipe optimum");
  const RunSpec& spec = plan.runs[plan.baselines.back().runs[0]];
  EXPECT_EQ(spec.name, "smc=64-c3-optimum-c3-seed1");
  EXPECT_EQ(spec.model_of, "optimum-c3-seed1");
}

TEST(Plan, NamesAreUnique) {
  const Plan plan = MakePlan(SmallPlan());
  std::set<std::string> names;
  for (const RunSpec& spec : plan.runs) EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
}

TEST(Plan, LongRunsComeFirst) {
  const Plan plan = MakePlan(SmallPlan());
  EXPECT_TRUE(std::ranges::is_sorted(plan.order, std::greater<>(),
                                     [&](int run) { return EstimatedSeconds(plan.runs[run]); }));
}

TEST(Plan, AMethodThatPlaysMoreThanThePaperDoesSoInProportion) {
  PlanOptions options = SmallPlan();
  options.methods[0].options.iterations = 5'000'000;
  const Plan plan = MakePlan(options);
  EXPECT_EQ(plan.runs[plan.table[0].runs[0]].tuning->options.iterations, 5 * options.iterations);
  EXPECT_EQ(plan.runs[plan.table[1].runs[0]].tuning->options.iterations, options.iterations);
}

TEST(Plan, ChoosingAmongManyIsJudgedByFewerCompositions) {
  PlanOptions options = SmallPlan();
  options.decodings = {"best-of=16", "temperature=0.7"};
  options.compositions = 1000;
  options.baseline_samples = 8000;
  const Plan plan = MakePlan(options);
  EXPECT_EQ(plan.runs[plan.baselines[0].runs[0]].evaluation.compositions, 500);
  EXPECT_EQ(plan.runs[plan.baselines[1].runs[0]].evaluation.compositions, 1000);
}

TEST(RunRecipe, TunesAgainWithTheSameOptionsAndRules) {
  const Plan plan = MakePlan(SmallPlan());
  const RunSpec& spec = plan.runs[plan.table[0].runs[1]];
  const std::string recipe = RunRecipe(spec);
  EXPECT_THAT(recipe, HasSubstr("rltuner tune --model ../../note_rnn.safetensors"));
  TuningOptions tuning;
  ReadOwnTables(recipe, "recipe", std::array{Describe(tuning)});
  EXPECT_EQ(tuning.seed, 2);
  EXPECT_EQ(tuning.iterations, 2000);
  EXPECT_EQ(tuning.replay_capacity, 200);
}

}  // namespace
}  // namespace rltuner::experiment
