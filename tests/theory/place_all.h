// SPDX-License-Identifier: Apache-2.0
// Helpers for tests of rules.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/melody/bars.h"
#include "rltuner/theory/rule.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

// A rule with its own clock, so that it can be placed without a rule set.
class RuleAlone {
 public:
  RuleAlone(std::unique_ptr<Rule> rule, const MusicContext& context) : rule_(std::move(rule)) {
    rule_->Prepare(context);
    clock_.Prepare(context);
  }

  void Start(int length) {
    clock_.Start(length);
    rule_->Start(clock_);
  }

  float Place(int event) {
    const float reward = rule_->Place(event, clock_);
    clock_.Advance();
    return reward;
  }

  unsigned fired() const { return rule_->fired(); }

  std::unique_ptr<RuleAlone> Clone() const {
    return std::unique_ptr<RuleAlone>(new RuleAlone(rule_->Clone(), clock_));
  }

 private:
  RuleAlone(std::unique_ptr<Rule> rule, BarClock clock)
      : rule_(std::move(rule)), clock_(std::move(clock)) {}

  std::unique_ptr<Rule> rule_;
  BarClock clock_;
};

// The one rule of that name as in a built-in set, with further settings from TOML lines.
inline std::unique_ptr<RuleAlone> MakeRule(std::string_view name, std::string_view lines = "",
                                           const MusicContext& context = {}) {
  for (const RuleInfo& info : Rules()) {
    if (info.name != name) continue;
    std::unique_ptr<Rule> rule = info.make();
    Settings settings("rule");
    rule->Describe(settings);
    ReadRecipe("[rule]\n" + std::string(lines), "test", {&settings, 1});
    return std::make_unique<RuleAlone>(std::move(rule), context);
  }
  ADD_FAILURE() << "no rule " << name;
  return nullptr;
}

// The rewards of a composition that consists of these events.
inline std::vector<float> PlaceAll(RuleAlone& rule, const std::vector<int>& events) {
  std::vector<float> rewards;
  rule.Start(static_cast<int>(events.size()));
  for (const int event : events) rewards.push_back(rule.Place(event));
  return rewards;
}

inline std::vector<float> PlaceAll(std::string_view rule, const std::vector<int>& events,
                                   std::string_view lines = "") {
  return PlaceAll(*MakeRule(rule, lines), events);
}

}  // namespace rltuner
