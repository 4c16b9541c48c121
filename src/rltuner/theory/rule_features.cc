// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/rule_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/theory/damage.h"
#include "rltuner/theory/reward_table.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// The rule set with the weight of every rule in use set by weight_of(rule), to four digits.
template <typename WeightOf>
RuleSet WithWeights(const RuleSet& rules, const WeightOf& weight_of) {
  RuleSet changed(rules);
  for (int rule = 0; rule < rules.size(); ++rule) {
    changed.SetWeight(rule, ParseNumber<double>(fmt::format("{:.4g}", weight_of(rule))).value());
  }
  changed.Prepare();
  return changed;
}

}  // namespace

RuleTargets::RuleTargets() {
  for (const RuleInfo& rule : Rules()) texts_[std::string(rule.name)];
}

Settings RuleTargets::Describe(std::string name) {
  Settings settings(std::move(name));
  for (auto& [rule, text] : texts_) {
    settings.Add(rule, &text, {}, "Mean reward of a melody, or shares of its table's entries");
  }
  return settings;
}

std::string RuleTargets::ToToml(std::string_view name) const {
  std::string text;
  for (const auto& [rule, target] : texts_) {
    if (!target.empty()) text += fmt::format("{} = \"{}\"\n", rule, target);
  }
  return text.empty() ? "" : fmt::format("\n[{}]\n{}", name, text);
}

RuleFeatures::RuleFeatures(const RuleSet& rules, const RuleTargets& targets,
                           const RuleTargets& wishes)
    : rules_(rules) {
  const auto target_of = [&](int rule) -> const std::string& {
    const std::string& wish = wishes.Of(rules.info(rule).name);
    return wish.empty() ? targets.Of(rules.info(rule).name) : wish;
  };
  for (const RuleInfo& rule : Rules()) {
    if (!wishes.Of(rule.name).empty() && rules.WeightOf(rule.name) == 0) {
      Fail("wish for rule {0}: it has weight 0, expected [rules.{0}] with a weight", rule.name);
    }
  }
  for (int rule = 0; rule < rules.size(); ++rule) {
    weights_.push_back(rules.weight(rule));
    matched_.push_back(weights_.back() != 0 && !target_of(rule).empty());
  }
  rules_ = WithWeights(rules, [&](int rule) {
    return matched_[static_cast<std::size_t>(rule)] ? 1 : rules.weight(rule);
  });
  by_rule_.resize(matched_.size());
  sums_.resize(matched_.size());
  for (int rule = 0; rule < rules_.size(); ++rule) {
    if (!matched_[static_cast<std::size_t>(rule)]) continue;
    RewardTable numbers(target_of(rule));
    const std::string_view of = wishes.Of(rules.info(rule).name).empty() ? "target of" : "wish for";
    const std::string name = fmt::format("{} rule {}", of, rules.info(rule).name);
    numbers.Prepare(name.c_str(), 0, 1e9);  // for long melodies
    RewardTable* const table = rules_.rule(rule).table();
    const int expected = table == nullptr ? 1 : table->size();
    if (numbers.size() != expected) {
      Fail("{}: {} numbers, expected {}", name, numbers.size(), expected);
    }
    const auto first = static_cast<int>(features_.size());
    double sum = 0;
    for (int entry = 0; entry < expected; ++entry) {
      features_.push_back({rule, table == nullptr ? -1 : first, entry});
      numbers.MoveTo(entry);
      targets_.push_back(numbers.paid());
      sum += numbers.paid();
    }
    if (table == nullptr) continue;
    const auto shares = std::span(targets_).subspan(static_cast<std::size_t>(first));
    if (sum <= 0 || std::ranges::min(shares) < 0) {
      Fail("{}: expected shares of melodies, none below 0 and not all 0", name);
    }
    for (double& share : shares) share /= sum;
  }
}

void RuleFeatures::StartAt(int phase, int length) {
  rules_.StartAt(phase, length);
  std::ranges::fill(sums_, 0.0);
}

float RuleFeatures::Place(int event) {
  rules_.Place(event, by_rule_);
  float paid = 0;
  for (std::size_t rule = 0; rule < sums_.size(); ++rule) {
    sums_[rule] += by_rule_[rule];
    paid += matched_[rule] ? static_cast<float>(weights_[rule]) * by_rule_[rule] : by_rule_[rule];
  }
  return paid;
}

void RuleFeatures::Features(std::span<double> values) const {
  for (std::size_t i = 0; i < features_.size(); ++i) {
    const Feature& feature = features_[i];
    values[i] = feature.table < 0 ? sums_[static_cast<std::size_t>(feature.rule)]
                : rules_.rule(feature.rule).table()->at() == feature.entry ? 1
                                                                           : 0;
  }
}

double RuleFeatures::Fixed() const {
  double sum = 0;
  for (std::size_t rule = 0; rule < sums_.size(); ++rule) {
    if (!matched_[rule]) sum += sums_[rule];
  }
  return sum;
}

std::string RuleFeatures::Name(int feature) const {
  const Feature& of = features_[static_cast<std::size_t>(feature)];
  const std::string_view rule = rules_.info(of.rule).name;
  return of.table < 0 ? std::string(rule) : fmt::format("{}: {}", rule, of.entry);
}

RuleSet RuleFeatures::Weighted(std::span<const double> weights) const {
  RuleSet weighted = WithWeights(rules_, [&](int rule) {
    for (std::size_t i = 0; i < features_.size(); ++i) {
      if (features_[i].rule == rule && features_[i].table < 0) {
        return std::clamp(weights[i], kLowestReward, kHighestReward);
      }
    }
    return matched_[static_cast<std::size_t>(rule)] ? 1 : rules_.weight(rule);
  });
  for (std::size_t i = 0; i < features_.size(); ++i) {
    const Feature& feature = features_[i];
    if (feature.entry != 0 || feature.table < 0) continue;
    RewardTable* const table = weighted.rule(feature.rule).table();
    // An offset that all melodies share changes nothing, so the first entry pays 0.
    std::vector<double> values(weights.begin() + static_cast<std::ptrdiff_t>(i),
                               weights.begin() + static_cast<std::ptrdiff_t>(i) + table->size());
    const double offset = values[0];
    for (double& value : values) {
      value = std::clamp(value - offset, kLowestReward, kHighestReward);
    }
    table->Set(values);
  }
  weighted.Prepare();
  return weighted;
}

RuleTargets TargetsOf(const RuleSet& rules, const Excerpts& tunes) {
  RuleTargets all;
  for (int rule = 0; rule < rules.size(); ++rule) {
    const RewardTable* const table = rules.rule(rule).table();
    std::string& text = all.Of(rules.info(rule).name);
    if (rules.weight(rule) == 0) continue;
    text =
        table == nullptr ? "0" : fmt::format("{}", fmt::join(std::vector(table->size(), 1), " "));
  }
  RuleFeatures features(rules, all, {});
  const auto means_over = [&](const Tunes& excerpts) {
    std::vector<double> means(static_cast<std::size_t>(features.features()));
    std::vector<double> values(means.size());
    const auto count = static_cast<double>(excerpts.events.size());
    for (std::size_t i = 0; i < excerpts.events.size(); ++i) {
      features.SetContext(excerpts.contexts[i]);
      features.Start(static_cast<int>(excerpts.events[i].size()));
      for (const std::uint8_t event : excerpts.events[i]) features.Place(event);
      features.Features(values);
      for (std::size_t k = 0; k < values.size(); ++k) means[k] += values[k] / count;
    }
    return means;
  };
  const std::vector<double> first = means_over(tunes.first), last = means_over(tunes.last);
  RuleTargets targets;
  for (std::size_t k = 0; k < first.size(); ++k) {
    const RuleInfo& rule = features.RuleOf(static_cast<int>(k));
    std::string& text = targets.Of(rule.name);
    text += fmt::format("{}{:.4f}", text.empty() ? "" : " ", rule.of_endings ? last[k] : first[k]);
  }
  return targets;
}

}  // namespace rltuner
