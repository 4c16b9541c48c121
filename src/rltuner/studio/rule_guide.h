// SPDX-License-Identifier: Apache-2.0
// The rules in a musician's words, with examples to listen to.
#pragma once

#include <span>

#include "rltuner/melody/encoding.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/tuning_controls.h"

namespace rltuner::studio {

// What /api/state calls `rules`: those that any of the recipes uses. Their examples are coded for a
// model of this encoding and scored, unweighted, by the rules of the first recipe that uses the
// rule.
Json RulesJson(std::span<const Recipe> recipes, const Encoding& encoding);

}  // namespace rltuner::studio
