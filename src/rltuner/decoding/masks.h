// SPDX-License-Identifier: Apache-2.0
// Hard masks: rules that a policy cannot break, because what would break them is never played.
#pragma once

#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

struct MaskedRules {
  bool key = false;     // only events of the key: no event for which rule `key` fires
  bool repeat = false;  // no event for which rule `repeat` fires
};

// The mask that keeps these rules of `rules` from firing, with the parameters that they have there
// (the key and its scale, the limits of repeat), whatever their weights and rewards are. The rest
// of the policy keeps its proportions. Needs the classes of a melody; some always remain. Copies
// what it needs of `rules`; safe to call from many threads.
ActionMask MakeMask(const RuleSet& rules, MaskedRules masked);

}  // namespace rltuner
