// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/evaluation/estimate_json.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

using Json = nlohmann::ordered_json;
using Kind = MetricInfo::Kind;

// Farther from zero is worse: the interval of the figure's size.
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

void AddMetrics(const Json& before, const Json& after, Comparison& comparison) {
  for (const MetricInfo& info : MetricInfos()) {
    const std::string key(info.key);
    if (!before.contains(key) || !after.contains(key)) continue;
    const auto read = [&](const Json& object) { return ReadEstimateAt(object, key, info.place); };
    ComparedFigure figure{.label = std::string(info.label),
                          .kind = info.kind,
                          .before = read(before),
                          .after = read(after),
                          .paper = PaperRowOf(info.Name())};
    figure.change = Judge(figure.before, figure.after, PreferenceOf(key));
    if (key == "mean_theory_reward") figure.label += WeightsText(comparison.rules);
    (figure.paper != nullptr ? comparison.table1 : comparison.further).push_back(figure);
  }
}

void AddOthers(const Json& before, const Json& after, Comparison& comparison) {
  const std::string distinct = "distinct_compositions";
  if (before.contains(distinct) && after.contains(distinct)) {
    ComparedFigure figure{.label = "Distinct compositions",
                          .kind = Kind::kShare,
                          .before = ReadEstimateAt(before, distinct),
                          .after = ReadEstimateAt(after, distinct)};
    figure.change = Judge(figure.before, figure.after, PreferenceOf(distinct));
    comparison.further.push_back(std::move(figure));
  }
  const std::string rewards = "reward_by_rule";
  if (!before.contains(rewards) || !after.contains(rewards)) return;
  for (const auto& [rule, reward] : before.at(rewards).items()) {
    if (!after.at(rewards).contains(rule)) continue;
    std::string label = rule;
    std::replace(label.begin(), label.end(), '_', ' ');
    ComparedFigure figure{
        .label = label,
        .before = ReadEstimate(reward, before.at(rewards + "_ci95").at(rule)),
        .after = ReadEstimate(after.at(rewards).at(rule), after.at(rewards + "_ci95").at(rule))};
    figure.change = Judge(figure.before, figure.after, Preference::kHigher);
    comparison.by_rule.push_back(std::move(figure));
  }
}

}  // namespace

Preference PreferenceOf(std::string_view key) {
  if (key == "notes_excessively_repeated" || key == "notes_not_in_key") return Preference::kLower;
  if (key.starts_with("autocorrelation")) return Preference::kNearZero;
  constexpr std::array<std::string_view, 10> kHigher = {
      "starting_with_tonic", "leaps_resolved",
      "unique_max_note",     "unique_min_note",
      "notes_in_motif",      "notes_in_repeated_motif",
      "mean_theory_reward",  "distinct_compositions",
      "mean_log_prob",       "entropy"};
  return std::find(kHigher.begin(), kHigher.end(), key) != kHigher.end() ? Preference::kHigher
                                                                         : Preference::kNone;
}

Comparison ReadComparison(std::string_view json, std::string_view source) {
  try {
    const Json list = Json::parse(json);
    if (!list.is_array() || list.size() != 2) {
      Fail("{}: expected a list of two objects, as `rltuner evaluate BEFORE AFTER --json` writes",
           source);
    }
    const Json& before = list.at(0);
    const Json& after = list.at(1);
    Comparison comparison{
        .before = {before.at("model").get<std::string>(), before.at("method").get<std::string>()},
        .after = {after.at("model").get<std::string>(), after.at("method").get<std::string>()},
        .rules = after.at("rules").get<std::string>(),
        .compositions = after.at("compositions").get<int>(),
        .length = after.at("length").get<int>(),
        .table1 = {},
        .further = {},
        .by_rule = {}};
    AddMetrics(before, after, comparison);
    AddOthers(before, after, comparison);
    return comparison;
  } catch (const Json::exception& error) {
    Fail("{}: not as `rltuner evaluate --json` writes it: {}", source, error.what());
  }
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
