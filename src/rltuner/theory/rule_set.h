// SPDX-License-Identifier: Apache-2.0
// The music-theory reward r_MT: every rule with a weight.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/core/settings.h"
#include "rltuner/theory/rule.h"

namespace rltuner {

// The sum of the rules' rewards times their weights. Two sets are built in: `paper`, the rules as
// the results of Jaques et al. (2017) were made with, and `theory`, the same rules with what
// departs from music theory mended (docs/rules.md). One object follows one composition.
class RuleSet final : public Reward {
 public:
  // "paper" or "theory"; Error otherwise.
  static RuleSet Named(std::string_view name);

  // A rules file (docs/rules.md): [rules] base = "paper", [rules.key] weight = 2.0 and so on. What
  // it leaves out is as in its base; without a base, as in `paper`. `source` names it in errors.
  static RuleSet FromToml(std::string_view text, std::string_view source);

  // The same from a recipe, whose tables that are not about rules are not looked at.
  static RuleSet FromRecipe(std::string_view text, std::string_view source);

  // What the option --rules takes: a built-in set's name or the path of a rules file.
  static RuleSet FromNameOrFile(const std::string& name_or_file);

  RuleSet(const RuleSet& other);
  RuleSet(RuleSet&&) noexcept = default;
  RuleSet& operator=(RuleSet&&) noexcept = default;
  ~RuleSet() override = default;

  // The base set's name, "paper" or "theory", whatever was changed after.
  const std::string& base() const { return *base_; }

  // "paper" or "theory" if nothing differs from it, else "custom".
  std::string Name();

  // Every parameter: the table [rules], then one table [rules.NAME] per rule. WriteRecipe makes
  // text of it that FromToml reads back to an equal set. The fields belong to this object and stay
  // valid while it lives, moved or not. Call Prepare after values were changed through it.
  std::vector<Settings> Describe();
  void Prepare();

  int size() const { return static_cast<int>(entries_.size()); }
  const RuleInfo& info(int rule) const { return *entries_[static_cast<std::size_t>(rule)].info; }
  double weight(int rule) const { return entries_[static_cast<std::size_t>(rule)].parts->weight; }

  // What the rule found in the last event placed with `by_rule` (Rule::findings).
  unsigned findings(int rule) const {
    return entries_[static_cast<std::size_t>(rule)].parts->rule->findings();
  }

  void Start(int length) override;

  // The weighted sum. Rules of weight 0 are not run.
  float Place(int event) override;

  // The same sum with each rule's part of it in by_rule ([size()], in the order of info). Runs the
  // rules of weight 0 too, for their findings; use one form of Place throughout a composition.
  float Place(int event, std::span<float> by_rule);

  std::unique_ptr<Reward> Clone() const override;

 private:
  // On the heap, so that Describe's pointers survive a move.
  struct Parts {
    std::unique_ptr<Rule> rule;
    double weight = 1;
  };
  struct Entry {
    const RuleInfo* info;
    std::unique_ptr<Parts> parts;
  };
  struct Active {
    Rule* rule;
    float weight;
  };

  RuleSet();

  static RuleSet OnItsBase(const std::function<void(const std::vector<Settings>&)>& read);

  std::unique_ptr<std::string> base_;
  std::vector<Entry> entries_;
  std::vector<Active> active_;  // the entries whose weight is not 0
};

}  // namespace rltuner
