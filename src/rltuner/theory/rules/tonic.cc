// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired: 1 = the first event is the tonic.
class Tonic final : public RuleOf<Tonic> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("pitch", &pitch_, 0, 127,
             "The tonic as a MIDI pitch; 60, C4, becomes the nearest tonic of the melody's key "
             "and range. "
             "Raise it by 12 for higher melodies.")
        .Add("ending", &ending_, 2, 64,
             "Length in events of the final note, which is to be the tonic, held. Raise it for "
             "a longer last note.")
        .Add("reward", &reward_, kLowestReward, kHighestReward,
             "Reward for each event of a beginning or ending on the tonic. Raise it if few "
             "melodies begin or end on the tonic.");
  }

  void Prepare(const MusicContext& context) override {
    int tonic = pitch_;
    if (tonic == PitchOf(kTonic)) {
      tonic = FoldedPitch(tonic + (context.melody.tonic + 5) % 12 - 5, context.lowest_pitch,
                          context.highest_pitch);
    }
    class_ = tonic - context.lowest_pitch + kFirstNoteOn;
  }

  float Place(int event, const BarClock& clock) override {
    const int final_note = clock.length() - ending_;
    const int position = clock.placed();
    const bool is_tonic = IsNoteOn(event) && event == class_;
    fired_ = position == 0 && is_tonic ? 1 : 0;
    // Right after the final note only a hold is rewarded, later a hold or a note off. The parts are
    // independent, which matters if the composition is shorter than the ending.
    const bool rewarded = ((position == 0 || position == final_note) && is_tonic) ||
                          (position == final_note + 1 && event == kNoEvent) ||
                          (position > final_note + 1 && !IsNoteOn(event));
    return rewarded ? static_cast<float>(reward_) : 0;
  }

 private:
  int pitch_ = PitchOf(kTonic);
  int ending_ = 4;
  double reward_ = 3;

  int class_ = kTonic;
};

}  // namespace

RuleInfo TonicRule() {
  return {"tonic",
          "+3 for starting with the tonic (C4) and for each of the last four events that plays it, "
          "then holds it; never negative.",
          "C4 as the first event: +3. The last four events C4, hold, hold, off: +3 each.",
          MakeRule<Tonic>};
}

}  // namespace rltuner
