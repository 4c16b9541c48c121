// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// How much of a tune moves in plain beats, the tactus (Lerdahl and Jackendoff, 1983; Parncutt,
// 1994). Styles differ in this share. Bars of plain beats return most easily, so rewards for
// returning bars make such bars more frequent unless this rule counts them.
class BeatNotes final : public RuleOf<BeatNotes> {
 public:
  void Describe(Settings& settings) override {
    settings.Add(
        "reward", &reward_, kLowestReward, kHighestReward,
        "Reward for a note that fills a beat. Lower it where melodies march on in quarter notes.");
  }
  void Start(const BarClock& /*clock*/) override { on_beat_ = false; }

  float Place(int event, const BarClock& clock) override {
    double reward = 0;
    if (event != kNoEvent) {
      reward = OfLatestNote();
      on_beat_ = IsNoteOn(event) && clock.on_beat();
      beat_steps_ = clock.beat_steps();
      steps_ = 0;
    }
    ++steps_;
    if (clock.last()) reward += OfLatestNote();
    return static_cast<float>(reward);
  }

 private:
  double OfLatestNote() const { return on_beat_ && steps_ == beat_steps_ ? reward_ : 0; }

  double reward_ = 0.1;

  bool on_beat_ = false;            // where the latest note begins
  int beat_steps_ = 1, steps_ = 0;  // of its beat; steps that it has lasted
};

}  // namespace

RuleInfo BeatNotesRule() {
  return {.name = "beat_notes",
          .summary = "+0.1 for each note that begins on a beat and ends with it.",
          .example = "In 4/4 a quarter note C4 on the second beat: +0.1 for the event after it.",
          .make = MakeRule<BeatNotes>,
          .weight = 0,
          .damage = "bar_lines_moved"};
}

}  // namespace rltuner
