// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/motif_window.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired: 1 = the last events form a motif.
class Motif final : public RuleOf<Motif> {
 public:
  void Describe(Settings& settings) override {
    rewards_.Describe(
        settings,
        "Reward for an event that ends a motif. Raise it for livelier melodies; long notes "
        "then become rare.");
  }

  void Start(const BarClock& /*clock*/) override { window_.Start(rewards_.length); }

  float Place(int event, const BarClock& /*clock*/) override {
    window_.Add(event);
    fired_ = rewards_.IsMotif(window_) ? 1 : 0;
    return fired_ != 0 ? rewards_.Of(window_) : 0;
  }

 private:
  MotifRewards rewards_{.reward = 3, .reward_per_pitch = 0.3};
  MotifWindow window_;
};

}  // namespace

RuleInfo MotifRule() {
  return {"motif",
          "+3 where the last 8 events hold three different pitches, +0.3 for each more; 0 or 3 .. "
          "4.5.",
          "C4 hold D4 hold E4 hold D4 hold: +3 for the last hold.",
          MakeRule<Motif>,
          1,
          "notes_repeated"};
}

}  // namespace rltuner
