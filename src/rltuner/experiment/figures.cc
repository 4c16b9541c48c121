// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rltuner/core/markup.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/chart.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/experiment/conclusions.h"

namespace rltuner::experiment {
namespace {

std::string Number(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{:.6g}", value);
}

std::string Cells(const Estimate& estimate) {
  return fmt::format("{},{},{}", Number(estimate.value), Number(estimate.low),
                     Number(estimate.high));
}

// The Note RNN has the first colour; baselines share those after the methods.
int ColourOf(const MethodInfo* method) {
  if (method == nullptr) return 0;
  return 1 + static_cast<int>(std::ranges::find(Methods(), method) - Methods().begin());
}

void Add(PlottedSeries* series, double x, const Estimate& y, std::string label = "") {
  series->x.push_back(x);
  series->y.push_back(y.value);
  series->low.push_back(y.low);
  series->high.push_back(y.high);
  series->labels.push_back(std::move(label));
}

std::string CurvesChart(const ExperimentSummary& summary,
                        std::vector<Estimate> LearningCurve::*figure, Chart chart) {
  // Methods that play different numbers of events are drawn at the same width.
  const bool alike = std::ranges::all_of(summary.curves, [&](const LearningCurve& curve) {
    return curve.iterations.back() == summary.curves.front().iterations.back();
  });
  chart.x_label = alike ? "events played" : "events played, % of the method's run";
  chart.thousands = alike;
  std::vector<double> values;
  for (std::size_t i = 0; i < summary.curves.size(); ++i) {
    const LearningCurve& curve = summary.curves[i];
    const Condition& condition = summary.table[i].condition;
    PlottedSeries series{.name = condition.title, .colour = ColourOf(condition.method)};
    for (std::size_t row = 0; row < curve.iterations.size(); ++row) {
      const Estimate& estimate = (curve.*figure)[row];
      const double events = curve.iterations[row];
      Add(&series, alike ? events : 100 * events / curve.iterations.back(), estimate);
      values.push_back(estimate.value);
    }
    chart.series.push_back(std::move(series));
  }
  // Early in a run, a policy may repeat itself at -100 an event, which would flatten the rest.
  const AxisRange range = RobustRange(std::move(values));
  chart.y_low = range.low;
  chart.y_high = range.high;
  return DrawChart(chart);
}

void AddBaselines(const ExperimentSummary& summary, Chart* chart) {
  std::string family;
  int colour = 1 + static_cast<int>(RewardMethods().size());
  for (const Summary& summarised : summary.baselines) {
    const Baseline& baseline = summarised.condition.baseline.value();
    if (baseline.family != family) {
      family = baseline.family;
      chart->series.push_back({.name = family, .colour = colour++, .line = false, .points = true});
    }
    Add(&chart->series.back(), summarised.Of("kl_to_prior").value,
        summarised.Of("mean_theory_reward"), baseline.label);
  }
}

// Conditions that are on no curve over c and are no baseline.
std::vector<Summary> LonePoints(const ExperimentSummary& summary) {
  std::vector<Summary> lone = {summary.note_rnn};
  for (const Summary& method : summary.table) {
    const bool swept = std::ranges::any_of(
        summary.sweeps, [&](const auto& sweep) { return sweep.method == method.condition.method; });
    if (!swept) lone.push_back(method);
  }
  lone.insert(lone.end(), summary.optimum.begin(), summary.optimum.end());
  return lone;
}

// The lowest of the bounds of all known c, at `steps` places from 0 to the largest KL.
PlottedSeries Bound(std::span<const LogZAt> log_z, int length, double most_kl) {
  constexpr int kSteps = 120;
  PlottedSeries bound{.name = "no policy above (log Z)", .colour = 7, .dashed = true};
  for (int i = 0; i <= kSteps; ++i) {
    const double kl = most_kl * i / kSteps;
    double lowest = INFINITY;
    for (const LogZAt& at : log_z) {
      if (!at.log_z.Converged()) continue;
      lowest = std::min(lowest, at.c * (at.log_z.value / length + kl));
    }
    bound.x.push_back(kl);
    bound.y.push_back(lowest);
  }
  return bound;
}

}  // namespace

std::vector<const Summary*> Table1Columns(const ExperimentSummary& summary) {
  std::vector<const Summary*> columns = {&summary.note_rnn};
  for (const Summary& method : summary.table) columns.push_back(&method);
  return columns;
}

std::string Table1Csv(const ExperimentSummary& summary) {
  std::string csv = "figure,model,seeds,compositions_each,value,low,high,paper,paper_outside\n";
  const std::vector<const Summary*> columns = Table1Columns(summary);
  for (std::size_t i = 0; i < MetricInfos().size(); ++i) {
    const MetricInfo& metric = MetricInfos()[i];
    for (const Summary* model : columns) {
      csv += fmt::format("{},{},{},{},{},", metric.key, CsvField(model->condition.title),
                         model->seeds(), model->compositions, Cells(model->values[i]));
      const int column = PaperColumn(model->condition);
      if (metric.paper && column >= 0) {
        const double paper = (*metric.paper)[static_cast<std::size_t>(column)];
        csv +=
            fmt::format("{:g},{}", paper, OutsideInterval(model->values[i], paper) ? "yes" : "no");
      } else {
        csv += ',';
      }
      csv += '\n';
    }
  }
  return csv;
}

std::string Table1Text(const ExperimentSummary& summary) {
  const std::vector<const Summary*> columns = Table1Columns(summary);
  std::vector<std::string> header = {"mean over seeds"};
  for (const Summary* column : columns) header.push_back(column->condition.title);
  TextTable table(std::move(header));
  for (const MetricInfo& metric : MetricInfos()) {
    std::vector<std::string> row = {std::string(metric.label)};
    for (const Summary* column : columns) {
      row.push_back(MetricText(column->Of(metric.key).value, metric.kind));
    }
    table.AddRow(std::move(row));
  }
  return table.ToText();
}

std::string ConditionsCsv(std::span<const Summary> conditions) {
  std::string csv = "title,method,exploration,c,seeds,compositions_each";
  for (const MetricInfo& metric : MetricInfos()) {
    csv += fmt::format(",{0},{0}_low,{0}_high", metric.key);
  }
  csv += '\n';
  for (const Summary& summary : conditions) {
    const Condition& condition = summary.condition;
    csv += fmt::format("{},{},{},{},{},{}", CsvField(condition.title), condition.method_name(),
                       condition.exploration,
                       condition.c > 0 ? fmt::format("{}", condition.c) : std::string(),
                       summary.seeds(), summary.compositions);
    for (const Estimate& value : summary.values) csv += ',' + Cells(value);
    csv += '\n';
  }
  return csv;
}

std::string Figure2Csv(const ExperimentSummary& summary) {
  std::string csv =
      "method,seeds,iteration,mean_log_prob,mean_log_prob_low,mean_log_prob_high,"
      "mean_theory_reward,mean_theory_reward_low,mean_theory_reward_high,"
      "distinct_compositions,distinct_compositions_low,distinct_compositions_high\n";
  for (std::size_t i = 0; i < summary.curves.size(); ++i) {
    const LearningCurve& curve = summary.curves[i];
    for (std::size_t row = 0; row < curve.iterations.size(); ++row) {
      csv +=
          fmt::format("{},{},{:.0f},{},{},{}\n", summary.table[i].condition.method_name(),
                      summary.table[i].seeds(), curve.iterations[row], Cells(curve.log_prob[row]),
                      Cells(curve.reward[row]), Cells(curve.distinct[row]));
    }
  }
  return csv;
}

std::string LogZCsv(std::span<const LogZAt> estimates) {
  std::string csv = "c,log_z,standard_error,mean_of_log_z,runs,converged\n";
  for (const LogZAt& at : estimates) {
    csv += fmt::format("{},{},{},{},{},{}\n", at.c, Number(at.log_z.value),
                       Number(at.log_z.standard_error), Number(at.log_z.mean_log), at.log_z.runs,
                       at.log_z.Converged() ? "yes" : "no");
  }
  return csv;
}

bool AnyConverged(std::span<const LogZAt> estimates) {
  return std::ranges::any_of(estimates, [](const LogZAt& at) { return at.log_z.Converged(); });
}

std::vector<Summary> FrontierConditions(const ExperimentSummary& summary) {
  std::vector<Summary> conditions = LonePoints(summary);
  for (const auto& sweep : summary.sweeps) {
    conditions.insert(conditions.end(), sweep.points.begin(), sweep.points.end());
  }
  conditions.insert(conditions.end(), summary.baselines.begin(), summary.baselines.end());
  return conditions;
}

std::string LogProbChart(const ExperimentSummary& summary) {
  return CurvesChart(summary, &LearningCurve::log_prob,
                     {.title = "Mean log p of the Note RNN against events played",
                      .y_label = "log p of the Note RNN per event, nats"});
}

std::string RewardChart(const ExperimentSummary& summary) {
  return CurvesChart(
      summary, &LearningCurve::reward,
      {.title = "Mean music-theory reward against events played", .y_label = "r_MT per event"});
}

std::string FrontierChart(const ExperimentSummary& summary, std::span<const LogZAt> log_z,
                          int length) {
  Chart chart{.title = "Mean music-theory reward against KL to the Note RNN",
              .x_label = "KL to the Note RNN per event, nats",
              .y_label = "r_MT per event"};
  const auto label = [](const Summary& at) { return fmt::format("c {}", at.condition.c); };
  for (const auto& sweep : summary.sweeps) {
    PlottedSeries series{
        .name = std::string(sweep.method->label), .colour = ColourOf(sweep.method), .points = true};
    for (const Summary& at : sweep.points) {
      Add(&series, at.Of("kl_to_prior").value, at.Of("mean_theory_reward"), label(at));
    }
    chart.series.push_back(std::move(series));
  }
  for (const Summary& at : LonePoints(summary)) {
    PlottedSeries series{.name = at.condition.title,
                         .colour = ColourOf(at.condition.method),
                         .line = false,
                         .points = true};
    Add(&series, at.Of("kl_to_prior").value, at.Of("mean_theory_reward"));
    chart.series.push_back(std::move(series));
  }
  AddBaselines(summary, &chart);
  std::vector<double> rewards;
  double most_kl = 0;
  for (PlottedSeries& series : chart.series) {
    rewards.insert(rewards.end(), series.y.begin(), series.y.end());
    for (const double kl : series.x) most_kl = std::max(most_kl, std::isnan(kl) ? 0 : kl);
    if (series.line) series.low = series.high = {};  // a band along c would say nothing
  }
  const AxisRange range = RobustRange(std::move(rewards));
  chart.y_low = range.low;
  chart.y_high = range.high + 0.1 * (range.high - range.low);
  if (AnyConverged(log_z)) chart.series.push_back(Bound(log_z, length, most_kl));
  return DrawChart(chart);
}

std::string DiversityChart(const ExperimentSummary& summary) {
  Chart chart{.title = "Distinct compositions against the mean music-theory reward",
              .x_label = "r_MT per event",
              .y_label = "distinct compositions, %",
              .y_low = 0,
              .y_high = 100};
  for (const auto& sweep : summary.sweeps) {
    PlottedSeries series{
        .name = std::string(sweep.method->label), .colour = ColourOf(sweep.method), .points = true};
    for (const Summary& at : sweep.points) {
      series.x.push_back(at.Of("mean_theory_reward").value);
      series.y.push_back(100 * at.Of("distinct_compositions").value);
      series.labels.push_back(fmt::format("c {}", at.condition.c));
    }
    chart.series.push_back(std::move(series));
  }
  return DrawChart(chart);
}

}  // namespace rltuner::experiment
