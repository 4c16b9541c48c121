// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

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

}  // namespace

std::string EvaluationJson(const EvaluationReport& report, const RuleSet& rules) {
  const Metrics& metrics = report.metrics;
  Json object = {{"model", report.model},
                 {"method", report.method},
                 {"compositions", metrics.compositions},
                 {"length", metrics.length},
                 {"seed", report.options.seed},
                 {"temperature", report.options.temperature},
                 {"rules", report.rules}};
  for (std::size_t i = 0; i < metrics.values.size(); ++i) {
    const std::string key(MetricInfos()[i].key);
    if (key == "autocorrelation") {
      AddToList(object, key, metrics.values[i]);
    } else {
      Add(object, key, metrics.values[i]);
    }
  }
  Add(object, "distinct_compositions", metrics.distinct_compositions);
  Add(object, "four_gram_entropy", metrics.gram_entropy);
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
