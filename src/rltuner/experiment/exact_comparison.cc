// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/exact_comparison.h"

#include "rltuner/core/error.h"
#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::experiment {
namespace {

using History = ExactProblem::History;

constexpr double kC = 0.8;
constexpr int kSeed = 1;

ExactComparison::Row RowOf(std::string_view method, std::string_view label,
                           const ExactProblem& problem, const ExactProblem::LogPolicy& log_policy) {
  const ExactProblem::Expectation of_policy = problem.Expect(log_policy);
  return {method, label, of_policy, problem.LogZ() - of_policy.value()};
}

ExactComparison::Row RowOfTrained(const MethodInfo& method, const Network& note_rnn,
                                  const ExactProblem& problem, double share_of_iterations) {
  TuningOptions recipe = ExactProblem::Recipe(method);
  recipe.c = kC;
  recipe.gamma = 1;  // below 1 the methods optimise another quantity
  recipe.seed = kSeed;
  recipe.iterations =
      static_cast<std::int64_t>(static_cast<double>(recipe.iterations) * share_of_iterations);
  const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, SmallReward(), recipe);
  tuning->Advance(recipe.iterations);
  if (!tuning->Failure().empty())
    Fail("{} on the exact problem: {}", method.name, tuning->Failure());
  return RowOf(method.name, method.label, problem, [&](const History& history) {
    return problem.LogPolicyOf(tuning->Networks(), history);
  });
}

Estimate SmcLogZ(const Network& note_rnn, int runs_per_primer) {
  const LogZ log_z =
      EstimateLogZ({&note_rnn, &note_rnn}, SmallReward(), {.particles = 64, .c = kC},
                   {.length = ExactProblem::kLength, .seed = kSeed}, runs_per_primer);
  return {.value = log_z.value, .low = log_z.low(), .high = log_z.high()};
}

}  // namespace

ExactComparison CompareOnExactProblem(double share_of_iterations, int smc_runs_per_primer) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const ExactProblem problem(note_rnn, kC, 1);
  const auto optimum = [&](const History& history) { return problem.OptimalLogPolicy(history); };
  ExactComparison comparison{.log_z = problem.LogZ(),
                             .optimum_kl = problem.Expect(optimum).kl,
                             .smc_log_z = SmcLogZ(note_rnn, smc_runs_per_primer),
                             .rows = {}};
  comparison.rows.push_back(RowOf(kNoteRnnMethod, "Note RNN", problem, [&](const History& history) {
    return problem.LogPrior(history);
  }));
  for (const MethodInfo* method : RewardMethods()) {
    comparison.rows.push_back(RowOfTrained(*method, note_rnn, problem, share_of_iterations));
  }
  return comparison;
}

}  // namespace rltuner::experiment
