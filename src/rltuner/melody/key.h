// SPDX-License-Identifier: Apache-2.0
// Finding the key of a melody, to transpose it to C major or A minor.
#pragma once

#include <array>
#include <optional>
#include <string>

namespace rltuner {

// How long each pitch class sounds, in any unit; index 0 is C.
using PitchClassWeights = std::array<double, 12>;

// The pitch class, 0 .. 11, of the major key that has `sharps` sharps (negative: flats). A minor
// key or a mode is given by the signature it is written with: no sharps is C for A minor too.
int MajorTonic(int sharps);

// The share of the weight, 0 .. 1, on the seven notes of a major key; 0 if all weights are zero.
double ShareInKey(const PitchClassWeights& weights, int tonic);

// The pitch class of the major key whose seven notes hold the largest share of the weight; of the
// keys within one percent of that, the one whose major or relative minor profile (Krumhansl and
// Kessler 1982) correlates best with the weights. nullopt if all weights are zero.
std::optional<int> EstimateMajorTonic(const PitchClassWeights& weights);

// The estimated tonic if the notes contradict a signature: fewer than 80 % of the weight are notes
// of its scale, and more than 92 % are of the estimate's.
std::optional<int> ContradictingTonic(const PitchClassWeights& weights, int tonic);

// "C", "Db", ...: a pitch class, 0 .. 11, as the tonic of a major key.
std::string KeyName(int tonic);

// The semitones, -6 .. 5, that move the tonic `pitch_class` to a C.
int SemitonesToC(int pitch_class);

}  // namespace rltuner
