// SPDX-License-Identifier: Apache-2.0
// Any text is a rules file or is refused; what was read is written and read again the same, and
// gives rewards that are numbers.
#include <array>
#include <cmath>

#include "fuzz/fuzz_target.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {
namespace {

void FuzzRules(std::span<const std::uint8_t> input) {
  RuleSet rules = RuleSet::FromToml(AsText(input), "fuzz");
  Require(!rules.Name().empty());
  const std::string text = WriteRecipe(rules.Describe());
  Require(WriteRecipe(RuleSet::FromToml(text, "written").Describe()) == text);
  constexpr std::array<std::uint8_t, 24> kEvents = {14, 1, 16, 1,  18, 0, 14, 14, 14, 14, 14, 14,
                                                    2,  1, 37, 30, 14, 1, 18, 21, 14, 0,  1,  14};
  const Score score = ScoreComposition(rules, kEvents);
  for (const float reward : score.total) Require(std::isfinite(reward));
}

const FuzzTarget kRulesTarget("rules", FuzzRules);

}  // namespace
}  // namespace rltuner
