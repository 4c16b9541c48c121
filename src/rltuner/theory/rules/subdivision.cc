// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/reward_table.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// A tune moves in one subdivision of the beat: most have no note off the halves of a beat (thirds
// in 6/8), some have many, few have one or two (pulse and its division: Povel, 1984; Temperley,
// 2001).
class Subdivision final : public RuleOf<Subdivision> {
 public:
  void Describe(Settings& settings) override {
    notes_.Describe(settings, "notes",
                    "Total reward for 0, 1, 2, ... notes that begin off the parts of a beat. Lower "
                    "the numbers for calmer melodies.");
  }
  void Prepare(const MusicContext& /*context*/) override {
    notes_.Prepare("rules.subdivision: notes");
  }
  void Start(const BarClock& /*clock*/) override { notes_.Start(); }

  float Place(int event, const BarClock& clock) override {
    const bool off = clock.step() % clock.part_steps() != 0;
    return IsNoteOn(event) && off ? notes_.Advance() : 0;
  }

  RewardTable* table() override { return &notes_; }

 private:
  RewardTable notes_{"0 -0.1 ..."};
};

}  // namespace

RuleInfo SubdivisionRule() {
  return {.name = "subdivision",
          .summary = "-0.1 for each note that begins off the parts of a beat.",
          .example = "In 4/4 a C4 on the second sixteenth: -0.1.",
          .make = MakeRule<Subdivision>,
          .weight = 0,
          .damage = "bar_lines_moved"};
}

}  // namespace rltuner
