// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdlib>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"
#include "rltuner/theory/scale.h"

namespace rltuner {
namespace {

constexpr int kFifth = 7;
constexpr int kOctave = 12;

struct IntervalKind {
  const char* name;
  double reward;  // with the paper's factor of 5 multiplied in
  const char* help;
  int semitones = 0;  // of an interval that is not in the key; 0: another kind
};

// The kinds before kOthers, in the order of kKinds.
enum Kind { kHoldInKey, kHold, kOffInKey, kOff, kInKeyFifth, kInKeyThird, kOthers };

constexpr std::array<IntervalKind, 13> kKinds = {{
    {"hold_in_key", 1.5,
     "Hold after a tonic or its fifth (C, G). Lower it if melodies become long notes."},
    {"hold", 0.375, "Hold after any other note. Lower it if melodies become long notes."},
    {"off_in_key", 0.75,
     "Note off after a tonic or its fifth. Raise it for melodies that breathe."},
    {"off", 0.25, "Note off after any other note. Raise it for melodies that breathe."},
    {"in_key_fifth", 0.5,
     "7 semitones, from a tonic or its fifth. Raise it to hear the key's frame."},
    {"in_key_third", 0.75,
     "A third from a tonic or its third (C, E). Raise it to hear the key's triad."},
    {"second", 0.4, "2 semitones. Raise it above the others for melodies that move by step.", 2},
    {"third", 0.45, "4 semitones. Set it to what thirds are worth to you.", 4},
    {"fourth", 0.35, "5 semitones. Set it to what fourths are worth to you.", 5},
    {"fifth", 0.1, "7 semitones. Set it to what other fifths are worth to you.", 7},
    {"sixth", 0.25, "9 semitones. Set it to what sixths are worth to you.", 9},
    {"seventh", -1.5, "11 semitones. Move it towards 0 for music that is less tonal.", 11},
    {"over_octave", -5,
     "More than 12 semitones. Move it towards 0 for instruments that leap easily.", kOctave + 1},
}};

class PreferredIntervals final : public RuleOf<PreferredIntervals> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("tonic", &tonic_, PitchClassNames(),
             "The key's first note. With C the rule follows the melody's own tonic. Set it only "
             "to a key that all melodies should keep in place of their own.")
        .Add("third_semitones", &third_, 3, 4,
             "Semitones from the tonic to its third: 4 in a major key, 3 in a minor one. With "
             "tonic C, a melody in minor always gets 3. Change it together with the tonic.")
        .Add("in_key_needs_both", &needs_both_,
             "Whether both notes of an in-key interval are checked; the paper checks the first. "
             "Turn it on unless you repeat the paper.");
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      AddReward(settings, kKinds[kind].name, &rewards_[kind], kKinds[kind].help);
    }
  }

  void Prepare(const MusicContext& context) override {
    by_interval_.fill(0);
    for (std::size_t kind = kOthers; kind < kKinds.size(); ++kind) {
      by_interval_[kKinds[kind].semitones] = RewardOf(kind);
    }
    std::fill(by_interval_.begin() + kOctave + 1, by_interval_.end(), by_interval_[kOctave + 1]);
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
      return RewardOf(is_fifth_note_[previous] ? kHoldInKey : kHold);
    }
    if (event == kNoteOff) {
      return RewardOf(is_fifth_note_[previous] ? kOffInKey : kOff);
    }
    const int interval = std::abs(event - previous);
    if (interval == kFifth && InKey(is_fifth_note_, previous, event)) {
      return RewardOf(kInKeyFifth);
    }
    if (interval == interval_of_third_ && InKey(is_third_note_, previous, event)) {
      return RewardOf(kInKeyThird);
    }
    return by_interval_[interval];
  }

 private:
  using Classes = std::array<bool, kMostClasses>;

  static constexpr std::array<double, kKinds.size()> DefaultRewards() {
    std::array<double, kKinds.size()> rewards{};
    std::ranges::transform(kKinds, rewards.begin(), &IntervalKind::reward);
    return rewards;
  }

  float RewardOf(std::size_t kind) const { return static_cast<float>(rewards_[kind]); }

  bool InKey(const Classes& notes, int previous, int event) const {
    return notes[previous] && (!needs_both_ || notes[event]);
  }

  std::string tonic_ = "C";
  int third_ = 4;
  bool needs_both_ = false;
  std::array<double, kKinds.size()> rewards_ = DefaultRewards();

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
