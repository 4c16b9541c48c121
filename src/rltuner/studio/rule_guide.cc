// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/rule_guide.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/melody/encoding.h"
#include "rltuner/studio/learner.h"

namespace rltuner::studio {
namespace {

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
       "Punishes severely when the same event comes too many times in a row.",
       {{"Two notes take turns", {14, 16, 14, 16, 18, 16, 14, 1}, 5, true},
        {"C six times", {14, 14, 14, 14, 14, 14, 14, 14}, 5, false}}},
      {"autocorrelation",
       "Don't be a machine",
       "Punishes a melody in which each event can be predicted from those just before it.",
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
      {"metre",
       "Keep to the beat",
       "To the right, notes begin on strong beats; to the left, they are held across them.",
       {{"On the beat", {14, 1, 1, 1, 16, 1, 1, 1}, 4, true},
        {"Across the beat", {14, 1, 16, 1, 1, 1, 1, 1}, 4, false}}},
      {"phrase",
       "Breathe",
       "To the right, more phrases of four bars end on a long note or a rest.",
       {}},
      {"cadence",
       "Come home",
       "To the right, phrases close where tunes close, and the last one on a long tonic.",
       {}},
      {"form", "Bring bars back", "How many bars return four bars later, note for note.", {}},
      {"contour",
       "Draw arches",
       "To the right, the line keeps its direction, and phrases rise and fall.",
       {}},
      {"steps_and_skips",
       "Move by step",
       "To the right, neighbouring notes are close; to the left, skips are wider.",
       {{"A step", {14, 1, 16, 1, 18, 1, 16, 1}, 2, true},
        {"A skip of a sixth", {14, 1, 23, 1, 14, 1, 23, 1}, 2, false}}},
      {"rhythm", "Share rhythms", "How many bars have the rhythm of an earlier bar.", {}},
      {"subdivision",
       "Play quick notes",
       "How many notes begin off the half beats.",
       {{"On the half beats", {14, 1, 16, 1, 18, 1, 16, 1}, 2, true},
        {"Off the half beats", {14, 16, 14, 16, 14, 16, 14, 16}, 1, false}}},
      {"beat_notes",
       "March on",
       "How many notes fill a beat.",
       {{"Quarter notes", {14, 1, 1, 1, 16, 1, 1, 1, 18, 1, 1, 1, 16, 1, 1, 1}, 4, true},
        {"Long and short", {14, 1, 1, 1, 1, 1, 16, 1, 18, 1, 1, 1, 1, 1, 16, 1}, 4, false}}},
      {"range", "Stay close together", "To the left, melodies are wider.", {}},
      {"opening", "Begin as tunes do", "The first note of a melody, and where it moves.", {}},
      {"repetition",
       "Move on",
       "To the left, notes are repeated more often.",
       {{"Another note", {14, 1, 16, 1}, 2, true}, {"The same note", {14, 1, 14, 1}, 2, false}}},
      {"tonality",
       "Keep to tonic and fifth",
       "To the right, more of the notes that a key rests on; to the left, more of the others.",
       {{"The tonic", {14, 1, 21, 1, 14, 1}, 4, true},
        {"The second note of the scale", {16, 1, 21, 1, 16, 1}, 4, false}}},
  };
  return guides;
}

// Converts the paper's classes to those of an encoding; false if it lacks some.
bool InEncoding(const Encoding& encoding, std::vector<std::uint8_t>* events) {
  if (encoding.steps_per_quarter != kStepsPerQuarter) return false;
  for (std::uint8_t& event : *events) {
    if (!IsNoteOn(event)) continue;
    const int moved = encoding.ClassOf(PitchOf(event));
    if (!encoding.IsNoteOn(moved)) return false;
    event = static_cast<std::uint8_t>(moved);
  }
  return true;
}

// The reward of event `at` by one rule, unweighted.
double ExampleReward(const RuleSet& rules, std::string_view rule, const RuleExample& example,
                     const Encoding& encoding) {
  RuleSet judge = Unweighted(rules);
  judge.SetContext(MusicContext(MelodyContext(), encoding));
  std::vector<float> by_rule(static_cast<std::size_t>(judge.size()));
  judge.Start(static_cast<int>(example.events.size()));
  for (int i = 0; i <= example.at; ++i) {
    judge.Place(example.events[static_cast<std::size_t>(i)], by_rule);
  }
  const int found = judge.Find(rule);
  return found < 0 ? 0 : Rounded(by_rule[static_cast<std::size_t>(found)]);
}

}  // namespace

Json RulesJson(std::span<const Recipe> recipes, const Encoding& encoding) {
  Json list = Json::array();
  for (const RuleInfo& info : Rules()) {
    const auto recipe = std::ranges::find_if(
        recipes, [&](const Recipe& each) { return each.tuning.rules.WeightOf(info.name) != 0; });
    if (recipe == recipes.end()) continue;
    const auto found = std::ranges::find(Guides(), info.name, &RuleGuide::rule);
    const RuleGuide guide = found == Guides().end()  // a rule without a guide has its own texts
                                ? RuleGuide{info.name, info.name, info.summary, {}}
                                : *found;
    Json examples = Json::array();
    for (RuleExample example : guide.examples) {
      if (!InEncoding(encoding, &example.events)) continue;
      examples.push_back(
          {{"caption", example.caption},
           {"events", example.events},
           {"at", example.at},
           {"reward", ExampleReward(recipe->tuning.rules, info.name, example, encoding)},
           {"good", example.good}});
    }
    list.push_back({{"name", info.name},
                    {"title", guide.title},
                    {"meaning", guide.meaning},
                    {"summary", info.summary},
                    {"examples", std::move(examples)}});
  }
  return list;
}

}  // namespace rltuner::studio
