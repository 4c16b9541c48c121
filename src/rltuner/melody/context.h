// SPDX-License-Identifier: Apache-2.0
// The context of a melody: metre and its changes, pickup, tonic and mode. Bars and beats (bars.h)
// follow from it. Also keys, and estimates of the key by which a melody is transposed to C major, A
// minor or another mode on the white keys.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rltuner {

// A time signature. The denominator is a power of two.
struct Metre {
  int numerator = 4, denominator = 4;

  bool operator==(const Metre&) const = default;

  // Steps in a bar; 1 or more. A grid fits the metre if a beat is a whole number of steps.
  int BarSteps(int steps_per_quarter) const;
  bool FitsGrid(int steps_per_quarter) const {
    return 4 * steps_per_quarter * (IsCompound() ? 3 : 1) % denominator == 0;
  }

  // Whether a beat has three parts: 6/8, 9/8, 12/8.
  bool IsCompound() const { return denominator >= 8 && numerator > 3 && numerator % 3 == 0; }

  // Steps in a beat; 1 or more. In compound metres a beat is three notes of the denominator.
  int BeatSteps(int steps_per_quarter) const;

  std::string Text() const;  // "6/8"
};

// "6/8", with numbers 1 .. 64. ParseMetre throws an Error that names `option` if the text is not a
// metre.
std::optional<Metre> FindMetre(std::string_view text);
Metre ParseMetre(std::string_view text, std::string_view option);

// A change of metre inside a melody; a bar begins at its step.
struct LaterMetre {
  int step = 0;  // 1 or more, rising
  Metre metre;

  bool operator==(const LaterMetre&) const = default;
};

// The scales. Major is the ionian and minor the aeolian mode.
enum class Mode { kMajor, kMinor, kDorian, kPhrygian, kLydian, kMixolydian, kLocrian };
inline constexpr int kModes = 7;

// "major", "minor", "dorian", ...; FindMode and ParseMode also accept "ionian" and "aeolian".
std::string_view ModeName(Mode mode);
std::optional<Mode> FindMode(std::string_view name);
Mode ParseMode(std::string_view name, std::string_view option);

// Whether the third of the scale is minor.
bool IsMinor(Mode mode);

struct Key {
  int tonic = 0;  // pitch class, 0 .. 11
  Mode mode = Mode::kMajor;
  int accidental = 0;  // of the tonic as written: 1 sharp, -1 flat; 0: none or unknown

  bool operator==(const Key& other) const { return tonic == other.tonic && mode == other.mode; }

  // Semitones from C up to the tonic of this mode's white key: 9 for minor (A), 0 for major.
  int Degree() const;

  // The sharps of its signature, -7 .. 7; negative: flats. Eb minor has -6, D# minor 6.
  int Sharps() const;

  // "E", "Bb", "F#": one name for each key, however it was written.
  std::string_view TonicName() const;

  // "E minor", "Bb major", "F# dorian".
  std::string Text() const;
};

// "D dorian", "E minor", "Em", "Bb": a tonic and a mode, in upper or lower case; major without a
// mode. Any other text is an Error that names `option`.
Key ParseKey(std::string_view text, std::string_view option);

// The key of this mode that has a signature of -7 .. 7 sharps.
Key KeyOf(int sharps, Mode mode);

// The mode whose tonic is `degree` semitones above that of the major key with the same notes.
std::optional<Mode> ModeAt(int degree);

// The key of this mode whose notes are those of C major: A minor, D dorian, ...
Key WhiteKey(Mode mode);

// The share of the melodies in `metre` that have a pickup of `steps` steps.
struct PickupShare {
  Metre metre;
  int steps = 0;  // 0: none
  double share = 0;

  bool operator==(const PickupShare&) const = default;
};

struct MelodyContext {
  Metre metre = {};  // of its beginning
  int pickup = 0;    // steps before the first full bar
  int tonic = 0;     // pitch class, 0 = C
  Mode mode = Mode::kMajor;
  std::vector<LaterMetre> changes = {};

  bool operator==(const MelodyContext&) const = default;
};

// How long each pitch class sounds, in any unit; index 0 is C.
using PitchClassWeights = std::array<double, 12>;

// Probe-tone ratings of the twelve notes of a key, 1 .. 7, from the tonic upwards (Krumhansl and
// Kessler, 1982).
const PitchClassWeights& KeyProfile(bool minor);

// The pitch class, 0 .. 11, of the major key that has `sharps` sharps (negative: flats). A key in
// another mode counts by its signature: no sharps gives C, for A minor too.
int MajorTonic(int sharps);

// The pitch class of the major key whose seven notes have the largest share of the weight. Among
// keys within 1 % of that share, it is the one whose major or relative minor profile (Krumhansl and
// Kessler, 1982) correlates best with the weights. nullopt if all weights are zero.
std::optional<int> EstimateMajorTonic(const PitchClassWeights& weights);

// The mode of a melody whose notes are mostly those of C major, estimated from how long its notes
// sound and from the pitch class of its last note.
Mode EstimateMode(const PitchClassWeights& weights, int last);

// The estimated tonic if the notes contradict a signature: less than 80 % of the weight is on the
// signature's scale, and more than 92 % on the scale of the estimate.
std::optional<int> ContradictingTonic(const PitchClassWeights& weights, int tonic);

// A pitch class, 0 .. 11: "Db" if `flat`, else "C#".
std::string_view PitchClassName(int pitch_class, bool flat = false);

// The semitones, -6 .. 5, that move the tonic `pitch_class` to a C.
int SemitonesToC(int pitch_class);

}  // namespace rltuner
