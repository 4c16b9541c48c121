// SPDX-License-Identifier: Apache-2.0
// The rules in a musician's words, with examples to listen to.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rltuner/melody/encoding.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::studio {

struct RuleExample {
  std::string_view caption;
  std::vector<std::uint8_t> events;
  int at;     // the event whose reward is shown
  bool good;  // whether the rule likes it
};

struct RuleGuide {
  std::string_view rule, title, meaning;
  std::vector<RuleExample> examples;
};

// The guide to a rule; a rule without one has its registry's texts and no examples.
RuleGuide GuideTo(const RuleInfo& info);

// What /api/state calls `rules`: those that any of the recipes uses, with examples as a model
// of this encoding has them, scored unweighted by the rules of the first such recipe.
Json RulesJson(std::span<const Recipe> recipes, const Encoding& encoding);

}  // namespace rltuner::studio
