// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/motif_window.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired: 1 = the last events form a motif.
class Motif final : public RuleOf<Motif> {
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
             "Of an event that ends a motif. Raise it for livelier melodies; long notes then "
             "become rare.")
        .Add("reward_per_pitch", &reward_per_pitch_, kLowestReward, kHighestReward,
             "Of each pitch above that number. Set it to 0 if variety within the motif does not "
             "matter.");
  }

  void Start(const BarClock& /*clock*/) override { window_.Start(length_); }

  float Place(int event, const BarClock& /*clock*/) override {
    window_.Add(event);
    const int more = window_.pitches() - pitches_;
    fired_ = window_.full() && more >= 0 ? 1 : 0;
    return fired_ != 0 ? static_cast<float>(reward_ + reward_per_pitch_ * more) : 0;
  }

 private:
  int length_ = 8;
  int pitches_ = 3;
  double reward_ = 3;
  double reward_per_pitch_ = 0.3;

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
