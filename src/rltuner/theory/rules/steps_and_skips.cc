// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Melodies move by step more than by skip, and the larger the skip, the rarer it is (proximity:
// Narmour, 1990; Huron, 2001). A step back fills the gap that a leap has opened (Meyer, 1973).
class StepsAndSkips final : public RuleOf<StepsAndSkips> {
 public:
  void Describe(Settings& settings) override {
    AddReward(settings, "step", &step_,
              "Reward for a step: one or two semitones. Raise it for smoother melodies.");
    AddReward(
        settings, "skip", &skip_,
        "Reward for each semitone above two, up to an octave. Move it towards 0 for instruments "
        "that leap easily.");
    AddReward(
        settings, "filled", &filled_,
        "Reward for a step back after a leap of five semitones or more. Raise it if leaps are left "
        "hanging.");
  }
  void Start(const BarClock& /*clock*/) override { note_ = leap_ = 0; }

  float Place(int event, const BarClock& /*clock*/) override {
    if (!IsNoteOn(event)) return 0;
    const int interval = note_ == 0 ? 0 : event - note_;
    const int size = std::abs(interval);
    double reward = size == 1 || size == 2 ? step_ : skip_ * std::clamp(size - 2, 0, 10);
    if (size >= 1 && size <= 2 && leap_ * interval < 0) reward += filled_;
    leap_ = size >= 5 ? interval : 0;
    note_ = event;
    return static_cast<float>(reward);
  }

 private:
  double step_ = 0.1;
  double skip_ = -0.1;
  double filled_ = 0.1;

  int note_ = 0;  // the latest note's class; 0 = none
  int leap_ = 0;  // the interval that led to it if that was a leap, else 0
};

}  // namespace

RuleInfo StepsAndSkipsRule() {
  return {.name = "steps_and_skips",
          .summary =
              "+0.1 for a step, -0.1 for each semitone of a larger interval above two, +0.1 for a "
              "step back after a leap.",
          .example = "C4 D4: +0.1. C4 G4: -0.5. C4 G4 F4: +0.2 for the F4.",
          .make = MakeRule<StepsAndSkips>,
          .weight = 0,
          .damage = "pitches_shuffled"};
}

}  // namespace rltuner
