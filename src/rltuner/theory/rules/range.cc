// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

struct Compass {
  const char* name;
  int lowest, highest;  // MIDI pitches as they sound
};

constexpr std::array<Compass, 13> kCompasses = {{{"any", 0, 127},
                                                 {"soprano", 60, 81},
                                                 {"alto", 53, 74},
                                                 {"tenor", 48, 69},
                                                 {"bass", 40, 64},
                                                 {"violin", 55, 88},
                                                 {"viola", 48, 79},
                                                 {"cello", 36, 69},
                                                 {"flute", 60, 93},
                                                 {"clarinet", 50, 86},
                                                 {"trumpet", 54, 82},
                                                 {"recorder", 72, 98},
                                                 {"tin-whistle", 74, 95}}};

// Keeps notes within the range of an instrument or voice (of average players: Adler, 2002), and
// melodies within the width that tunes use: usually an octave and a half (Huron, 2001).
class Range final : public RuleOf<Range> {
 public:
  void Describe(Settings& settings) override {
    std::vector<std::string> names;
    names.reserve(std::size(kCompasses));
    for (const Compass& compass : kCompasses) names.emplace_back(compass.name);
    settings
        .Add("instrument", &instrument_, names,
             "Instrument or voice of the melody. Name the one that will perform it, so that no "
             "note is out of range.")
        .Add("outside", &outside_, kLowestReward, kHighestReward,
             "Reward for a note that the instrument cannot play. Lower it if such notes remain.")
        .Add("span", &span_, 1, 127,
             "Semitones from the lowest to the highest note of a melody. Lower it to 12 for "
             "singers.")
        .Add(
            "wider", &wider_, kLowestReward, kHighestReward,
            "Reward for each semitone beyond the span. Lower it if melodies use too wide a range.");
  }
  void Prepare(const MusicContext& context) override {
    const auto* const found = std::ranges::find(kCompasses, instrument_, &Compass::name);
    lowest_ = found->lowest - context.lowest_pitch + kFirstNoteOn;
    highest_ = found->highest - context.lowest_pitch + kFirstNoteOn;
  }
  void Start(const BarClock& /*clock*/) override { low_ = high_ = 0; }

  float Place(int event, const BarClock& /*clock*/) override {
    if (!IsNoteOn(event)) return 0;
    const int before = std::max(high_ - low_, span_);
    low_ = low_ == 0 ? event : std::min(low_, event);
    high_ = std::max(high_, event);
    const int grown = std::max(high_ - low_, span_) - before;
    const bool outside = event < lowest_ || event > highest_;
    return static_cast<float>((outside ? outside_ : 0) + wider_ * grown);
  }

 private:
  std::string instrument_ = "any";
  double outside_ = -1;
  int span_ = 17;
  double wider_ = -0.5;

  int lowest_ = 0, highest_ = 0;  // the instrument's classes
  int low_ = 0, high_ = 0;        // of the melody so far; 0 = none
};

}  // namespace

RuleInfo RangeRule() {
  return {.name = "range",
          .summary =
              "-1 for a note outside the instrument's range, -0.5 for each semitone by which a "
              "melody is wider than 17.",
          .example = "C4 then G5, 19 semitones: -1 for the G5.",
          .make = MakeRule<Range>,
          .weight = 0,
          .damage = "octaves_drawn_anew"};
}

}  // namespace rltuner
