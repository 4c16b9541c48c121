// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

constexpr int kLeadingNote = 11;  // semitones above the tonic, in major and in harmonic minor

// Phrases close on degrees of the scale: inside a piece on the tonic or, half closed, on a note of
// the dominant (2, 5, 7); at the end on the tonic, long and on a beat (Caplin, 1998; stability of
// the degrees: Krumhansl, 1990). The leading note goes up to the tonic (Aldwell and Schachter).
class Cadence final : public RuleOf<Cadence> {
 public:
  void Describe(Settings& settings) override {
    settings.Add("bars", &bars_, 1, 64,
                 "Bars in a phrase. Set it to 2 or 8 if the music's phrases have that length.");
    AddReward(settings, "inside", &inside_,
              "Reward for a phrase before the last that closes on degree 1, 2, 5 or 7. Raise it if "
              "phrases do not close.");
    AddReward(
        settings, "full", &full_,
        "Reward for a melody that closes on the tonic. Lower it for melodies to be continued.");
    AddReward(settings, "full_long", &full_long_,
              "Reward for a final tonic of a beat or more. Raise it if endings are abrupt.");
    AddReward(settings, "full_on_beat", &full_on_beat_,
              "Reward for a final tonic that begins on a beat. Lower it for syncopated styles.");
    AddReward(settings, "resolved", &resolved_,
              "Reward for a leading note that goes up to the tonic. Set it to 0 for modal music.");
    AddReward(settings, "unresolved", &unresolved_,
              "Reward for a leading note left by more than a third. Set it to 0 for modal music.");
  }
  void Prepare(const MusicContext& context) override { context_ = context; }
  void Start(const BarClock& /*clock*/) override {
    note_ = 0;
    begun_on_beat_ = false;
    steps_ = 0;
  }

  float Place(int event, const BarClock& clock) override {
    double reward = 0;
    if (IsNoteOn(event)) {
      if (note_ != 0 && context_.DegreeOf(note_) == kLeadingNote) {
        if (event == note_ + 1) reward += resolved_;
        if (std::abs(event - note_) > 4) reward += unresolved_;
      }
      note_ = event;
      begun_on_beat_ = clock.on_beat();
      steps_ = 0;
    }
    ++steps_;
    if (note_ != 0) {
      if (clock.last()) {
        reward += Close(clock.beat_steps());
      } else if (clock.ends_phrase(bars_)) {
        const int degree = context_.DegreeOf(note_);
        reward += degree == 0 || degree == 2 || degree == 7 || degree == kLeadingNote ? inside_ : 0;
      }
    }
    return static_cast<float>(reward);
  }

 private:
  double Close(int beat_steps) const {
    if (context_.DegreeOf(note_) != 0) return 0;
    return full_ + (steps_ >= beat_steps ? full_long_ : 0) + (begun_on_beat_ ? full_on_beat_ : 0);
  }

  int bars_ = 4;
  double inside_ = 0.5;
  double full_ = 1;
  double full_long_ = 0.5;
  double full_on_beat_ = 0.5;
  double resolved_ = 0.25;
  double unresolved_ = -0.25;

  MusicContext context_;
  int note_ = 0;   // the latest note's class; 0 = none
  int steps_ = 0;  // since it began
  bool begun_on_beat_ = false;
};

}  // namespace

RuleInfo CadenceRule() {
  return {.name = "cadence",
          .summary =
              "+0.5 where a four-bar phrase closes on degree 1, 2, 5 or 7; up to +2 for a final "
              "tonic; +-0.25 for the note after a leading note.",
          .example = "C4 for the last beat of a melody in C: +2 for its last event.",
          .make = MakeRule<Cadence>,
          .weight = 0,
          .damage = "pitches_drawn_anew",
          .of_endings = true};
}

}  // namespace rltuner
