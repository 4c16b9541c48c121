// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "rltuner/melody/events.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// A leap is open until the melody comes back: by steps to the note it left or beyond, or by a leap
// the other way.
//
// Fired: 1 = a leap is resolved, 2 = a second leap the same way.
class Leap final : public RuleOf<Leap> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("smallest", &smallest_, 1, 35,
             "Semitones that make an interval a leap. Lower it to 5 to have fourths resolved too.")
        .Add("steps_between", &steps_between_, 0, 10000,
             "A leap back resolves only more events than this after the leap. Lower it to accept "
             "quick returns.")
        .Add("resolved", &resolved_, kLowestReward, kHighestReward,
             "Of resolving a leap. Lower it if melodies leap in order to resolve.")
        .Add("doubled", &doubled_, kLowestReward, kHighestReward,
             "Of a second leap the same way. Move it towards 0 for broken chords.");
  }

  void Start(int /*length*/) override { previous_ = direction_ = steps_ = 0; }

  float Place(int event) override {
    const int previous = previous_;
    if (IsNoteOn(event)) previous_ = event;
    fired_ = 0;
    if (!IsNoteOn(event)) {
      ++steps_;
      return 0;
    }
    const int change = previous == 0 ? 0 : event - previous;
    fired_ =
        std::abs(change) >= smallest_ ? PlaceLeap(change > 0 ? 1 : -1, previous) : PlaceStep(event);
    if (fired_ == kResolved) return static_cast<float>(resolved_);
    return fired_ == kDoubled ? static_cast<float>(doubled_) : 0;
  }

 private:
  static constexpr unsigned kResolved = 1;
  static constexpr unsigned kDoubled = 2;

  unsigned PlaceLeap(int direction, int previous) {
    const int steps = steps_;
    steps_ = 0;
    if (direction_ == 0) {
      direction_ = direction;
      leapt_from_ = previous;
      return 0;
    }
    if (direction == direction_) return kDoubled;
    direction_ = 0;
    return steps > steps_between_ ? kResolved : 0;
  }

  unsigned PlaceStep(int event) {
    ++steps_;
    const bool is_back = direction_ > 0 ? event <= leapt_from_ : event >= leapt_from_;
    if (direction_ == 0 || !is_back) return 0;
    direction_ = 0;
    return kResolved;
  }

  int smallest_ = 7;
  int steps_between_ = 6;
  double resolved_ = 5;
  double doubled_ = -5;

  int previous_ = 0;    // the latest note's class; 0 = none
  int direction_ = 0;   // of the open leap: 1 up, -1 down, 0 none open
  int leapt_from_ = 0;  // the class it left
  int steps_ = 0;       // events since the last leap
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
