// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// About the mean rating of the notes of folk tunes. Rewards relative to it hardly depend on the
// number of notes.
constexpr double kUsualRating = 4.5;

// The tonal hierarchy: listeners rank the twelve notes of a key, the tonic first, then the other
// notes of its triad (Krumhansl and Kessler, 1982), and tunes play them about as often (Krumhansl,
// 1990). Rewards for cadences and openings make the tonic more frequent, unless this is counted
// too.
class Tonality final : public RuleOf<Tonality> {
 public:
  void Describe(Settings& settings) override {
    settings.Add("reward", &reward_, kLowestReward, kHighestReward,
                 "Reward for each point of a note's rating above 4.5 of 7. Lower it where melodies "
                 "keep to the notes of one chord.");
  }

  void Prepare(const MusicContext& context) override {
    const PitchClassWeights& ratings = KeyProfile(IsMinor(context.melody.mode));
    for (int event = kFirstNoteOn; event < kMostClasses; ++event) {
      rewards_[static_cast<std::size_t>(event)] =
          static_cast<float>(reward_ * (ratings[context.DegreeOf(event)] - kUsualRating));
    }
  }

  float Place(int event, const BarClock& /*clock*/) override {
    return rewards_[static_cast<std::size_t>(event)];
  }

 private:
  double reward_ = 0.1;

  std::array<float, kMostClasses> rewards_{};  // of events
};

}  // namespace

RuleInfo TonalityRule() {
  return {.name = "tonality",
          .summary = "For each note 0.1 x (its rating by listeners in the key, 1 .. 7, minus 4.5).",
          .example = "In C major a C4 is rated 6.35: +0.185. A D4, rated 3.48: -0.102.",
          .make = MakeRule<Tonality>,
          .weight = 0,
          .damage = "transposed"};
}

}  // namespace rltuner
