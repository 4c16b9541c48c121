// SPDX-License-Identifier: Apache-2.0
// The context of a melody: metre and its changes, pickup, tonic and mode. They determine its bars
// and beats (bars.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rltuner {

// A time signature. The denominator is a power of two.
struct Metre {
  int numerator = 4, denominator = 4;

  bool operator==(const Metre&) const = default;

  // Steps in a bar; 1 or more. A grid holds the metre if a beat is a whole number of steps.
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

// "6/8", with numbers 1 .. 64. ParseMetre throws an Error that names `option` if the text is no
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

// The share of the melodies in a metre that have a pickup of so many steps.
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

}  // namespace rltuner
