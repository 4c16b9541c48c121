// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cassert>
#include <limits>

#include "rltuner/melody/autocorrelation.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {
namespace {

constexpr TheoryCountInfo kCounts[] = {
    {"notes_not_in_key", "key", 1, &TheoryCounts::notes_not_in_key},
    {"num_starting_tonic", "tonic", 1, &TheoryCounts::num_starting_tonic},
    {"num_repeated_notes", "repeat", 1, &TheoryCounts::num_repeated_notes},
    {"notes_in_motif", "motif", 1, &TheoryCounts::notes_in_motif},
    {"notes_in_repeated_motif", "repeated_motif", 1, &TheoryCounts::notes_in_repeated_motif},
    {"num_resolved_leaps", "leap", 1, &TheoryCounts::num_resolved_leaps},
    {"num_leap_twice", "leap", 2, &TheoryCounts::num_leap_twice},
    {"num_high_unique", "high_low_unique", 1, &TheoryCounts::num_high_unique},
    {"num_low_unique", "high_low_unique", 2, &TheoryCounts::num_low_unique},
};

// As in Score.
std::array<double, 3> AutocorrelationOf(std::span<const std::uint8_t> events) {
  RunningAutocorrelation series;
  for (const std::uint8_t event : events) series.Add(event - kVocabulary / 2);
  auto coefficients = series.Coefficients();
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (events.size() <= i + 1) coefficients[i] = std::numeric_limits<double>::quiet_NaN();
  }
  return coefficients;
}

}  // namespace

std::span<const TheoryCountInfo> TheoryCountInfos() { return kCounts; }

Score ScoreComposition(RuleSet& rules, std::span<const std::uint8_t> events, int phase) {
  struct Counter {
    int rule;
    const TheoryCountInfo* count;
  };
  std::vector<Counter> counters;
  for (const TheoryCountInfo& count : kCounts) {
    if (const int rule = rules.Find(count.rule); rule >= 0) counters.push_back({rule, &count});
  }

  Score score;
  const auto size = static_cast<std::size_t>(rules.size());
  score.rewards.assign(size, std::vector<float>(events.size()));
  score.total.resize(events.size());
  std::vector<float> by_rule(size);
  double sum = 0;
  rules.StartAt(phase, static_cast<int>(events.size()));
  for (std::size_t at = 0; at < events.size(); ++at) {
    assert(events[at] < kMostClasses);
    score.total[at] = rules.Place(events[at], by_rule);
    sum += score.total[at];
    for (std::size_t rule = 0; rule < size; ++rule) score.rewards[rule][at] = by_rule[rule];
    for (const Counter& counter : counters) {
      const bool fired = (rules.fired(counter.rule) & counter.count->bit) != 0;
      score.counts.*counter.count->field += fired ? 1 : 0;
    }
  }
  if (!events.empty()) score.mean_reward = sum / static_cast<double>(events.size());
  score.autocorrelation = AutocorrelationOf(events);
  return score;
}

EventShares SharesOf(std::span<const std::uint8_t> events) {
  EventShares shares;
  bool sounds = false;
  for (const int event : events) {
    if (event != kNoEvent) sounds = event != kNoteOff;
    ++(IsNoteOn(event) ? shares.note_ons : sounds ? shares.holds : shares.rests);
  }
  const double size = std::max<double>(1, static_cast<double>(events.size()));
  shares.note_ons /= size;
  shares.holds /= size;
  shares.rests /= size;
  return shares;
}

}  // namespace rltuner
