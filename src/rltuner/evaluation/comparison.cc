// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

// Farther from zero is worse: the interval of the metric's size.
Estimate SizeOf(const Estimate& x) {
  const bool across_zero = x.low < 0 && x.high > 0;
  return {std::abs(x.value), across_zero ? 0 : std::min(std::abs(x.low), std::abs(x.high)),
          std::max(std::abs(x.low), std::abs(x.high))};
}

Change Judge(Estimate before, Estimate after, Preference preference) {
  if (preference == Preference::kNone || std::isnan(before.low) || std::isnan(after.low)) {
    return Change::kNone;
  }
  if (preference == Preference::kNearZero) {
    before = SizeOf(before);
    after = SizeOf(after);
  }
  if (preference != Preference::kHigher) std::swap(before, after);
  if (after.low > before.high) return Change::kBetter;
  return after.high < before.low ? Change::kWorse : Change::kSame;
}

ComparedMetric Compared(std::string label, const Estimate& before, const Estimate& after,
                        const MetricInfo& info) {
  return {.label = std::move(label),
          .kind = info.kind,
          .before = before,
          .after = after,
          .change = Judge(before, after, info.preference),
          .paper = info.paper};
}

constexpr MetricInfo kRuleReward{.key = {}, .label = {}, .preference = Preference::kHigher};

}  // namespace

Comparison ReadComparison(std::string_view json, std::string_view source) {
  std::vector<EvaluationReport> reports = ReadEvaluationJson(json, source);
  if (reports.size() != 2) {
    Fail("{}: expected a list of two objects, as `rltuner evaluate BEFORE AFTER --json` writes",
         source);
  }
  Comparison comparison{.before = std::move(reports[0]),
                        .after = std::move(reports[1]),
                        .table1 = {},
                        .further = {},
                        .by_rule = {}};
  const Metrics& before = comparison.before.metrics;
  const Metrics& after = comparison.after.metrics;
  for (const MetricInfo& info : MetricInfos()) {
    if (!before.Of(info.key).exists() && !after.Of(info.key).exists()) continue;
    std::string label(info.label);
    if (info.key == "mean_theory_reward") label += WeightsText(comparison.after.rules);
    (info.paper ? comparison.table1 : comparison.further)
        .push_back(Compared(std::move(label), before.Of(info.key), after.Of(info.key), info));
  }
  for (const auto& [rule, reward] : before.reward_by_rule) {
    const auto same = std::ranges::find(after.reward_by_rule, rule, &Metrics::RuleReward::rule);
    if (same == after.reward_by_rule.end()) continue;
    std::string label = rule;
    std::replace(label.begin(), label.end(), '_', ' ');
    comparison.by_rule.push_back(Compared(std::move(label), reward, same->reward, kRuleReward));
  }
  return comparison;
}

std::string MethodTitle(const std::string& method) {
  if (method == kNoteRnnMethod) return "no tuning";
  const MethodInfo* info = FindMethod(method);
  return info == nullptr ? method : std::string(info->title);
}

std::string WeightsText(const std::string& rules) {
  return fmt::format(", weights of “{}”", rules);
}

std::string_view ChangeText(Change change) {
  switch (change) {
    case Change::kBetter:
      return "better";
    case Change::kSame:
      return "same";
    case Change::kWorse:
      return "worse";
    case Change::kNone:
      break;
  }
  return "";
}

}  // namespace rltuner
