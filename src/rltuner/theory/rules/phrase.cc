// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// A phrase ends on a long note or with a rest (the grouping preference rule of proximity: Lerdahl
// and Jackendoff, 1983; Cambouropoulos, 2001), and phrases have the length that the metre of bars
// suggests (Temperley, 2001). A bar ends long if no note begins in its second half, or a note
// begins there that no other follows for a while. A pickup to the next phrase is therefore allowed.
class Phrase final : public RuleOf<Phrase> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("bars", &bars_, 1, 64,
             "Bars in a phrase. Set it to 2 or 8 if the music's phrases have that length.")
        .Add("beats", &beats_, 0.25, 16,
             "Beats without a new note that make a bar's end long. Lower it in slow music.")
        .Add("ending", &ending_, kLowestReward, kHighestReward,
             "Reward for a long end of a phrase. Raise it if melodies do not breathe.")
        .Add("elsewhere", &elsewhere_, kLowestReward, kHighestReward,
             "Reward for a long end of any other bar except the one in the middle of a phrase. "
             "Lower it if melodies halt at every bar.");
  }
  void Start(const BarClock& /*clock*/) override {
    since_ = 0;
    is_long_ = false;
  }

  float Place(int event, const BarClock& clock) override {
    if (clock.step() == 0) is_long_ = false;
    if (!clock.in_second_half() || IsNoteOn(event)) since_ = 0;
    if (clock.in_second_half()) {
      const int enough =
          std::min(static_cast<int>(beats_ * clock.beat_steps()), (clock.bar_steps() + 1) / 2);
      is_long_ = ++since_ >= enough || is_long_;
    }
    double reward = 0;
    if (clock.ends_bar() && is_long_ && clock.bar() >= 0) {
      if (clock.ends_phrase(bars_)) {
        reward = ending_;
      } else if (bars_ < 4 || !clock.ends_phrase(bars_ / 2)) {
        reward = elsewhere_;
      }
    }
    return static_cast<float>(reward);
  }

 private:
  int bars_ = 4;
  double beats_ = 1;
  double ending_ = 1;
  double elsewhere_ = -0.25;

  int since_ = 0;         // steps since the latest onset of this half bar, or since its beginning
  bool is_long_ = false;  // this bar's second half held a long note so far
};

}  // namespace

RuleInfo PhraseRule() {
  return {.name = "phrase",
          .summary =
              "+1 where a phrase of four bars ends on a long note or rest, -0.25 where another odd "
              "bar does.",
          .example = "The fourth bar ends with a quarter note: +1 for its last event.",
          .make = MakeRule<Phrase>,
          .weight = 0,
          .damage = "cut_elsewhere"};
}

}  // namespace rltuner
