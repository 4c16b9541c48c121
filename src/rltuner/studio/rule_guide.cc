// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/rule_guide.h"

#include <algorithm>
#include <utility>

#include "rltuner/studio/learner.h"

namespace rltuner::studio {
namespace {

const std::vector<RuleGuide>& Guides() {
  static const std::vector<RuleGuide> guides = {
      {"key",
       "Stay in key",
       "Punishes every note that is not in C major.",
       {{"All notes in key", {14, 1, 16, 1, 18, 1, 19, 1, 21, 1, 1, 1}, 4, true},
        {"An E flat among them", {14, 1, 16, 1, 17, 1, 19, 1, 21, 1, 1, 1}, 4, false}}},
      {"tonic",
       "Begin and end at home",
       "Rewards a melody that begins with C and comes to rest on C in its last four events.",
       {{"Begins with C", {14, 1, 18, 1, 21, 1, 18, 1, 16, 1, 1, 1, 14, 1, 1, 1}, 0, true},
        {"Begins with D", {16, 1, 18, 1, 21, 1, 18, 1, 16, 1, 1, 1, 23, 1, 1, 1}, 0, false}}},
      {"repeat",
       "Don't hammer one note",
       "Punishes hard when the same event comes too many times in a row.",
       {{"Two notes take turns", {14, 16, 14, 16, 18, 16, 14, 1}, 5, true},
        {"C six times", {14, 14, 14, 14, 14, 14, 14, 14}, 5, false}}},
      {"autocorrelation",
       "Don't be a machine",
       "Punishes a melody in which each event can be foretold from those just before it.",
       {{"Moves on", {14, 1, 1, 14, 1, 14, 1, 1, 14, 16, 16, 18}, 11, true},
        {"To and fro for ever", {14, 21, 14, 21, 14, 21, 14, 21}, 7, false}}},
      {"motif",
       "Have an idea",
       "Rewards each stretch of eight events with at least three different notes.",
       {{"Three notes in half a bar", {14, 1, 16, 1, 18, 1, 16, 1}, 7, true},
        {"Two notes only", {14, 1, 16, 1, 14, 1, 16, 1}, 7, false}}},
      {"repeated_motif",
       "Come back to the idea",
       "Rewards eight events that were played before, note for note.",
       {{"The same again", {14, 1, 16, 1, 18, 1, 16, 1, 14, 1, 16, 1, 18, 1, 16, 1}, 15, true},
        {"Something new", {14, 1, 16, 1, 18, 1, 16, 1, 19, 1, 21, 1, 19, 1, 18, 1}, 15, false}}},
      {"preferred_intervals",
       "Please the ear",
       "Rewards seconds, thirds, fourths and fifths and long notes; punishes sevenths and jumps of "
       "more than an octave.",
       {{"C up to E, a third", {14, 1, 18, 1, 1, 1, 1, 1}, 2, true},
        {"C up to B, a seventh", {14, 1, 25, 1, 1, 1, 1, 1}, 2, false}}},
      {"leap",
       "Come back from a leap",
       "Rewards a return after a jump of a fifth or more; punishes a second jump the same way.",
       {{"Up a sixth and home by steps", {14, 1, 23, 1, 21, 1, 18, 1, 16, 1, 14, 1}, 10, true},
        {"Two jumps up", {14, 1, 21, 1, 28, 1, 1, 1}, 4, false}}},
      {"high_low_unique",
       "One summit, one valley",
       "Rewards, at the end, a highest and a lowest note that were each played once.",
       {{"E and C once each", {16, 1, 18, 1, 16, 1, 14, 1, 16, 1, 1, 1}, 11, true},
        {"E and C twice", {14, 1, 18, 1, 16, 1, 18, 1, 14, 1, 1, 1}, 11, false}}},
  };
  return guides;
}

// The reward of event `at` by one rule, unweighted.
double ExampleReward(RuleSet& rules, int rule, const RuleExample& example) {
  std::vector<float> by_rule(static_cast<std::size_t>(rules.size()));
  rules.Start(static_cast<int>(example.events.size()));
  for (int i = 0; i <= example.at; ++i) {
    rules.Place(example.events[static_cast<std::size_t>(i)], by_rule);
  }
  return Rounded(by_rule[static_cast<std::size_t>(rule)]);
}

}  // namespace

RuleGuide GuideTo(const RuleInfo& info) {
  for (const RuleGuide& guide : Guides()) {
    if (guide.rule == info.name) return guide;
  }
  return {info.name, info.name, info.summary, {}};
}

Json RulesJson(const RuleSet& rules, const Recipe& recipe) {
  RuleSet judge = Unweighted(rules);
  Json list = Json::array();
  for (int rule = 0; rule < rules.size(); ++rule) {
    const RuleInfo& info = rules.info(rule);
    const RuleGuide guide = GuideTo(info);
    Json examples = Json::array();
    for (const RuleExample& example : guide.examples) {
      examples.push_back({{"caption", example.caption},
                          {"events", example.events},
                          {"at", example.at},
                          {"reward", ExampleReward(judge, rule, example)},
                          {"good", example.good}});
    }
    const auto [least, largest] = WeightRangeOf(recipe, rule);
    list.push_back({{"name", info.name},
                    {"title", guide.title},
                    {"meaning", guide.meaning},
                    {"summary", info.summary},
                    {"default_weight", recipe.rules.weight(rule)},
                    {"range", {least, largest}},
                    {"weight", rules.weight(rule)},
                    {"examples", std::move(examples)}});
  }
  return list;
}

}  // namespace rltuner::studio
