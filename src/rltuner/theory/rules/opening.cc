// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/reward_table.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Tunes begin on many degrees of the scale, most often on those of the tonic triad, and continue by
// many intervals (Krumhansl, 1990; Huron, 2006). A reward for one kind of opening would make all
// melodies begin alike. A table of degrees and continuations, matched to tunes, keeps openings as
// varied as those of the tunes.
class Opening final : public RuleOf<Opening> {
 public:
  void Describe(Settings& settings) override {
    kinds_.Describe(settings, "kinds",
                    "Rewards for the first two beats, 37 numbers. Nine each for a first note on "
                    "the tonic, the third, the fifth or another degree: it is held; it is "
                    "repeated on beats, on a bar line or off the beat; it is repeated before a "
                    "move; a step up, a step down, a skip up or a skip down follows. The last is "
                    "for a late beginning. Raise one to begin that way more often. With 21 "
                    "numbers, five each, the places of repeats and the directions of steps make "
                    "no difference.");
  }
  void Prepare(const MusicContext& context) override {
    context_ = context;
    kinds_.Prepare("rules.opening: kinds", kLate + 1, 1000, kOfShortForm);
  }
  void Start(const BarClock& /*clock*/) override { kinds_.Start(); }

  float Place(int event, const BarClock& clock) override {
    if (clock.first()) {
      first_ = IsNoteOn(event) ? event : 0;
      repeats_ = kHeld;
      const double before = kinds_.paid();  // nothing is paid until now
      const float change = kinds_.MoveTo(first_ > 0 ? kMoves * DegreeOfFirst() : kLate);
      return static_cast<float>(before + change);
    }
    if (first_ == 0 || !IsNoteOn(event) || clock.placed() >= 2 * clock.beat_steps()) return 0;
    const int held = kinds_.at() - repeats_;
    if (event == first_) {
      const int here = !clock.on_beat() ? kOffBeat : clock.step() == 0 ? kOnBarLine : kOnBeat;
      repeats_ = std::max(repeats_, here);
      return kinds_.MoveTo(held + repeats_);
    }
    const int interval = event - std::exchange(first_, 0);
    const int move = std::abs(interval) <= kStep ? kStepUp : kSkipUp;
    return kinds_.MoveTo(held + (repeats_ > kHeld ? kRepeatedFirst : move + (interval < 0)));
  }
  RewardTable* table() override { return &kinds_; }

 private:
  // Entries for each degree, in their order. If several kinds of repeats apply, the latest in this
  // order counts.
  enum Move { kHeld, kOnBeat, kOnBarLine, kOffBeat, kRepeatedFirst, kStepUp, kSkipUp = 7 };
  static constexpr int kMoves = 9, kLate = 4 * kMoves;
  static constexpr std::array kOfShortForm = {4, 1, 2, 1, 1, 4, 1, 2, 1, 1, 4,
                                              1, 2, 1, 1, 4, 1, 2, 1, 1, 1};
  static constexpr int kStep = 2;  // semitones

  int DegreeOfFirst() const {
    const std::array triad = {0, IsMinor(context_.melody.mode) ? 3 : 4, 7};
    return static_cast<int>(std::ranges::find(triad, context_.DegreeOf(first_)) - triad.begin());
  }

  RewardTable kinds_{"1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 0 0 0 -1"};

  MusicContext context_;
  int first_ = 0;  // note, until another one
  int repeats_ = kHeld;
};

}  // namespace

RuleInfo OpeningRule() {
  return {
      .name = "opening",
      .summary =
          "+1 for a first note of the tonic triad, -1 for a melody that does not begin at once.",
      .example = "E4 as the first event in C major: +1.",
      .make = MakeRule<Opening>,
      .weight = 0,
      .damage = "transposed"};
}

}  // namespace rltuner
