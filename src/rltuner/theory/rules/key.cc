// SPDX-License-Identifier: Apache-2.0
#include <bitset>
#include <cstdint>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"
#include "rltuner/theory/scale.h"

namespace rltuner {
namespace {

// Fired: 1 = a note outside the scale.
class InKey final : public RuleOf<InKey> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("tonic", &tonic_, PitchClassNames(),
             "The key's first note. With C major the rule follows the melody's own key. Set it "
             "only to a key that all melodies should keep in place of their own.")
        .Add("scale", &scale_, ScaleNames(),
             "The scale on the tonic. Choose the mode that the melodies should keep.")
        .Add("reward", &reward_, kLowestReward, kHighestReward,
             "Reward for a note outside the key. Move it towards 0 to allow some chromatic notes.");
  }

  void Prepare(const MusicContext& context) override {
    const bool own = tonic_ == "C" && scale_ == "major";
    const MelodyContext& melody = context.melody;
    const std::uint32_t scale = ScaleOf(own ? ModeName(melody.mode) : scale_);
    const int tonic = own ? melody.tonic : PitchClassOf(tonic_);
    outside_.reset();
    for (int event = kFirstNoteOn; event < kMostClasses; ++event) {
      const int degree = (event - kFirstNoteOn + context.lowest_pitch - tonic + 12) % 12;
      if ((scale >> degree & 1) == 0) outside_.set(static_cast<std::size_t>(event));
    }
  }

  float Place(int event, const BarClock& /*clock*/) override {
    fired_ = outside_[static_cast<std::size_t>(event)] ? 1 : 0;
    return fired_ != 0 ? static_cast<float>(reward_) : 0;
  }

 private:
  std::string tonic_ = "C";
  std::string scale_ = "major";
  double reward_ = -1;

  std::bitset<kMostClasses> outside_;
};

}  // namespace

RuleInfo KeyRule() {
  return {"key",
          "-1 for a note outside the key (C major); never positive.",
          "C#4 anywhere in a melody: -1. A hold or a rest: 0.",
          MakeRule<InKey>,
          1,
          "transposed"};
}

}  // namespace rltuner
