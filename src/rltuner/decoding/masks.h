// SPDX-License-Identifier: Apache-2.0
// Hard masks: rules that a policy cannot break, because it never plays events that would do so.
#pragma once

#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

struct MaskedRules {
  bool key = false;     // only events of the key: no event for which rule `key` fires
  bool repeat = false;  // no event for which rule `repeat` fires
};

// The mask under which these rules never fire. It uses their parameters in `rules` (the key and its
// scale, the limits of repeat), but not their weights and rewards. The remaining events keep their
// proportions; at least one always remains. Only for the classes of melodies. Copies what it needs
// of `rules`; safe to call from many threads.
ActionMask MakeMask(const RuleSet& rules, MaskedRules masked);

}  // namespace rltuner
