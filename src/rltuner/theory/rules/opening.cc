// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "rltuner/melody/events.h"
#include "rltuner/theory/music_context.h"
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
                      "Reward of the first note by its semitones above the tonic, 12 numbers, and "
                      "of none. Raise one to begin there more often.");
    settings.Add(
        "late", &late_, kLowestReward, kHighestReward,
        "Of a first event that is no note. Set it to 0 for melodies that may begin with a rest.");
  }
  void Prepare(const MusicContext& context) override {
    context_ = context;
    degrees_.Prepare("rules.opening: degrees");
  }
  void Start(int length) override {
    left_ = length;
    first_ = true;
    waiting_ = true;
    degrees_.Start();
  }

  float Place(int event) override {
    const bool first = std::exchange(first_, false);
    --left_;
    if (!waiting_) return 0;
    if (IsNoteOn(event) || left_ == 0) {
      waiting_ = false;
      const double before = degrees_.paid();  // nothing is paid until now
      const float change = degrees_.MoveTo(IsNoteOn(event) ? context_.DegreeOf(event) : 12);
      const double late = first && !IsNoteOn(event) ? late_ : 0;
      return static_cast<float>(before + change + late);
    }
    return first ? static_cast<float>(late_) : 0;
  }
  RewardTable* table() override { return &degrees_; }

 private:
  RewardTable degrees_{"1 0 0 0 1 0 0 1 0 0 0 0 0"};
  double late_ = -1;

  MusicContext context_;
  int left_ = 0;
  bool first_ = true, waiting_ = true;  // for the first event, for the first note
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
