// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/motif_set.h"
#include "rltuner/theory/motif_window.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired: 1 = the last events form a motif that was played before.
class RepeatedMotif final : public RuleOf<RepeatedMotif> {
 public:
  void Describe(Settings& settings) override {
    rewards_.Describe(
        settings,
        "Reward for an event that ends a motif played before. Raise it to hear ideas return.");
    settings.Add(
        "once", &once_,
        "Whether a repetition is rewarded where it is complete, and not again for every event that "
        "continues it.");
  }

  void Start(const BarClock& clock) override {
    window_.Start(rewards_.length);
    motifs_.Start(clock.length(), rewards_.length);
  }

  float Place(int event, const BarClock& /*clock*/) override {
    window_.Add(event);
    const bool goes_on = fired_ != 0;
    // A motif's copy has as many pitches, so only motifs need to be remembered.
    fired_ = motifs_.Add(event, rewards_.IsMotif(window_)) ? 1 : 0;
    return fired_ != 0 && !(once_ && goes_on) ? rewards_.Of(window_) : 0;
  }

 private:
  MotifRewards rewards_{.reward = 4, .reward_per_pitch = 1};
  bool once_ = false;
  MotifWindow window_;
  MotifSet motifs_;
};

}  // namespace

RuleInfo RepeatedMotifRule() {
  return {
      "repeated_motif",
      "+4 where a motif's 8 events occurred before, +1 for each pitch above three; 0 or 4 .. 9.",
      "C4 hold D4 hold E4 hold D4 hold, twice: +4 for the very last hold.",
      MakeRule<RepeatedMotif>,
      1,
      "bars_of_others"};
}

}  // namespace rltuner
