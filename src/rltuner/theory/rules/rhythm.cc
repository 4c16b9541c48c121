// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/melody/events.h"
#include "rltuner/theory/bar_memory.h"
#include "rltuner/theory/music_context.h"
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
                      "Rewards in all for 0, 1, 2, ... bars with the rhythm of a bar before. Let "
                      "it fall at the end if rhythms become monotonous.");
  }
  void Prepare(const MusicContext& context) override {
    clock_.Prepare(context);
    returns_.Prepare("rules.rhythm: returns");
  }
  void Start(int length) override {
    clock_.Start(length);
    memory_.Start(clock_.most_bars());
    returns_.Start();
    count_ = 0;
  }

  float Place(int event) override {
    float reward = 0;
    if (clock_.bar() >= 0) {
      memory_.Add(std::min(event, kFirstNoteOn));
      if (clock_.ends_bar() && memory_.EndBar()) reward = returns_.MoveTo(++count_);
    }
    clock_.Advance();
    return reward;
  }
  RewardTable* table() override { return &returns_; }

 private:
  RewardTable returns_{"0 1 ..."};

  BarClock clock_;
  BarMemory memory_;
  int count_ = 0;
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
