// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "rltuner/core/error.h"
#include "rltuner/evaluation/estimate_json.h"
#include "rltuner/evaluation/evaluate.h"

namespace rltuner {
namespace {

using Json = nlohmann::ordered_json;

Json Number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json Interval(const Estimate& estimate) {
  return Json::array({Number(estimate.low), Number(estimate.high)});
}

void Add(Json& object, const std::string& key, const Estimate& estimate) {
  object[key] = Number(estimate.value);
  object[key + "_ci95"] = Interval(estimate);
}

void AddToList(Json& object, const std::string& key, const Estimate& estimate) {
  object[key].push_back(Number(estimate.value));
  object[key + "_ci95"].push_back(Interval(estimate));
}

Metrics ReadMetrics(const Json& object, const RuleSet& rules) {
  Metrics metrics{.compositions = object.at("compositions").get<int>(),
                  .length = object.at("length").get<int>(),
                  .values = {},
                  .reward_by_rule = {},
                  .distinct_compositions = ReadEstimateAt(object, "distinct_compositions"),
                  .most_frequent = ReadEstimateAt(object, "most_frequent_composition"),
                  .gram_entropy = ReadEstimateAt(object, "four_gram_entropy"),
                  .longest_copied_run = {},
                  .longest_copied_run_of_all = object.value("longest_copied_run_of_all", 0)};
  if (object.contains("longest_copied_run")) {
    metrics.longest_copied_run = ReadEstimateAt(object, "longest_copied_run");
  }
  for (const MetricInfo& info : MetricInfos()) {
    metrics.values.push_back(ReadEstimateAt(object, std::string(info.key), info.place));
  }
  for (int rule = 0; rule < rules.size(); ++rule) {
    const std::string name(rules.info(rule).name);
    metrics.reward_by_rule.push_back(ReadEstimate(object.at("reward_by_rule").at(name),
                                                  object.at("reward_by_rule_ci95").at(name)));
  }
  return metrics;
}

}  // namespace

EvaluationReport ReadEvaluationJson(std::string_view json, std::string_view source,
                                    const RuleSet& rules) {
  try {
    const Json object = Json::parse(json);
    EvaluationReport report{.model = object.at("model").get<std::string>(),
                            .rules = object.at("rules").get<std::string>(),
                            .method = object.at("method").get<std::string>(),
                            .options = {.compositions = object.at("compositions").get<int>(),
                                        .length = object.at("length").get<int>(),
                                        .temperature = object.at("temperature").get<double>(),
                                        .seed = object.at("seed").get<std::int64_t>(),
                                        .decoding = object.at("decoding").get<std::string>(),
                                        .c = object.at("c").get<double>()},
                            .metrics = ReadMetrics(object, rules)};
    return report;
  } catch (const Json::exception& error) {
    Fail("{}: not as `rltuner evaluate --json` writes it: {}", source, error.what());
  }
}

std::string EvaluationJson(const EvaluationReport& report, const RuleSet& rules) {
  const Metrics& metrics = report.metrics;
  Json object = {{"model", report.model},
                 {"method", report.method},
                 {"compositions", metrics.compositions},
                 {"length", metrics.length},
                 {"seed", report.options.seed},
                 {"temperature", report.options.temperature},
                 {"decoding", report.options.decoding},
                 {"c", report.options.c},
                 {"rules", report.rules}};
  for (std::size_t i = 0; i < metrics.values.size(); ++i) {
    const MetricInfo& info = MetricInfos()[i];
    const auto add = info.place > 0 ? AddToList : Add;
    add(object, std::string(info.key), metrics.values[i]);
  }
  Add(object, "distinct_compositions", metrics.distinct_compositions);
  Add(object, "most_frequent_composition", metrics.most_frequent);
  Add(object, "four_gram_entropy", metrics.gram_entropy);
  if (metrics.longest_copied_run.exists()) {
    Add(object, "longest_copied_run", metrics.longest_copied_run);
    object["longest_copied_run_of_all"] = metrics.longest_copied_run_of_all;
  }
  for (int rule = 0; rule < rules.size(); ++rule) {
    const Estimate& reward = metrics.reward_by_rule[static_cast<std::size_t>(rule)];
    const std::string name(rules.info(rule).name);
    object["reward_by_rule"][name] = Number(reward.value);
    object["reward_by_rule_ci95"][name] = Interval(reward);
  }
  // Paths are bytes; what is not UTF-8 in them must not end the run.
  return object.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rltuner
