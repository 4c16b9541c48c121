// SPDX-License-Identifier: Apache-2.0
// Keys: their names, and estimates of a melody's key, by which it is transposed to C major, A minor
// or another mode on the white keys.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "rltuner/melody/metre.h"

namespace rltuner {

struct Key {
  int tonic = 0;  // pitch class, 0 .. 11
  Mode mode = Mode::kMajor;

  bool operator==(const Key&) const = default;

  // The semitones from the tonic of the major key with the same notes up to this tonic: 9 for
  // minor.
  int Degree() const;

  // The sharps of its signature, -6 .. 6; negative: flats.
  int Sharps() const;

  // "E minor", "Bb major", "F# dorian".
  std::string Text() const;
};

// "D dorian", "E minor", "Em", "Bb": a tonic and a mode, in upper or lower case; without a mode,
// major. Any other text is an Error that names `option`.
Key ParseKey(std::string_view text, std::string_view option);

// The key of this mode that has a signature of -7 .. 7 sharps.
Key KeyOf(int sharps, Mode mode);

// The mode whose tonic is `degree` semitones above that of the major key with the same notes.
std::optional<Mode> ModeAt(int degree);

// The key of this mode whose notes are those of C major: A minor, D dorian, ...
Key WhiteKey(Mode mode);

// How long each pitch class sounds, in any unit; index 0 is C.
using PitchClassWeights = std::array<double, 12>;

// Probe-tone ratings of the twelve notes of a key, 1 .. 7, from the tonic upwards (Krumhansl and
// Kessler, 1982).
const PitchClassWeights& KeyProfile(bool minor);

// The pitch class, 0 .. 11, of the major key that has `sharps` sharps (negative: flats). A minor
// key or a mode is given by the signature it is written with: no sharps is C for A minor too.
int MajorTonic(int sharps);

// The share of the weight, 0 .. 1, on the seven notes of a major key; 0 if all weights are zero.
double ShareInKey(const PitchClassWeights& weights, int tonic);

// The pitch class of the major key whose seven notes hold the largest share of the weight; among
// keys within one percent of that share, the one whose major or relative minor profile (Krumhansl
// and Kessler 1982) correlates best with the weights. nullopt if all weights are zero.
std::optional<int> EstimateMajorTonic(const PitchClassWeights& weights);

// The mode of a melody whose notes are mostly those of C major, estimated from how long its notes
// sound and from the pitch class of its last note.
Mode EstimateMode(const PitchClassWeights& weights, int last);

// The estimated tonic if the notes contradict a signature: less than 80 % of the weight is on its
// scale, and more than 92 % on that of the estimate.
std::optional<int> ContradictingTonic(const PitchClassWeights& weights, int tonic);

// "C", "Db", ...: a pitch class, 0 .. 11, as the tonic of a major key.
std::string KeyName(int tonic);

// The semitones, -6 .. 5, that move the tonic `pitch_class` to a C.
int SemitonesToC(int pitch_class);

}  // namespace rltuner
