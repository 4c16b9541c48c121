// SPDX-License-Identifier: Apache-2.0
// Results and conditions made by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rltuner/experiment/summary.h"

namespace rltuner::experiment {

// Everything about it is 0 .. 0 but one figure.
inline RunResult ResultWith(std::string_view key, Estimate estimate) {
  RunResult result;
  result.metrics.compositions = 100;
  result.metrics.values.assign(MetricInfos().size(), {0, 0, 0});
  result.metrics.Of(key) = estimate;
  return result;
}

inline Condition ConditionOf(const std::string& method, std::vector<int> runs) {
  const MethodInfo* info = FindMethod(method);
  return {.name = info == nullptr ? "Note RNN" : std::string(info->label),
          .method = info,
          .exploration = {},
          .c = info == nullptr ? 0 : 0.5,
          .runs = std::move(runs)};
}

// A baseline or policy of one seed: its r_MT, +- .01, and its KL to the Note RNN.
inline Condition SpendingKl(const std::string& method, std::string title, double reward,
                            double kl) {
  RunResult result = ResultWith("mean_theory_reward", {reward, reward - .01, reward + .01});
  result.metrics.Of("kl_to_prior") = {kl, kl, kl};
  Condition condition = ConditionOf(method, {0});
  condition.name = condition.title = std::move(title);
  if (condition.method == nullptr && kl > 0) {
    condition.baseline = {.family = "best of", .label = "1024", .candidates = 1024};
  }
  return Summarise(condition, std::vector{result});
}

// A condition of one seed with these two figures.
inline Condition SummaryWith(const std::string& method, Estimate reward, Estimate distinct) {
  RunResult result = ResultWith("mean_theory_reward", reward);
  result.metrics.Of("distinct_compositions") = distinct;
  return Summarise(ConditionOf(method, {0}), std::vector{result});
}

}  // namespace rltuner::experiment
