// SPDX-License-Identifier: Apache-2.0
// For tests and benchmarks of single rules.
#pragma once

#include <memory>
#include <utility>

#include "rltuner/melody/bars.h"
#include "rltuner/theory/rule.h"

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

}  // namespace rltuner
