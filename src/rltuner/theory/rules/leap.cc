// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "rltuner/melody/encoding.h"
#include "rltuner/melody/open_leap.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired: 1 = a leap is resolved, 2 = a second leap the same way.
class Leap final : public RuleOf<Leap> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("smallest", &smallest_, 1, 35,
             "Semitones that make an interval a leap. Lower it to 5 to have fourths resolved too.")
        .Add("steps_between", &steps_between_, 0, 10000,
             "A leap back resolves only if more than this many events lie between. Lower it to "
             "accept quick returns.")
        .Add("resolved", &resolved_, kLowestReward, kHighestReward,
             "Reward for resolving a leap. Lower it if melodies leap in order to resolve.")
        .Add("doubled", &doubled_, kLowestReward, kHighestReward,
             "Reward for a second leap the same way. Move it towards 0 for broken chords.");
  }

  void Start(const BarClock& /*clock*/) override {
    previous_ = steps_ = 0;
    leap_ = {};
  }

  float Place(int event, const BarClock& /*clock*/) override {
    fired_ = 0;
    if (!IsNoteOn(event)) {
      ++steps_;
      return 0;
    }
    const int previous = std::exchange(previous_, event);
    fired_ = Fired(leap_.Move(previous == 0 ? event : previous, event, smallest_));
    if (fired_ == kResolved) return static_cast<float>(resolved_);
    return fired_ == kDoubled ? static_cast<float>(doubled_) : 0;
  }

 private:
  static constexpr unsigned kResolved = 1;
  static constexpr unsigned kDoubled = 2;

  unsigned Fired(OpenLeap::Change change) {
    const int between = steps_;
    const bool is_leap =
        change != OpenLeap::Change::kNone && change != OpenLeap::Change::kReturnedByStep;
    steps_ = is_leap ? 0 : between + 1;
    if (change == OpenLeap::Change::kDoubled) return kDoubled;
    const bool resolves = change == OpenLeap::Change::kReturnedByStep ||
                          (change == OpenLeap::Change::kReturnedByLeap && between > steps_between_);
    return resolves ? kResolved : 0;
  }

  int smallest_ = 7;
  int steps_between_ = 6;
  double resolved_ = 5;
  double doubled_ = -5;

  int previous_ = 0;  // the latest note's class; 0 = none
  OpenLeap leap_;
  int steps_ = 0;  // events since the last leap
};

}  // namespace

RuleInfo LeapRule() {
  return {"leap",
          "+5 where the melody comes back from a leap of a fifth or more, -5 for a second leap the "
          "same way.",
          "C4 A4 G4 E4 D4 C4: +5 for the last C4. C4 G4 D5: -5 for D5.",
          MakeRule<Leap>,
          1,
          "octaves_drawn_anew"};
}

}  // namespace rltuner
