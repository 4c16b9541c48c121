// SPDX-License-Identifier: Apache-2.0
// Helpers for tests of rules.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/theory/rule.h"
#include "rltuner/theory/rule_set.h"
#include "theory/rule_alone.h"

namespace rltuner {

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
