// SPDX-License-Identifier: Apache-2.0
// The rules in a musician's words, with examples to listen to.
#pragma once

#include <span>

#include "rltuner/melody/encoding.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/tuning_controls.h"

namespace rltuner::studio {

// The list `rules` of /api/state: every rule that any of the recipes uses, with examples. The
// examples are coded for a model of this encoding and have unweighted rewards, by the rules of the
// first recipe that uses the rule.
Json RulesJson(std::span<const Recipe> recipes, const Encoding& encoding);

}  // namespace rltuner::studio
