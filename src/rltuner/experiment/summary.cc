// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/summary.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace rltuner::experiment {
namespace {

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
  const bool share = metric.kind == MetricInfo::Kind::kShare;
  if (!mean.has_interval()) return mean;
  if (share || metric.never_negative) mean.low = std::max(mean.low, 0.0);
  if (share) mean.high = std::min(mean.high, 1.0);
  // An interval that holds every possible value says nothing.
  return share && WidthOf(mean) == 1 ? Estimate{.value = mean.value} : mean;
}

std::vector<CurvePoint> CurveOf(std::span<const RunResult* const> runs) {
  std::vector<CurvePoint> curve;
  std::size_t rows = runs.front()->rows.size();
  for (const RunResult* run : runs) rows = std::min(rows, run->rows.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const auto mean_of = [&](double ProgressRow::*field) {
      std::vector<double> draws;
      for (const RunResult* run : runs) draws.push_back(run->rows[row].*field);
      return MeanOverSeeds(draws);
    };
    curve.push_back({static_cast<double>(runs.front()->rows[row].iteration),
                     mean_of(&ProgressRow::mean_log_prob), mean_of(&ProgressRow::mean_reward),
                     mean_of(&ProgressRow::distinct)});
  }
  return curve;
}

}  // namespace

Condition Summarise(Condition condition, std::span<const RunResult> all_runs) {
  std::vector<const RunResult*> runs;
  for (const int run : condition.runs) runs.push_back(&all_runs[static_cast<std::size_t>(run)]);
  condition.compositions = runs.front()->metrics.compositions;
  condition.values.clear();
  for (std::size_t i = 0; i < MetricInfos().size(); ++i) {
    std::vector<Estimate> seeds;
    seeds.reserve(runs.size());
    for (const RunResult* run : runs) seeds.push_back(run->metrics.values[i]);
    condition.values.push_back(OverSeeds(seeds, MetricInfos()[i]));
  }
  condition.curve = CurveOf(runs);
  return condition;
}

Conditions Summarise(Conditions conditions, std::span<const RunResult> runs) {
  const auto summarise = [&](Condition& of) { of = Summarise(std::move(of), runs); };
  summarise(conditions.note_rnn);
  for (auto* list :
       {&conditions.table, &conditions.exploration, &conditions.optimum, &conditions.baselines}) {
    std::ranges::for_each(*list, summarise);
  }
  for (Sweep& sweep : conditions.sweeps) std::ranges::for_each(sweep.points, summarise);
  return conditions;
}

int PaperColumn(const Condition& condition) {
  if (condition.baseline) return -1;
  const auto found = std::ranges::find(
      kPaperModels, condition.method == nullptr ? "Note RNN" : condition.method->label);
  return found == kPaperModels.end() ? -1 : static_cast<int>(found - kPaperModels.begin());
}

std::optional<double> PaperValue(const Condition& condition, const MetricInfo& metric) {
  const int column = PaperColumn(condition);
  if (!metric.paper || column < 0) return std::nullopt;
  return (*metric.paper)[static_cast<std::size_t>(column)];
}

}  // namespace rltuner::experiment
