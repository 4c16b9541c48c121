// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Melodies keep their direction rather than zigzag, and phrases rise and fall: the middle half of a
// phrase lies higher than its ends, its last note lower than the rest (the melodic arch: Huron,
// 1996). A piece uses its range gradually: each new highest note that the phrases before did not
// have counts.
class Contour final : public RuleOf<Contour> {
 public:
  void Describe(Settings& settings) override {
    settings.Add("bars", &bars_, 1, 64,
                 "Bars in a phrase. Set it to 2 or 8 if the music's phrases have that length.");
    AddReward(
        settings, "turn", &turn_,
        "Reward for a note that turns the direction of the melody. Lower it if melodies zigzag.");
    AddReward(settings, "onward", &onward_,
              "Reward for a note that moves on in the same direction. Lower it if melodies become "
              "scales.");
    AddReward(
        settings, "arch", &arch_,
        "Reward for a phrase whose middle half lies higher than its ends. Make it negative for "
        "phrases that dip.");
    AddReward(
        settings, "descent", &descent_,
        "Reward for a phrase whose last note lies lower than its mean. Lower it if phrases should "
        "end openly.");
    AddReward(
        settings, "new_summit", &new_summit_,
        "Reward for a phrase that is the first to reach a higher note. Raise it for a climax late "
        "in the melody.");
  }
  void Start(const BarClock& /*clock*/) override {
    note_ = direction_ = summit_ = 0;
    phrase_ = {};
  }

  float Place(int event, const BarClock& clock) override {
    double reward = 0;
    if (IsNoteOn(event)) {
      const int direction = note_ == 0 ? 0 : (event > note_) - (event < note_);
      if (direction != 0) {
        if (direction_ != 0) reward += direction == direction_ ? onward_ : turn_;
        direction_ = direction;
      }
      note_ = event;
      if (clock.bar() >= 0) AddNote(event, clock);
    }
    if (clock.ends_phrase(bars_)) reward += EndPhrase();
    return static_cast<float>(reward);
  }

 private:
  struct Sums {
    int middle = 0, middle_notes = 0, ends = 0, ends_notes = 0, highest = 0;
  };

  void AddNote(int event, const BarClock& clock) {
    const int step = clock.bar() % bars_ * clock.bar_steps() + clock.step();
    const int steps = bars_ * clock.bar_steps();
    const bool in_middle = 4 * step >= steps && 4 * step < 3 * steps;
    (in_middle ? phrase_.middle : phrase_.ends) += event;
    ++(in_middle ? phrase_.middle_notes : phrase_.ends_notes);
    phrase_.highest = std::max(phrase_.highest, event);
  }

  double EndPhrase() {
    const Sums& p = phrase_;
    double reward = 0;
    if (p.middle_notes > 0 && p.ends_notes > 0 &&
        p.middle * p.ends_notes > p.ends * p.middle_notes) {
      reward += arch_;
    }
    const int notes = p.middle_notes + p.ends_notes;
    if (notes > 0 && note_ * notes < p.middle + p.ends) reward += descent_;
    if (summit_ != 0 && p.highest > summit_) reward += new_summit_;
    summit_ = std::max(summit_, p.highest);
    phrase_ = {};
    return reward;
  }

  int bars_ = 4;
  double turn_ = -0.1;
  double onward_ = 0.1;
  double arch_ = 0.25;
  double descent_ = 0.25;
  double new_summit_ = 0.25;

  int note_ = 0, direction_ = 0;  // the latest note and how it was reached; 0 = none
  int summit_ = 0;                // the highest note of the phrases before
  Sums phrase_;
};

}  // namespace

RuleInfo ContourRule() {
  return {.name = "contour",
          .summary =
              "+0.1 where the melody continues in its direction, -0.1 where it turns; +0.25 each "
              "for a phrase with an arch, a low end or a new summit.",
          .example = "C4 D4 E4: +0.1 for the E4. C4 D4 C4: -0.1 for the second C4.",
          .make = MakeRule<Contour>,
          .weight = 0,
          .damage = "pitches_shuffled"};
}

}  // namespace rltuner
