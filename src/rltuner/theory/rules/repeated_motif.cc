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
    settings
        .Add("length", &length_, 1, MotifWindow::kLongest,
             "Events in a motif; 16 = a bar of 4/4. Lower it for short figures, which are found "
             "and repeated sooner.")
        .Add("pitches", &pitches_, 1, 36,
             "Different pitches that make it a motif. Raise it if scales and broken chords are "
             "wanted more than turns.")
        .Add("reward", &reward_, kLowestReward, kHighestReward,
             "Of an event that ends a motif played before. Raise it to hear ideas return.")
        .Add("reward_per_pitch", &reward_per_pitch_, kLowestReward, kHighestReward,
             "Of each pitch above that number. Set it to 0 if variety within the motif does not "
             "matter.")
        .Add(
            "once", &once_,
            "Whether a repetition is paid where it is complete, and not again for every event that "
            "it goes on");
  }

  void Start(const BarClock& clock) override {
    window_.Start(length_);
    motifs_.Start(clock.length(), length_);
  }

  float Place(int event, const BarClock& /*clock*/) override {
    window_.Add(event);
    const int more = window_.pitches() - pitches_;
    // A motif's copy has as many pitches, so only motifs need to be remembered.
    const bool is_motif = window_.full() && more >= 0;
    const bool goes_on = fired_ != 0;
    fired_ = motifs_.Add(event, is_motif) ? 1 : 0;
    if (once_ && goes_on) return 0;
    return fired_ != 0 ? static_cast<float>(reward_ + reward_per_pitch_ * more) : 0;
  }

 private:
  int length_ = 8;
  int pitches_ = 3;
  double reward_ = 4;
  double reward_per_pitch_ = 1;
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
