// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/bar_memory.h"
#include "rltuner/theory/reward_table.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// The bars of a tune share few rhythms (parallelism: Lerdahl and Jackendoff, 1983; Temperley and
// Bartlette, 2002). Durations do not count beyond the places where notes and rests begin.
class Rhythm final : public RuleOf<Rhythm> {
 public:
  void Describe(Settings& settings) override {
    returns_.Describe(settings, "returns",
                      "Total reward for 0, 1, 2, ... bars with the rhythm of an earlier bar. Let "
                      "it fall at the end if rhythms become monotonous.");
  }
  void Prepare(const MusicContext& /*context*/) override {
    returns_.Prepare("rules.rhythm: returns");
  }
  void Start(const BarClock& clock) override {
    memory_.Start(clock.bars());
    returns_.Start();
  }

  float Place(int event, const BarClock& clock) override {
    if (clock.bar() < 0) return 0;
    memory_.Add(std::min(event, kFirstNoteOn));
    return clock.ends_bar() && memory_.EndBar() ? returns_.Advance() : 0;
  }
  RewardTable* table() override { return &returns_; }

 private:
  RewardTable returns_{"0 1 ..."};

  BarMemory memory_;
};

}  // namespace

RuleInfo RhythmRule() {
  return {.name = "rhythm",
          .summary = "+1 for each bar whose rhythm an earlier bar had.",
          .example = "Two bars of four quarter notes: +1 for the last event of the second.",
          .make = MakeRule<Rhythm>,
          .weight = 0,
          .damage = "bars_of_others"};
}

}  // namespace rltuner
