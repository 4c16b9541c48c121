// SPDX-License-Identifier: Apache-2.0
// Any text is compositions as JSON Lines or is refused; those that were read have scores.
#include "fuzz/fuzz_target.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/score_json.h"

namespace rltuner {
namespace {

void FuzzScore(std::span<const std::uint8_t> input) {
  static RuleSet rules = RuleSet::Named("paper");
  ForEachComposition(AsText(input), "fuzz", [&](const CompositionLine& line) {
    const std::vector<std::uint8_t>& events = line.events;
    for (const int event : events) Require(IsEvent(event));
    const Score score = ScoreComposition(rules, events);
    Require(score.total.size() == events.size());
    const std::string json = ScoreJson(rules, score);
    Require(json.find('\n') == std::string::npos);
  });
}

const FuzzTarget kScoreTarget("score", FuzzScore);

}  // namespace
}  // namespace rltuner
