// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/events.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// "The same event again" is found by counting back: equal events count, other holds and note offs
// are skipped, any other note stops the count. Going forward, that needs only two runs:
// - of one pitch: the latest note, how often it was struck since the last different one, and
//   whether a hold or a note off lies anywhere since that one;
// - of silence: the holds and note offs since the latest note.
// A note that is not the latest one always counts zero.
//
// Findings: 1 = an event repeated too often.
class Repeat final : public Rule {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("count_holds", &count_holds_,
             "Whether holds and note offs are repeats of themselves; the paper counts them")
        .Add("limit", &limit_, 0, 10000, "Times an event may have come before without a break")
        .Add("limit_with_gaps", &limit_with_gaps_, 0, 10000,
             "The same where a hold or a note off lies between")
        .Add("limit_offs", &limit_offs_, 0, 10000,
             "Note offs that may have come since the last note")
        .Add("reward", &reward_, kLowestReward, kHighestReward, "Of one repeat more than that");
  }

  void Start(int /*length*/) override {
    note_ = 0;
    struck_ = holds_ = offs_ = 0;
    gaps_in_run_ = false;
  }

  float Place(int event) override {
    bool too_often = false;
    if (event == kNoteOff) {
      too_often = count_holds_ && (offs_ > limit_offs_ || Exceeds(offs_, holds_ > 0));
      ++offs_;
    } else if (event == kNoEvent) {
      too_often = count_holds_ && Exceeds(holds_, offs_ > 0);
      ++holds_;
    } else {
      const bool gap = holds_ + offs_ > 0;
      if (event == note_) {
        gaps_in_run_ |= gap;
        too_often = Exceeds(struck_, gaps_in_run_);
        ++struck_;
      } else {
        note_ = event;
        struck_ = 1;
        gaps_in_run_ = gap;
      }
      holds_ = offs_ = 0;
    }
    findings_ = too_often ? 1 : 0;
    return too_often ? static_cast<float>(reward_) : 0;
  }

  std::unique_ptr<Rule> Clone() const override { return std::make_unique<Repeat>(*this); }

 private:
  bool Exceeds(int count, bool gaps) const { return count > (gaps ? limit_with_gaps_ : limit_); }

  bool count_holds_ = true;
  int limit_ = 4;
  int limit_with_gaps_ = 6;
  int limit_offs_ = 1;
  double reward_ = -100;

  int note_ = 0;    // the latest note's class; 0 = none
  int struck_ = 0;  // how often, since the last different note
  bool gaps_in_run_ = false;
  int holds_ = 0;  // since the latest note
  int offs_ = 0;
};

}  // namespace

RuleInfo RepeatRule() {
  return {"repeat", "-100 for repeating one event too often; never positive.",
          "Six C4 in a row: -100 for the sixth. Three note offs in a row: -100 for the third.",
          []() -> std::unique_ptr<Rule> { return std::make_unique<Repeat>(); }};
}

}  // namespace rltuner
