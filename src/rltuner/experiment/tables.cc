// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rltuner/core/markup.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/experiment/findings.h"

namespace rltuner::experiment {
namespace {

std::string Number(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{:.6g}", value);
}

std::string Cells(const Estimate& estimate) {
  return fmt::format("{},{},{}", Number(estimate.value), Number(estimate.low),
                     Number(estimate.high));
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
  return std::any_of(estimates.begin(), estimates.end(),
                     [](const LogZAt& at) { return at.log_z.Converged(); });
}

std::vector<Summary> FrontierConditions(const ExperimentSummary& summary) {
  std::vector<Summary> conditions = {summary.note_rnn};
  for (const Summary& method : summary.table) {
    const bool swept =
        std::any_of(summary.sweeps.begin(), summary.sweeps.end(),
                    [&](const auto& sweep) { return sweep.method == method.condition.method; });
    if (!swept) conditions.push_back(method);
  }
  for (const auto& sweep : summary.sweeps) {
    conditions.insert(conditions.end(), sweep.points.begin(), sweep.points.end());
  }
  conditions.insert(conditions.end(), summary.baselines.begin(), summary.baselines.end());
  return conditions;
}

}  // namespace rltuner::experiment
