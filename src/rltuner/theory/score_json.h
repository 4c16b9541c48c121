// SPDX-License-Identifier: Apache-2.0
// Compositions in and scores out as JSON Lines: one JSON object per line (docs/rules.md).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

struct CompositionLine {
  std::vector<std::uint8_t> events;
  MelodyContext context = {};  // by default without pickup, 4/4, C major
};

// Reads one line, {"events":[...]}: integers 0 .. `classes` - 1, possibly none. The line may also
// have "pickup", "metre" and "key". Other keys are ignored, so a line with rewards is accepted. An
// Error's message begins with `where` ("file:line"). Lines of more than 8 MiB and compositions of
// more than 100,000 events are refused: a score takes a hundred times the memory of its line.
CompositionLine ParseCompositionLine(std::string_view line, std::string_view where,
                                     int classes = kVocabulary);

// Reads JSON Lines and calls `each` for every composition in turn; blank lines and a byte-order
// mark are skipped. An Error names source and line; a text without any composition is an Error too.
using TakeComposition = std::function<void(const CompositionLine& composition)>;
void ForEachComposition(std::string_view text, std::string_view source, const TakeComposition& each,
                        int classes = kVocabulary);

// One line, without a line break: {"rewards":{"key":[...], ..., "total":[...]},
// "statistics":{"notes_not_in_key":n, ...},"autocorrelation":[x,x,x]}. Rewards are weighted and add
// up to the total; a coefficient that does not exist is null. Floats are written with enough digits
// to be read back exactly.
std::string ScoreJson(const RuleSet& rules, const Score& score);

}  // namespace rltuner
