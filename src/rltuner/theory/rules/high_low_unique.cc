// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired, at the last event: 1 = the highest note is unique, 2 = the lowest is.
//
// With `spread`, the value of a melody at any event is what the rule would pay if the melody ended
// there. Each event earns the difference that it makes. The differences add up to the reward that
// the last event would earn otherwise, but a method that discounts later rewards sees them at once
// (a reward shaped by a potential: Ng, Harada and Russell, 1999).
class HighLowUnique final : public RuleOf<HighLowUnique> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("pitches_only", &pitches_only_,
             "Whether only a note can be the highest; in a composition without notes the paper "
             "also allows classes 0 and 1. Turn it on unless you repeat the paper.")
        .Add("highest", &highest_, kLowestReward, kHighestReward,
             "Reward for a unique highest note. Raise it for one clear summit.")
        .Add("lowest", &lowest_, kLowestReward, kHighestReward,
             "Reward for a unique lowest note. Set it to 0 if many melodies open with their lowest "
             "note.")
        .Add("spread", &spread_,
             "Whether each event is rewarded at once for what it changes, instead of the last "
             "event for all; the sum is the same. Turn it on with a gamma below 1.");
  }

  void Start(const BarClock& /*clock*/) override {
    counts_.fill(0);
    paid_ = 0;
  }

  float Place(int event, const BarClock& clock) override {
    ++counts_[event];
    end_ = std::max(end_, event + 1);
    fired_ = 0;
    if (!clock.last() && !spread_) return 0;
    const unsigned unique = Unique();
    if (clock.last()) fired_ = unique;
    const float worth = Worth(unique);
    if (!spread_) return worth;
    return worth - std::exchange(paid_, worth);
  }

 private:
  static constexpr unsigned kHighest = 1;
  static constexpr unsigned kLowest = 2;

  // Which extremes of the notes so far occur once.
  unsigned Unique() const {
    const auto occurs = [](int count) { return count > 0; };
    const auto lowest = std::find_if(counts_.begin() + kFirstNoteOn, counts_.end(), occurs);
    const auto highest = std::find_if(counts_.rend() - end_, counts_.rend(), occurs);
    const bool has_notes = lowest != counts_.end();
    return (*highest == 1 && (has_notes || !pitches_only_) ? kHighest : 0) |
           (has_notes && *lowest == 1 ? kLowest : 0);
  }

  float Worth(unsigned unique) const {
    return static_cast<float>(((unique & kHighest) != 0 ? highest_ : 0) +
                              ((unique & kLowest) != 0 ? lowest_ : 0));
  }

  bool pitches_only_ = false;
  double highest_ = 3;
  double lowest_ = 3;
  bool spread_ = false;

  std::array<int, kMostClasses> counts_{};
  int end_ = kVocabulary;  // no class from here on was placed
  float paid_ = 0;         // so far, if spread
};

}  // namespace

RuleInfo HighLowUniqueRule() {
  return {"high_low_unique",
          "At the last event +3 if the highest note occurs once and +3 if the lowest does; 0, 3 or "
          "6.",
          "C4 D4 E4 D4: +6 at the end: both C4 and E4 are played once.", MakeRule<HighLowUnique>};
}

}  // namespace rltuner
