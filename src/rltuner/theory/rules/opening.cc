// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/bars.h"
#include "rltuner/melody/events.h"
#include "rltuner/theory/reward_table.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Tunes begin on many degrees of the scale, most often on those of the tonic triad (Krumhansl,
// 1990; Huron, 2006). A table for all degrees, matched to tunes, keeps openings as varied as theirs
// where a reward for one of them would make all melodies begin alike.
class Opening final : public RuleOf<Opening> {
 public:
  void Describe(Settings& settings) override {
    degrees_.Describe(settings, "degrees",
                      "Reward of a melody that begins so many semitones above the tonic, 12 "
                      "numbers, and of one that begins late. Raise one to begin there more often.");
  }
  void Prepare(const MusicContext& context) override {
    context_ = context;
    degrees_.Prepare("rules.opening: degrees");
  }
  void Start(const BarClock& /*clock*/) override { degrees_.Start(); }

  float Place(int event, const BarClock& clock) override {
    if (!clock.first()) return 0;
    const double before = degrees_.paid();  // nothing is paid until now
    const float change = degrees_.MoveTo(IsNoteOn(event) ? context_.DegreeOf(event) : kLate);
    return static_cast<float>(before + change);
  }
  RewardTable* table() override { return &degrees_; }

 private:
  static constexpr int kLate = 12;  // entry

  RewardTable degrees_{"1 0 0 0 1 0 0 1 0 0 0 0 -1"};

  MusicContext context_;
};

}  // namespace

RuleInfo OpeningRule() {
  return {.name = "opening",
          .summary =
              "+1 for a first note of the tonic triad, -1 for a melody that does not begin "
              "at once.",
          .example = "E4 as the first event in C major: +1.",
          .make = MakeRule<Opening>,
          .weight = 0,
          .damage = "transposed"};
}

}  // namespace rltuner
