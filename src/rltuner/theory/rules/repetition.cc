// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Unisons are a part of every repertoire's style: a tenth of the intervals of fiddle tunes, a
// quarter of sung ones (Huron, 2006). The paper's rule `repeat` only forbids series of them.
class Repetition final : public RuleOf<Repetition> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("again", &again_, kLowestReward, kHighestReward,
             "Reward for a note with the same pitch as the one before. Make it positive for sung "
             "or recited styles.")
        .Add("third", &third_, kLowestReward, kHighestReward,
             "Additional reward for the third and each later note of one pitch in a row. Lower it "
             "to allow pairs but no series.");
  }
  void Start(const BarClock& /*clock*/) override { note_ = times_ = 0; }

  float Place(int event, const BarClock& /*clock*/) override {
    if (!IsNoteOn(event)) return 0;
    times_ = event == note_ ? times_ + 1 : 1;
    note_ = event;
    return static_cast<float>((times_ > 1 ? again_ : 0) + (times_ > 2 ? third_ : 0));
  }

 private:
  double again_ = -0.1;
  double third_ = 0;

  int note_ = 0, times_ = 0;  // the latest note and how often in a row
};

}  // namespace

RuleInfo RepetitionRule() {
  return {.name = "repetition",
          .summary = "-0.1 for a note with the pitch of the one before; never positive.",
          .example = "C4 C4: -0.1 for the second C4.",
          .make = MakeRule<Repetition>,
          .weight = 0,
          .damage = "notes_repeated"};
}

}  // namespace rltuner
