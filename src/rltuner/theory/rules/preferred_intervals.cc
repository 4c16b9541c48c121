// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"
#include "rltuner/theory/scale.h"

namespace rltuner {
namespace {

constexpr int kFifth = 7;
constexpr int kOctave = 12;

// Rewards of the intervals, with the paper's factor of 5 multiplied in.
struct IntervalRewards {
  double hold_in_key = 1.5;
  double hold = 0.375;
  double off_in_key = 0.75;
  double off = 0.25;
  double in_key_fifth = 0.5;
  double in_key_third = 0.75;
  double second = 0.4;
  double third = 0.45;
  double fourth = 0.35;
  double fifth = 0.1;
  double sixth = 0.25;
  double seventh = -1.5;
  double over_octave = -5;
};

class PreferredIntervals final : public RuleOf<PreferredIntervals> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("tonic", &tonic_, PitchClassNames(),
             "The key's first note. With C the rule follows the melody's own tonic. Set it only "
             "to a key that all melodies should keep in place of their own.")
        .Add("third_semitones", &third_, 3, 4,
             "From the tonic to its third: 4 in a major key, 3 in a minor one; with tonic C and a "
             "melody in minor always 3. Change it together with the tonic.")
        .Add("in_key_needs_both", &needs_both_,
             "Whether both notes of an in-key interval are checked; the paper checks the first. "
             "Turn it on unless you repeat the paper.");
    const auto add = [&](const char* name, double* field, const char* help) {
      settings.Add(name, field, kLowestReward, kHighestReward, help);
    };
    add("hold_in_key", &rewards_.hold_in_key,
        "Hold after a tonic or its fifth (C, G). Lower it if melodies become long notes.");
    add("hold", &rewards_.hold,
        "Hold after any other note. Lower it if melodies become long notes.");
    add("off_in_key", &rewards_.off_in_key,
        "Note off after a tonic or its fifth. Raise it for melodies that breathe.");
    add("off", &rewards_.off, "Note off after any other note. Raise it for melodies that breathe.");
    add("in_key_fifth", &rewards_.in_key_fifth,
        "7 semitones, from a tonic or its fifth. Raise it to hear the key's frame.");
    add("in_key_third", &rewards_.in_key_third,
        "A third from a tonic or its third (C, E). Raise it to hear the key's triad.");
    add("second", &rewards_.second,
        "2 semitones. Raise it above the others for melodies that move by step.");
    add("third", &rewards_.third, "4 semitones. Set it to what thirds are worth to you.");
    add("fourth", &rewards_.fourth, "5 semitones. Set it to what fourths are worth to you.");
    add("fifth", &rewards_.fifth, "7 semitones. Set it to what other fifths are worth to you.");
    add("sixth", &rewards_.sixth, "9 semitones. Set it to what sixths are worth to you.");
    add("seventh", &rewards_.seventh,
        "11 semitones. Move it towards 0 for music that is less tonal.");
    add("over_octave", &rewards_.over_octave,
        "More than 12 semitones. Move it towards 0 for instruments that leap easily.");
  }

  void Prepare(const MusicContext& context) override {
    by_interval_.fill(0);
    by_interval_[2] = static_cast<float>(rewards_.second);
    by_interval_[4] = static_cast<float>(rewards_.third);
    by_interval_[5] = static_cast<float>(rewards_.fourth);
    by_interval_[7] = static_cast<float>(rewards_.fifth);
    by_interval_[9] = static_cast<float>(rewards_.sixth);
    by_interval_[11] = static_cast<float>(rewards_.seventh);
    for (int interval = kOctave + 1; interval < kMostClasses; ++interval) {
      by_interval_[interval] = static_cast<float>(rewards_.over_octave);
    }
    MusicContext key = context;
    interval_of_third_ = tonic_ == "C" && IsMinor(key.melody.mode) ? 3 : third_;
    if (tonic_ != "C") key.melody.tonic = PitchClassOf(tonic_);
    for (int event = kFirstNoteOn; event < kMostClasses; ++event) {
      const int degree = key.DegreeOf(event);
      is_fifth_note_[event] = degree == 0 || degree == kFifth;
      is_third_note_[event] = degree == 0 || degree == interval_of_third_;
    }
  }

  void Start(const BarClock& /*clock*/) override { previous_ = 0; }

  float Place(int event, const BarClock& /*clock*/) override {
    const int previous = previous_;
    if (IsNoteOn(event)) previous_ = event;
    if (previous == 0) return 0;  // no note yet
    if (event == kNoEvent) {
      return static_cast<float>(is_fifth_note_[previous] ? rewards_.hold_in_key : rewards_.hold);
    }
    if (event == kNoteOff) {
      return static_cast<float>(is_fifth_note_[previous] ? rewards_.off_in_key : rewards_.off);
    }
    const int interval = std::abs(event - previous);
    if (interval == kFifth && InKey(is_fifth_note_, previous, event)) {
      return static_cast<float>(rewards_.in_key_fifth);
    }
    if (interval == interval_of_third_ && InKey(is_third_note_, previous, event)) {
      return static_cast<float>(rewards_.in_key_third);
    }
    return by_interval_[interval];
  }

 private:
  using Classes = std::array<bool, kMostClasses>;

  bool InKey(const Classes& notes, int previous, int event) const {
    return notes[previous] && (!needs_both_ || notes[event]);
  }

  std::string tonic_ = "C";
  int third_ = 4;
  bool needs_both_ = false;
  IntervalRewards rewards_;

  std::array<float, kMostClasses> by_interval_{};
  Classes is_fifth_note_{};  // tonics and their fifths
  Classes is_third_note_{};  // tonics and their thirds

  int interval_of_third_ = 4;
  int previous_ = 0;  // the latest note's class; 0 = none
};

}  // namespace

RuleInfo PreferredIntervalsRule() {
  return {"preferred_intervals",
          "Up to +1.5 for a hold or a pleasant interval, -1.5 for a major seventh, -5 for more "
          "than an octave.",
          "C4 then E4: +0.75. C4 then B4: -1.5. C4 then a hold: +1.5.",
          MakeRule<PreferredIntervals>,
          1,
          "pitches_shuffled"};
}

}  // namespace rltuner
