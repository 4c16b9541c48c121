// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>

#include "rltuner/core/error.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/metric_text.h"

namespace rltuner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kListed = "autocorrelation";  // JSON has one list of all its lags
constexpr std::string_view kCopiedRun = "longest_copied_run";
constexpr const char* kLongestOfAll = "longest_copied_run_of_all";

// JSON has null for NaN.
double NumberOrNan(const Json& value) {
  return value.is_null() ? std::nan("") : value.get<double>();
}

Json Interval(const Estimate& estimate) { return Json::array({estimate.low, estimate.high}); }

Estimate ReadEstimate(const Json& value, const Json& interval) {
  return {NumberOrNan(value), NumberOrNan(interval.at(0)), NumberOrNan(interval.at(1))};
}

EvaluationReport ReadReport(const Json& object) {
  EvaluationReport report{.model = object.at("model").get<std::string>(),
                          .rules = object.at("rules").get<std::string>(),
                          .method = object.at("method").get<std::string>()};
  EvaluationOptions& options = report.options;
  Metrics& metrics = report.metrics;
  metrics.compositions = options.compositions = object.at("compositions").get<int>();
  metrics.length = options.length = object.at("length").get<int>();
  options.temperature = object.value("temperature", options.temperature);
  options.seed = object.value("seed", options.seed);
  options.decoding = object.value("decoding", options.decoding);
  options.c = object.value("c", options.c);
  if (object.contains("encoding")) {
    report.encoding = Encoding::FromJson(object.at("encoding").dump(), "encoding");
  }
  metrics.longest_copied_run_of_all = object.value(kLongestOfAll, 0);
  std::size_t listed = 0;
  for (const MetricInfo& info : MetricInfos()) {
    const bool in_list = info.key.starts_with(kListed);
    const std::string key(in_list ? kListed : info.key);
    if (!object.contains(key)) continue;
    const Json& value = object.at(key);
    const Json& interval = object.at(key + "_ci95");
    metrics.Of(info.key) = in_list ? ReadEstimate(value.at(listed), interval.at(listed))
                                   : ReadEstimate(value, interval);
    listed += in_list ? 1 : 0;
  }
  if (!object.contains("reward_by_rule")) return report;
  for (const auto& [rule, reward] : object.at("reward_by_rule").items()) {
    metrics.reward_by_rule.push_back(
        {rule, ReadEstimate(reward, object.at("reward_by_rule_ci95").at(rule))});
  }
  return report;
}

}  // namespace

std::vector<EvaluationReport> ReadEvaluationJson(std::string_view json, std::string_view source) {
  try {
    const Json parsed = Json::parse(json);
    std::vector<EvaluationReport> reports;
    for (const Json& object : parsed.is_array() ? parsed : Json::array({parsed})) {
      reports.push_back(ReadReport(object));
    }
    return reports;
  } catch (const Json::parse_error& error) {
    Fail("{}: not JSON at byte {}; expected what `rltuner evaluate --json` writes", source,
         error.byte);
  } catch (const Json::exception& error) {
    const std::string_view what = error.what();  // after the name of its class
    Fail("{}: {}; expected what `rltuner evaluate --json` writes", source,
         what.substr(what.find(']') + 2));
  }
}

std::string EvaluationJson(std::span<const EvaluationReport> reports) {
  if (reports.size() == 1) return EvaluationJson(reports.front()) + '\n';
  std::string list;
  for (const EvaluationReport& report : reports) {
    list += (list.empty() ? "[\n" : ",\n") + EvaluationJson(report);
  }
  return list + "\n]\n";
}

std::string EvaluationText(std::span<const EvaluationReport> reports, bool with_paper) {
  const EvaluationOptions& options = reports.front().options;
  std::vector<std::string> header{
      fmt::format("{} compositions of {} events", options.compositions, options.length)};
  for (const EvaluationReport& report : reports) {
    header.push_back(report.model);
    header.emplace_back("95 % interval");
  }
  for (const std::string_view model : kPaperModels) {
    if (with_paper) header.push_back("paper " + std::string(model));
  }
  TextTable table(std::move(header));
  const auto add = [&](std::string label, const MetricInfo& info, const auto& estimate_of) {
    std::vector<std::string> row{std::move(label)};
    bool exists = false;
    for (const EvaluationReport& report : reports) {
      const Estimate& estimate = estimate_of(report.metrics);
      exists = exists || estimate.exists();
      row.push_back(MetricText(estimate.value, info.kind));
      row.push_back(IntervalText(estimate, info.kind));
    }
    if (!exists && info.key == kCopiedRun) return;
    if (with_paper && info.paper) {
      for (const double value : *info.paper) row.push_back(PaperText(value, info.kind));
    }
    table.AddRow(std::move(row));
  };
  for (const MetricInfo& info : MetricInfos()) {
    add(std::string(info.label), info,
        [&](const Metrics& metrics) -> const Estimate& { return metrics.Of(info.key); });
  }
  const std::vector<Metrics::RuleReward>& rewards = reports.front().metrics.reward_by_rule;
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    add("Reward of rule " + rewards[i].rule, {.key = {}},
        [i](const Metrics& metrics) -> const Estimate& {
          return metrics.reward_by_rule[i].reward;
        });
  }
  return table.ToText();
}

std::string EvaluationJson(const EvaluationReport& report) {
  const Metrics& metrics = report.metrics;
  Json object = {{"model", report.model},
                 {"method", report.method},
                 {"compositions", metrics.compositions},
                 {"length", metrics.length},
                 {"metre", report.options.context.metre.Text()},
                 {"mode", ModeName(report.options.context.mode)},
                 {"encoding", Json::parse(report.encoding.FullJson())},
                 {"seed", report.options.seed},
                 {"temperature", report.options.temperature},
                 {"decoding", report.options.decoding},
                 {"c", report.options.c},
                 {"rules", report.rules}};
  for (const MetricInfo& info : MetricInfos()) {
    const Estimate& estimate = metrics.Of(info.key);
    if (info.key.starts_with(kListed)) {
      const std::string key(kListed);
      object[key].push_back(estimate.value);
      object[key + "_ci95"].push_back(Interval(estimate));
    } else if (info.key != kCopiedRun || estimate.exists()) {
      const std::string key(info.key);
      object[key] = estimate.value;
      object[key + "_ci95"] = Interval(estimate);
    }
  }
  if (metrics.Of(kCopiedRun).exists()) {
    object[kLongestOfAll] = metrics.longest_copied_run_of_all;
  }
  for (const auto& [rule, reward] : metrics.reward_by_rule) {
    object["reward_by_rule"][rule] = reward.value;
    object["reward_by_rule_ci95"][rule] = Interval(reward);
  }
  for (const CorpusMetric& metric : report.corpus) {
    object["corpus"][std::string(metric.key)] = metric.value;
  }
  // Paths are bytes; bytes that are not UTF-8 must not end the run.
  return object.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rltuner
