// SPDX-License-Identifier: Apache-2.0
// What Table 1 of Jaques et al. (2017) counts, for one composition.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rltuner/theory/rule_set.h"

namespace rltuner {

// Counts of one composition, or of several added up by the caller. A rule of weight 0 is counted
// too.
struct TheoryCounts {
  int notes_not_in_key = 0;         // events where rule key fires
  int num_starting_tonic = 0;       // 1 if the first event is the tonic
  int num_repeated_notes = 0;       // events where rule repeat fires
  int notes_in_motif = 0;           // events where rule motif fires
  int notes_in_repeated_motif = 0;  // events where rule repeated_motif fires
  int num_resolved_leaps = 0;
  int num_leap_twice = 0;   // a second leap the same way
  int num_high_unique = 0;  // 1 if the highest note occurs once
  int num_low_unique = 0;
};

// The counts by the names that JSON uses, in that order.
struct TheoryCountInfo {
  std::string_view name;
  std::string_view rule;  // the rule that finds it,
  unsigned bit;           // and the bit of Rule::fired
  int TheoryCounts::*field;
};
std::span<const TheoryCountInfo> TheoryCountInfos();

// A composition as the rules see it.
struct Score {
  std::vector<std::vector<float>> rewards;  // [rule][event], weighted; rules as in RuleSet::info
  std::vector<float> total;                 // [event]
  TheoryCounts counts;
  // Lags 1, 2, 3 over the classes of the whole composition, whatever the rule set; NaN where all
  // events are equal or there are no more events than the lag.
  std::array<double, 3> autocorrelation{};
  double mean_reward = 0;  // of `total`; 0 for no events
};

// Places the events (classes of any encoding) as one composition of that length, which begins at
// `phase` (RuleSet::StartAt). Restarts `rules`.
Score ScoreComposition(RuleSet& rules, std::span<const std::uint8_t> events, int phase = 0);

// As in Score, without the rules.
std::array<double, 3> AutocorrelationOf(std::span<const std::uint8_t> events);

// Shares of the events, 0 .. 1, all 0 for no events. A rest is every event in which nothing
// sounds: a note off, holds after it, and holds before the first note.
struct EventShares {
  double note_ons = 0;
  double holds = 0;  // of a sounding note
  double rests = 0;
};
EventShares SharesOf(std::span<const std::uint8_t> events);

}  // namespace rltuner
