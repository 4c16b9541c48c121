// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/summary.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace rltuner {
namespace {

using Kind = MetricInfo::Kind;

std::vector<FigureInfo> MakeFigures() {
  std::vector<FigureInfo> figures;
  for (const MetricInfo& metric : MetricInfos()) {
    figures.push_back({.key = metric.Name(),
                       .label = std::string(metric.label),
                       .kind = metric.kind,
                       .never_negative = metric.never_negative,
                       .paper = PaperRowOf(metric.Name())});
  }
  figures.push_back(
      {.key = "distinct_compositions", .label = "Distinct compositions", .kind = Kind::kShare});
  figures.push_back({.key = "most_frequent_composition",
                     .label = "Share of the most frequent composition",
                     .kind = Kind::kShare});
  figures.push_back({.key = "four_gram_entropy",
                     .label = "Entropy of four events in a row",
                     .never_negative = true});
  figures.push_back({.key = "longest_copied_run",
                     .label = "Longest run of events copied",
                     .never_negative = true});
  return figures;
}

std::vector<Estimate> FiguresOf(const RunResult& run) {
  std::vector<Estimate> figures = run.metrics.values;
  figures.push_back(run.metrics.distinct_compositions);
  figures.push_back(run.metrics.most_frequent);
  figures.push_back(run.metrics.gram_entropy);
  figures.push_back(run.metrics.longest_copied_run);
  return figures;
}

double WidthOf(const Estimate& estimate) {
  return estimate.has_interval() ? estimate.high - estimate.low : 0;
}

Estimate MeanOverSeeds(std::span<const double> draws) {
  const Estimate mean = MeanOfDraws(draws);
  const auto known = std::ranges::count_if(draws, [](double draw) { return !std::isnan(draw); });
  return known < kFewestSeeds ? Estimate{.value = mean.value} : mean;
}

Estimate OverSeeds(std::span<const Estimate> seeds, const FigureInfo& figure) {
  if (seeds.size() == 1) return seeds.front();
  std::vector<double> draws;
  for (const Estimate& seed : seeds) draws.push_back(seed.value);
  Estimate mean = MeanOverSeeds(draws);
  if (std::ranges::all_of(draws, [&](double draw) { return draw == draws.front(); })) {
    return *std::max_element(seeds.begin(), seeds.end(), [](const Estimate& a, const Estimate& b) {
      return WidthOf(a) < WidthOf(b);
    });
  }
  const bool share = figure.kind == Kind::kShare;
  if (!mean.has_interval()) return mean;
  if (share || figure.never_negative) mean.low = std::max(mean.low, 0.0);
  if (share) mean.high = std::min(mean.high, 1.0);
  // An interval that holds every possible value says nothing.
  return share && WidthOf(mean) == 1 ? Estimate{.value = mean.value} : mean;
}

}  // namespace

const std::vector<FigureInfo>& SummaryFigures() {
  static const std::vector<FigureInfo> figures = MakeFigures();
  return figures;
}

std::size_t FigureIndex(std::string_view key) {
  const std::vector<FigureInfo>& figures = SummaryFigures();
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const FigureInfo& figure) { return figure.key == key; });
  assert(found != figures.end());
  return static_cast<std::size_t>(found - figures.begin());
}

Summary Summarise(const Condition& condition, std::span<const RunResult> runs) {
  std::vector<std::vector<Estimate>> by_seed;
  for (const int run : condition.runs) {
    by_seed.push_back(FiguresOf(runs[static_cast<std::size_t>(run)]));
  }
  Summary summary{
      .condition = condition,
      .compositions = runs[static_cast<std::size_t>(condition.runs.front())].metrics.compositions,
      .figures = {}};
  for (std::size_t i = 0; i < SummaryFigures().size(); ++i) {
    std::vector<Estimate> seeds;
    seeds.reserve(by_seed.size());
    for (const std::vector<Estimate>& figures : by_seed) seeds.push_back(figures[i]);
    summary.figures.push_back(OverSeeds(seeds, SummaryFigures()[i]));
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

}  // namespace rltuner
