// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"
#include "rltuner/theory/scale.h"

namespace rltuner {
namespace {

constexpr std::uint32_t kPitchClasses = 0xFFF;

constexpr std::uint32_t Transposed(std::uint32_t notes, int semitones) {
  return (notes << semitones | notes >> (12 - semitones)) & kPitchClasses;
}

// The notes of a chord as bits above its root. The empty name is a major triad.
constexpr std::array<std::pair<std::string_view, std::uint32_t>, 15> kQualities = {{
    {"", 0b10010001},
    {"m", 0b10001001},
    {"min", 0b10001001},
    {"7", 0b10010010001},
    {"m7", 0b10010001001},
    {"maj7", 0b100010010001},
    {"dim", 0b1001001},
    {"dim7", 0b1001001001},
    {"m7b5", 0b10001001001},
    {"aug", 0b100010001},
    {"+", 0b100010001},
    {"sus4", 0b10100001},
    {"sus2", 0b10000101},
    {"6", 0b1010010001},
    {"m6", 0b1010001001},
}};

// The name's chord as pitch classes, or relative to the tonic for a Roman numeral; nothing if it
// is no name. "-" is no chord.
std::optional<std::uint32_t> ParseChord(std::string_view name, const MusicContext& context) {
  if (name == "-") return 0;
  constexpr std::array<int, 7> kLetters = {9, 11, 0, 2, 4, 5, 7};  // A .. G
  constexpr std::array<std::pair<std::string_view, int>, 7> kNumerals = {
      {{"VII", 6}, {"VI", 5}, {"IV", 3}, {"V", 4}, {"III", 2}, {"II", 1}, {"I", 0}}};
  int root = 0;
  bool small = false;  // a small numeral: a minor chord
  const auto accidental = [&] {
    while (!name.empty() && (name[0] == '#' || name[0] == 'b')) {
      root += name[0] == '#' ? 1 : -1;
      name.remove_prefix(1);
    }
  };
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'G') {
    root = kLetters[static_cast<std::size_t>(name[0] - 'A')];
    name.remove_prefix(1);
    accidental();
    name = name.substr(0, name.find('/'));  // the bass is another voice's
  } else {
    accidental();
    small = name.starts_with('v') || name.starts_with('i');
    const auto* const found = std::ranges::find_if(kNumerals, [&](const auto& numeral) {
      return name.starts_with(small ? Lower(numeral.first) : numeral.first);
    });
    if (found == kNumerals.end()) return std::nullopt;
    name.remove_prefix(found->first.size());
    std::uint32_t degrees = ScaleOf(ModeName(context.melody.mode));
    for (int degree = 0; degree < found->second; ++degree) degrees &= degrees - 1;  // the lowest
    root += context.melody.tonic + std::countr_zero(degrees);
  }
  std::string quality(name);
  if (small && (quality.empty() || quality == "7")) quality.insert(0, "m");
  const auto* const found =
      std::ranges::find(kQualities, quality, &std::pair<std::string_view, std::uint32_t>::first);
  if (found == kQualities.end()) return std::nullopt;
  return Transposed(found->second, (root % 12 + 12) % 12);
}

// Chord tones stand on the strong beats, other notes pass between them (Piston, 1941; Temperley,
// 2001). A strong beat is a bar line, or the beat in the middle of a bar that has one.
class ChordTones final : public RuleOf<ChordTones> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("chords", &chords_, {},
             "Chords bar by bar, repeated: \"C | F | G7 | C\", \"I | IV V | I\"; several may share "
             "a bar; none: the tonic triad. Give those of your accompaniment.")
        .Add("member", &member_, kLowestReward, kHighestReward,
             "Reward for a note of the chord on a strong beat. Raise it to hear the chords more "
             "plainly.")
        .Add("other", &other_, kLowestReward, kHighestReward,
             "Reward for any other note on a strong beat. Move it towards 0 to allow suspensions.");
  }

  void Prepare(const MusicContext& context) override {
    lowest_pitch_ = context.lowest_pitch;
    bars_.assign(1, {});
    std::string_view text = !chords_.empty()               ? std::string_view{chords_}
                            : IsMinor(context.melody.mode) ? "i"
                                                           : "I";
    while (!text.empty()) {
      const std::size_t end = std::min(text.find_first_of(" \t\r\n|"), text.size());
      if (const std::string_view name = text.substr(0, end); !name.empty()) {
        const std::optional<std::uint32_t> chord = ParseChord(name, context);
        if (!chord) {
          Fail(
              "rules.chord_tones: chord \"{}\" is unknown, expected names such as C, Am, G7, Bb, "
              "IV or ii, with | between bars",
              name.substr(0, 20));
        }
        bars_.back().push_back(*chord);
      }
      const bool opens = bars_.size() == 1 && bars_[0].empty();  // a line before all chords
      if (end < text.size() && text[end] == '|' && !opens) bars_.emplace_back();
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (bars_.size() > 1 && bars_.back().empty()) bars_.pop_back();
    if (bars_[0].empty()) {
      Fail("rules.chord_tones: chords is \"{}\", expected one chord or more such as C | G7",
           chords_);
    }
  }

  float Place(int event, const BarClock& clock) override {
    if (!IsNoteOn(event) || clock.bar() < 0) return 0;
    const bool middle = 2 * clock.step() == clock.bar_steps() && clock.on_beat();
    if (clock.step() != 0 && !middle) return 0;
    const auto& chords = bars_[static_cast<std::size_t>(clock.bar()) % bars_.size()];
    const std::size_t at = chords.size() * static_cast<std::size_t>(clock.step()) /
                           static_cast<std::size_t>(clock.bar_steps());
    const std::uint32_t chord = chords.empty() ? 0 : chords[at];
    if (chord == 0) return 0;
    const int pitch_class = (event - kFirstNoteOn + lowest_pitch_) % 12;
    return static_cast<float>((chord >> pitch_class & 1) != 0 ? member_ : other_);
  }

 private:
  std::string chords_;
  double member_ = 0.5;
  double other_ = -0.5;

  int lowest_pitch_ = kLowestPitch;
  std::vector<std::vector<std::uint32_t>> bars_{1};  // pitch classes as bits, chord by chord
};

}  // namespace

RuleInfo ChordTonesRule() {
  return {.name = "chord_tones",
          .summary =
              "+0.5 for a note of the chord on a strong beat, -0.5 for another; by default the "
              "tonic triad in every bar.",
          .example = "With chords = \"C | G7\" and B4 on the second bar line: +0.5.",
          .make = MakeRule<ChordTones>,
          .weight = 0,
          .damage = "transposed"};
}

}  // namespace rltuner
