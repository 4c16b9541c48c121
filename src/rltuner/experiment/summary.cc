// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/summary.h"

#include <algorithm>
#include <cmath>

namespace rltuner::experiment {
namespace {

using Kind = MetricInfo::Kind;

double WidthOf(const Estimate& estimate) {
  return estimate.has_interval() ? estimate.high - estimate.low : 0;
}

Estimate MeanOverSeeds(std::span<const double> draws) {
  const Estimate mean = MeanOfDraws(draws);
  const auto known = std::ranges::count_if(draws, [](double draw) { return !std::isnan(draw); });
  return known < kFewestSeeds ? Estimate{.value = mean.value} : mean;
}

Estimate OverSeeds(std::span<const Estimate> seeds, const MetricInfo& metric) {
  if (seeds.size() == 1) return seeds.front();
  std::vector<double> draws;
  for (const Estimate& seed : seeds) draws.push_back(seed.value);
  Estimate mean = MeanOverSeeds(draws);
  if (std::ranges::all_of(draws, [&](double draw) { return draw == draws.front(); })) {
    return *std::ranges::max_element(
        seeds, [](const Estimate& a, const Estimate& b) { return WidthOf(a) < WidthOf(b); });
  }
  const bool share = metric.kind == Kind::kShare;
  if (!mean.has_interval()) return mean;
  if (share || metric.never_negative) mean.low = std::max(mean.low, 0.0);
  if (share) mean.high = std::min(mean.high, 1.0);
  // An interval that holds every possible value says nothing.
  return share && WidthOf(mean) == 1 ? Estimate{.value = mean.value} : mean;
}

std::vector<Summary> SummariseAll(const std::vector<Condition>& conditions,
                                  std::span<const RunResult> runs) {
  std::vector<Summary> summaries;
  summaries.reserve(conditions.size());
  for (const Condition& condition : conditions) summaries.push_back(Summarise(condition, runs));
  return summaries;
}

}  // namespace

Summary Summarise(const Condition& condition, std::span<const RunResult> runs) {
  const auto metrics_of = [&](int run) -> const Metrics& {
    return runs[static_cast<std::size_t>(run)].metrics;
  };
  Summary summary{.condition = condition,
                  .compositions = metrics_of(condition.runs.front()).compositions};
  for (std::size_t i = 0; i < MetricInfos().size(); ++i) {
    std::vector<Estimate> seeds;
    for (const int run : condition.runs) seeds.push_back(metrics_of(run).values[i]);
    summary.values.push_back(OverSeeds(seeds, MetricInfos()[i]));
  }
  return summary;
}

int PaperColumn(const Condition& condition) {
  if (condition.baseline) return -1;
  const auto found = std::ranges::find(
      kPaperModels, condition.method == nullptr ? "Note RNN" : condition.method->label);
  return found == kPaperModels.end() ? -1 : static_cast<int>(found - kPaperModels.begin());
}

LearningCurve CurveOf(const Condition& condition, std::span<const RunResult> runs) {
  LearningCurve curve;
  const auto rows_of = [&](int run) -> const std::vector<ProgressRow>& {
    return runs[static_cast<std::size_t>(run)].rows;
  };
  std::size_t rows = rows_of(condition.runs.front()).size();
  for (const int run : condition.runs) rows = std::min(rows, rows_of(run).size());
  const auto mean_of = [&](std::size_t row, double ProgressRow::*field) {
    std::vector<double> draws;
    for (const int run : condition.runs) draws.push_back(rows_of(run)[row].*field);
    return MeanOverSeeds(draws);
  };
  for (std::size_t row = 0; row < rows; ++row) {
    curve.iterations.push_back(static_cast<double>(rows_of(condition.runs.front())[row].iteration));
    curve.log_prob.push_back(mean_of(row, &ProgressRow::mean_log_prob));
    curve.reward.push_back(mean_of(row, &ProgressRow::mean_reward));
    curve.distinct.push_back(mean_of(row, &ProgressRow::distinct));
  }
  return curve;
}

ExperimentSummary Summarise(const Plan& plan, std::span<const RunResult> runs) {
  ExperimentSummary summary{.note_rnn = Summarise(plan.note_rnn, runs),
                            .table = SummariseAll(plan.table, runs),
                            .exploration = SummariseAll(plan.exploration, runs),
                            .optimum = SummariseAll(plan.optimum, runs),
                            .baselines = SummariseAll(plan.baselines, runs)};
  for (const Sweep& sweep : plan.sweeps) {
    summary.sweeps.push_back({sweep.method, SummariseAll(sweep.points, runs)});
  }
  for (const Condition& condition : plan.table) summary.curves.push_back(CurveOf(condition, runs));
  return summary;
}

}  // namespace rltuner::experiment
