// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

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

std::string CurvesChart(const Conditions& all, Estimate CurvePoint::*figure, Chart chart) {
  // Methods that play different numbers of events are drawn at the same width.
  const auto length_of = [](const Condition& method) { return method.curve.back().iteration; };
  const bool alike = std::ranges::all_of(all.table, [&](const Condition& method) {
    return length_of(method) == length_of(all.table.front());
  });
  chart.x_label = alike ? "events played" : "events played, % of the method's run";
  chart.thousands = alike;
  std::vector<double> values;
  for (const Condition& method : all.table) {
    PlottedSeries series{.name = method.title, .colour = ColourOf(method.method)};
    for (const CurvePoint& point : method.curve) {
      const double events = point.iteration;
      Add(&series, alike ? events : 100 * events / length_of(method), point.*figure);
      values.push_back((point.*figure).value);
    }
    chart.series.push_back(std::move(series));
  }
  // Early in a run, a policy may repeat itself at -100 an event, which would flatten the rest.
  const AxisRange range = RobustRange(std::move(values));
  chart.y_low = range.low;
  chart.y_high = range.high;
  return DrawChart(chart);
}

// A curve for each method over c: metric y, times `scale`, against metric x.
void AddSweeps(const Conditions& all, std::string_view x, std::string_view y, double scale,
               Chart* chart) {
  for (const Sweep& sweep : all.sweeps) {
    PlottedSeries& series = chart->series.emplace_back();
    series.name = sweep.method->label;
    series.colour = ColourOf(sweep.method);
    series.points = true;
    for (const Condition& at : sweep.points) {
      series.x.push_back(at.Of(x).value);
      series.y.push_back(scale * at.Of(y).value);
      series.labels.push_back(fmt::format("c {}", at.c));
    }
  }
}

void AddBaselines(const Conditions& all, Chart* chart) {
  std::string family;
  int colour = 1 + static_cast<int>(RewardMethods().size());
  for (const Condition& at : all.baselines) {
    const Baseline& baseline = at.baseline.value();
    if (baseline.family != family) {
      family = baseline.family;
      chart->series.push_back({.name = family, .colour = colour++, .line = false, .points = true});
    }
    Add(&chart->series.back(), at.Of("kl_to_prior").value, at.Of("mean_theory_reward"),
        baseline.label);
  }
}

// Conditions that are on no curve over c and are no baseline.
std::vector<Condition> LonePoints(const Conditions& all) {
  std::vector<Condition> lone = {all.note_rnn};
  for (const Condition& method : all.table) {
    const bool swept = std::ranges::any_of(
        all.sweeps, [&](const auto& sweep) { return sweep.method == method.method; });
    if (!swept) lone.push_back(method);
  }
  lone.insert(lone.end(), all.optimum.begin(), all.optimum.end());
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

std::vector<const Condition*> Table1Columns(const Conditions& all) {
  std::vector<const Condition*> columns = {&all.note_rnn};
  for (const Condition& method : all.table) columns.push_back(&method);
  return columns;
}

std::string Table1Csv(const Conditions& all) {
  std::string csv = "figure,model,seeds,compositions_each,value,low,high,paper,paper_outside\n";
  const std::vector<const Condition*> columns = Table1Columns(all);
  for (std::size_t i = 0; i < MetricInfos().size(); ++i) {
    const MetricInfo& metric = MetricInfos()[i];
    for (const Condition* model : columns) {
      csv += fmt::format("{},{},{},{},{},", metric.key, CsvField(model->title), model->seeds(),
                         model->compositions, Cells(model->values[i]));
      if (const std::optional<double> paper = PaperValue(*model, metric)) {
        csv += fmt::format("{:g},{}", *paper,
                           OutsideInterval(model->values[i], *paper) ? "yes" : "no");
      } else {
        csv += ',';
      }
      csv += '\n';
    }
  }
  return csv;
}

std::string Table1Text(const Conditions& all) {
  const std::vector<const Condition*> columns = Table1Columns(all);
  std::vector<std::string> header = {"mean over seeds"};
  for (const Condition* column : columns) header.push_back(column->title);
  TextTable table(std::move(header));
  for (const MetricInfo& metric : MetricInfos()) {
    std::vector<std::string> row = {std::string(metric.label)};
    for (const Condition* column : columns) {
      row.push_back(MetricText(column->Of(metric.key).value, metric.kind));
    }
    table.AddRow(std::move(row));
  }
  return table.ToText();
}

std::string ConditionsCsv(std::span<const Condition> conditions) {
  std::string csv = "title,method,exploration,c,seeds,compositions_each";
  for (const MetricInfo& metric : MetricInfos()) {
    csv += fmt::format(",{0},{0}_low,{0}_high", metric.key);
  }
  csv += '\n';
  for (const Condition& condition : conditions) {
    csv += fmt::format("{},{},{},{},{},{}", CsvField(condition.title), condition.method_name(),
                       condition.exploration,
                       condition.c > 0 ? fmt::format("{}", condition.c) : std::string(),
                       condition.seeds(), condition.compositions);
    for (const Estimate& value : condition.values) csv += ',' + Cells(value);
    csv += '\n';
  }
  return csv;
}

std::string Figure2Csv(const Conditions& all) {
  std::string csv =
      "method,seeds,iteration,mean_log_prob,mean_log_prob_low,mean_log_prob_high,"
      "mean_theory_reward,mean_theory_reward_low,mean_theory_reward_high,"
      "distinct_compositions,distinct_compositions_low,distinct_compositions_high\n";
  for (const Condition& method : all.table) {
    for (const CurvePoint& point : method.curve) {
      csv += fmt::format("{},{},{:.0f},{},{},{}\n", method.method_name(), method.seeds(),
                         point.iteration, Cells(point.log_prob), Cells(point.reward),
                         Cells(point.distinct));
    }
  }
  return csv;
}

std::string LogZCsv(std::span<const LogZAt> estimates) {
  std::string csv = "c,log_z,standard_error,mean_of_log_z,runs,converged,at_least\n";
  for (const LogZAt& at : estimates) {
    csv += fmt::format("{},{},{},{},{},{},{}\n", at.c, Number(at.log_z.value),
                       Number(at.log_z.standard_error), Number(at.log_z.mean_log), at.log_z.runs,
                       at.log_z.Converged() ? "yes" : "no", Number(at.log_z.at_least));
  }
  return csv;
}

bool AnyConverged(std::span<const LogZAt> estimates) {
  return std::ranges::any_of(estimates, [](const LogZAt& at) { return at.log_z.Converged(); });
}

std::vector<Condition> FrontierConditions(const Conditions& all) {
  std::vector<Condition> conditions = LonePoints(all);
  for (const auto& sweep : all.sweeps) {
    conditions.insert(conditions.end(), sweep.points.begin(), sweep.points.end());
  }
  conditions.insert(conditions.end(), all.baselines.begin(), all.baselines.end());
  return conditions;
}

std::string LogProbChart(const Conditions& all) {
  return CurvesChart(all, &CurvePoint::log_prob,
                     {.title = "Mean log p of the Note RNN against events played",
                      .y_label = "log p of the Note RNN per event, nats"});
}

std::string RewardChart(const Conditions& all) {
  return CurvesChart(
      all, &CurvePoint::reward,
      {.title = "Mean music-theory reward against events played", .y_label = "r_MT per event"});
}

std::string FrontierChart(const Conditions& all, std::span<const LogZAt> log_z, int length) {
  Chart chart{.title = "Mean music-theory reward against KL to the Note RNN",
              .x_label = "KL to the Note RNN per event, nats",
              .y_label = "r_MT per event"};
  AddSweeps(all, "kl_to_prior", "mean_theory_reward", 1, &chart);
  for (const Condition& at : LonePoints(all)) {
    PlottedSeries series{
        .name = at.title, .colour = ColourOf(at.method), .line = false, .points = true};
    Add(&series, at.Of("kl_to_prior").value, at.Of("mean_theory_reward"));
    chart.series.push_back(std::move(series));
  }
  AddBaselines(all, &chart);
  std::vector<double> rewards;
  double most_kl = 0;
  for (const PlottedSeries& series : chart.series) {
    rewards.insert(rewards.end(), series.y.begin(), series.y.end());
    for (const double kl : series.x) most_kl = std::max(most_kl, std::isnan(kl) ? 0 : kl);
  }
  const AxisRange range = RobustRange(std::move(rewards));
  chart.y_low = range.low;
  chart.y_high = range.high + 0.1 * (range.high - range.low);
  if (AnyConverged(log_z)) chart.series.push_back(Bound(log_z, length, most_kl));
  return DrawChart(chart);
}

std::string DiversityChart(const Conditions& all) {
  Chart chart{.title = "Distinct compositions against the mean music-theory reward",
              .x_label = "r_MT per event",
              .y_label = "distinct compositions, %",
              .y_low = 0,
              .y_high = 100};
  AddSweeps(all, "mean_theory_reward", "distinct_compositions", 100, &chart);
  return DrawChart(chart);
}

}  // namespace rltuner::experiment
