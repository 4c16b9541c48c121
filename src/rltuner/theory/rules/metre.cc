// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Notes begin where the metre is strong. A note that begins at a weak place and is held over a
// stronger one is a syncopation; the larger the difference of their levels, the worse
// (Longuet-Higgins and Lee, 1984). Music places onsets in the order of levels (Palmer and
// Krumhansl, 1990).
class StrongBeats final : public RuleOf<StrongBeats> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("downbeat", &downbeat_, kLowestReward, kHighestReward,
             "Reward for a note that begins on a bar line. Raise it if the metre is hard to hear.")
        .Add("syncopation", &syncopation_, kLowestReward, kHighestReward,
             "Reward for holding a note over a stronger place, for each level of metre between. "
             "Move it towards 0 for syncopated styles.");
  }
  void Start(const BarClock& /*clock*/) override { begun_ = 0; }

  float Place(int event, const BarClock& clock) override {
    const int level = clock.level();
    double reward = 0;
    if (IsNoteOn(event)) {
      begun_ = clock.onset_level();
      if (level == 0) reward = downbeat_;
    } else if (event == kNoteOff) {
      begun_ = 0;
    } else if (level < begun_) {
      reward = syncopation_ * (begun_ - level);
      begun_ = level;
    }
    return static_cast<float>(reward);
  }

 private:
  double downbeat_ = 0.5;
  double syncopation_ = -0.5;

  int begun_ = 0;  // the strongest level that the sounding note covers; 0: no note, or a bar line
};

}  // namespace

RuleInfo MetreRule() {
  return {
      .name = "metre",
      .summary =
          "+0.5 for a note on the bar line, -0.5 for each level of metre that a syncopation jumps.",
      .example = "In 4/4 a D4 on the second eighth that is held over the second beat: -0.5.",
      .make = MakeRule<StrongBeats>,
      .weight = 0,
      .damage = "bar_lines_moved"};
}

}  // namespace rltuner
