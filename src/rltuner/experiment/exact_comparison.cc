// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/exact_comparison.h"

#include "rltuner/core/error.h"
#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::experiment {
namespace {

using History = ExactProblem::History;

ExactComparison::Row RowOf(std::string_view method, std::string_view label,
                           const ExactProblem& problem, const ExactProblem::LogPolicy& log_policy) {
  const ExactProblem::Expectation expectation = problem.Expect(log_policy);
  return {.method = std::string(method),
          .label = std::string(label),
          .reward = expectation.reward,
          .kl = expectation.kl,
          .value = expectation.value(),
          .gap = problem.LogZ() - expectation.value()};
}

ExactComparison::Row RowOfTrained(const MethodInfo& method, const Network& note_rnn,
                                  const ExactProblem& problem,
                                  const ExactComparisonOptions& options) {
  TuningOptions recipe = ExactProblem::Recipe(method);
  recipe.c = options.c;
  recipe.gamma = options.gamma;
  recipe.seed = options.seed;
  recipe.iterations = static_cast<std::int64_t>(static_cast<double>(recipe.iterations) *
                                                options.share_of_iterations);
  const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, SmallReward(), recipe);
  tuning->Advance(recipe.iterations);
  if (!tuning->Failure().empty())
    Fail("{} on the exact problem: {}", method.name, tuning->Failure());
  return RowOf(method.name, method.label, problem, [&](const History& history) {
    return problem.LogPolicyOf(tuning->Networks(), history);
  });
}

Estimate SmcLogZ(const Network& note_rnn, const ExactComparisonOptions& options) {
  const LogZ log_z = EstimateLogZ(
      {&note_rnn, &note_rnn}, SmallReward(), {.particles = options.smc_particles, .c = options.c},
      {.length = ExactProblem::kLength, .seed = static_cast<std::uint64_t>(options.seed)},
      options.smc_runs_per_primer);
  return {.value = log_z.value, .low = log_z.low(), .high = log_z.high()};
}

}  // namespace

ExactComparison CompareOnExactProblem(const ExactComparisonOptions& options) {
  const Network note_rnn = ExactProblem::NoteRnn();
  const ExactProblem problem(note_rnn, options.c, 1);
  const auto optimum = [&](const History& history) { return problem.OptimalLogPolicy(history); };
  ExactComparison comparison{.log_z = problem.LogZ(),
                             .optimum_kl = problem.Expect(optimum).kl,
                             .smc_log_z = SmcLogZ(note_rnn, options),
                             .rows = {}};
  comparison.rows.push_back(RowOf(kNoteRnnMethod, "Note RNN", problem, [&](const History& history) {
    return problem.LogPrior(history);
  }));
  for (const MethodInfo* method : RewardMethods()) {
    comparison.rows.push_back(RowOfTrained(*method, note_rnn, problem, options));
  }
  return comparison;
}

}  // namespace rltuner::experiment
