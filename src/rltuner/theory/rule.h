// SPDX-License-Identifier: Apache-2.0
// The interface of a music-theory rule. The rules are in theory/rules/, each with its RuleInfo.
#pragma once

#include <memory>

#include "rltuner/core/settings.h"
#include "rltuner/melody/bars.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

class RewardTable;

// Rewards each event of a composition when it is placed (r_MT of Jaques et al. 2017, section 5).
// One object follows one composition; use a clone per thread. The cost of Place must not grow with
// the composition: keep running sums instead of looking back.
class Rule {
 public:
  virtual ~Rule() = default;

  // Adds the rule's parameters, each with its range, to its table. The fields belong to the rule.
  virtual void Describe(Settings& settings) = 0;

  // Called after parameters, metre or key may have changed. Computes only what follows from them.
  // Error if a text among the parameters is malformed.
  virtual void Prepare(const MusicContext& /*context*/) {}

  // Forgets everything and begins a composition. The clock stands at its first event.
  virtual void Start(const BarClock& /*clock*/) {}

  // The unweighted reward of `event` (a class), which becomes the next event. The clock gives its
  // place in the composition, its bars and its beats.
  virtual float Place(int event, const BarClock& clock) = 0;

  // A copy with its own state, even in the middle of a composition.
  virtual std::unique_ptr<Rule> Clone() const = 0;

  // What the rule found in the last event, as bits that each rule defines (0: nothing). The bits
  // are set even if the reward is zero; statistics.cc counts them.
  unsigned fired() const { return fired_; }

  // The table of a rule that rewards by a table; method `match` finds its entries. nullptr for
  // other rules.
  virtual RewardTable* table() { return nullptr; }

 protected:
  Rule() = default;
  Rule(const Rule&) = default;
  Rule& operator=(const Rule&) = default;

  unsigned fired_ = 0;
};

// The base of every rule, as in `class Leap final : public RuleOf<Leap>`.
template <typename Derived>
class RuleOf : public Rule {
 public:
  std::unique_ptr<Rule> Clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
};

template <typename Derived>
std::unique_ptr<Rule> MakeRule() {
  return std::make_unique<Derived>();
}

// The range of every reward parameter.
inline constexpr double kLowestReward = -1000;
inline constexpr double kHighestReward = 1000;

inline void AddReward(Settings& settings, const char* name, double* field, const char* help) {
  settings.Add(name, field, kLowestReward, kHighestReward, help);
}

}  // namespace rltuner
