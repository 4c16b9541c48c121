// SPDX-License-Identifier: Apache-2.0
// The rules as features, whose means tuning should make equal to those of real tunes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/core/settings.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

struct Excerpts;  // theory/damage.h

// A target for each rule, as in a recipe's tables [targets] and [wishes]. It is the mean unweighted
// reward of a melody ("12.5") or, for a table, the share of melodies at each entry ("0.8 0.2"). An
// empty text means no target.
class RuleTargets {
 public:
  RuleTargets();

  // The table `name`, one key for every rule. The fields belong to this object.
  Settings Describe(std::string name);

  // The table as TOML, with only the rules that have a target; "" if none has.
  std::string ToToml(std::string_view name) const;

  const std::string& Of(std::string_view rule) const { return texts_.find(rule)->second; }
  std::string& Of(std::string_view rule) { return texts_.find(rule)->second; }

 private:
  std::map<std::string, std::string, std::less<>> texts_;
};

// Each rule with a target is one feature, or one for each entry of its table. The other rules
// reward with their own weights. Follows one composition.
class RuleFeatures final : public FeatureReward {
 public:
  // `wishes` override `targets`. Throws an Error that names the rule if a target is neither a
  // number nor one share per entry of the table, or if a wish is for a rule of weight 0.
  RuleFeatures(const RuleSet& rules, const RuleTargets& targets, const RuleTargets& wishes);

  void Start(int length) override { StartAt(0, length); }
  void StartAt(int phase, int length) override;  // as RuleSet's
  float Place(int event) override;  // the reward by all rules, with their present weights
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<RuleFeatures>(*this); }

  int features() const override { return static_cast<int>(targets_.size()); }
  void Features(std::span<double> values) const override;
  double Fixed() const override;
  std::span<const double> targets() const override { return targets_; }
  int TableOf(int feature) const override {
    return features_[static_cast<std::size_t>(feature)].table;
  }

  void SetContext(const MusicContext& context) { rules_.SetContext(context); }

  // The rule to which a feature belongs.
  const RuleInfo& RuleOf(int feature) const {
    return rules_.info(features_[static_cast<std::size_t>(feature)].rule);
  }

  // "metre"; "form: 2" for an entry of a table.
  std::string Name(int feature) const;

  // The rules with the weights found, [features()]. The weights of a table become its entries.
  RuleSet Weighted(std::span<const double> weights) const;

 private:
  struct Feature {
    int rule;   // of rules_
    int table;  // as TableOf
    int entry;  // of the table
  };

  RuleSet rules_;                // matched rules at weight 1, the others at their own weights
  std::vector<double> weights_;  // [rule] as given
  std::vector<bool> matched_;    // [rule]
  std::vector<Feature> features_;
  std::vector<double> targets_;
  std::vector<float> by_rule_;  // [rule]
  std::vector<double> sums_;    // [rule]
};

// The targets measured on these tunes, for every rule of the set that has a weight.
RuleTargets TargetsOf(const RuleSet& rules, const Excerpts& tunes);

}  // namespace rltuner
