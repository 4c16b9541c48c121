// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"

namespace rltuner {
namespace {

constexpr int kLargestNumber = 64;
constexpr std::array<std::string_view, kModes> kModeNames = {
    "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"};

// 0 if it is none of 1 .. 64.
int NumberIn(std::string_view text) {
  const int number = ParseNumber<int>(text).value_or(0);
  return number >= 1 && number <= kLargestNumber ? number : 0;
}

constexpr PitchClassWeights kMajorProfile = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                                             2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
constexpr PitchClassWeights kMinorProfile = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                                             2.54, 4.75, 3.98, 2.69, 3.34, 3.17};
constexpr std::array<int, 7> kMajorScale = {0, 2, 4, 5, 7, 9, 11};
constexpr double kNearlyAsGood = .01;
constexpr std::array<int, kModes> kDegrees = {0, 9, 2, 4, 5, 7, 11};  // by Mode

double Mean(const PitchClassWeights& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / 12;
}

// Correlation of the weights with a profile whose tonic is `tonic`; 0 if the weights are all equal.
double Correlation(const PitchClassWeights& weights, const PitchClassWeights& profile, int tonic) {
  const double weight_mean = Mean(weights);
  const double profile_mean = Mean(profile);
  double covariance = 0;
  double weight_variance = 0;
  double profile_variance = 0;
  for (int i = 0; i < 12; ++i) {
    const double x = weights[(tonic + i) % 12] - weight_mean;
    const double y = profile[i] - profile_mean;
    covariance += x * y;
    weight_variance += x * x;
    profile_variance += y * y;
  }
  return weight_variance > 0 ? covariance / std::sqrt(weight_variance * profile_variance) : 0;
}

// The share, 0 .. 1, of the total weight that is on the seven notes of a major key; 0 if all
// weights are zero.
double ShareInKey(const PitchClassWeights& weights, int tonic) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(total > 0)) return 0;
  double share = 0;
  for (int degree : kMajorScale) share += weights[(tonic + degree) % 12] / total;
  return share;
}

}  // namespace

int Metre::BarSteps(int steps_per_quarter) const {
  return std::max(1, 4 * steps_per_quarter * numerator / denominator);
}

int Metre::BeatSteps(int steps_per_quarter) const {
  return std::max(1, 4 * steps_per_quarter * (IsCompound() ? 3 : 1) / denominator);
}

std::string Metre::Text() const { return fmt::format("{}/{}", numerator, denominator); }

std::optional<Metre> FindMetre(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const Metre metre{NumberIn(text.substr(0, slash)),
                    NumberIn(text.substr(std::min(slash + 1, text.size())))};
  if (metre.numerator == 0 || !std::has_single_bit(static_cast<unsigned>(metre.denominator))) {
    return std::nullopt;
  }
  return metre;
}

Metre ParseMetre(std::string_view text, std::string_view option) {
  const std::optional<Metre> metre = FindMetre(text);
  if (metre) return *metre;
  Fail("{} {}: expected a time signature such as 4/4, 3/4, 6/8, with numbers 1 .. {}", option, text,
       kLargestNumber);
}

std::string_view ModeName(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

std::optional<Mode> FindMode(std::string_view name) {
  const auto found = std::ranges::find(kModeNames, name == "ionian"    ? "major"
                                                   : name == "aeolian" ? "minor"
                                                                       : name);
  if (found == kModeNames.end()) return std::nullopt;
  return static_cast<Mode>(found - kModeNames.begin());
}

Mode ParseMode(std::string_view name, std::string_view option) {
  const std::optional<Mode> mode = FindMode(Lower(name));
  if (!mode) Fail("{} {}: expected {}", option, name, fmt::join(kModeNames, ", "));
  return *mode;
}

bool IsMinor(Mode mode) {
  return mode == Mode::kMinor || mode == Mode::kDorian || mode == Mode::kPhrygian ||
         mode == Mode::kLocrian;
}

const PitchClassWeights& KeyProfile(bool minor) { return minor ? kMinorProfile : kMajorProfile; }

int Key::Degree() const { return kDegrees[static_cast<std::size_t>(mode)]; }

int Key::Sharps() const {
  const int sharps = (7 * (tonic - Degree() + 12) + 5) % 12 - 5;
  if (mode == Mode::kLocrian && sharps == 6) return -6;  // F locrian, not E#
  return accidental * sharps <= -5 ? sharps + 12 * accidental : sharps;
}

std::string_view Key::TonicName() const {
  return PitchClassName(tonic, Key{tonic, mode}.Sharps() < 0);
}

std::string Key::Text() const { return fmt::format("{} {}", TonicName(), ModeName(mode)); }

Key ParseKey(std::string_view text, std::string_view option) {
  constexpr std::string_view kLetters = "C D EF G A B";  // by pitch class
  const std::string lower = Lower(text);
  const char letter = text.empty() ? ' ' : static_cast<char>(lower[0] - 'a' + 'A');
  const std::size_t found = letter == ' ' ? kLetters.npos : kLetters.find(letter);
  if (found == kLetters.npos) {
    Fail("{} '{}': expected a tonic and a mode, such as 'D dorian', 'E minor', 'Bb major'", option,
         text);
  }
  const int accidental = lower.substr(1, 1) == "#" ? 1 : lower.substr(1, 1) == "b" ? -1 : 0;
  const int tonic = (static_cast<int>(found) + accidental + 12) % 12;
  const std::size_t next = accidental == 0 ? 1 : 2;
  const std::string word = lower.substr(std::min(lower.find_first_not_of(' ', next), lower.size()));
  if (word.empty()) return {tonic, Mode::kMajor, accidental};
  if (word == "m" && text.ends_with('m')) return {tonic, Mode::kMinor, accidental};  // not "EM"
  return {tonic, ParseMode(word, fmt::format("{} '{}':", option, text)), accidental};
}

Key KeyOf(int sharps, Mode mode) {
  return {(MajorTonic(sharps) + kDegrees[static_cast<std::size_t>(mode)]) % 12, mode};
}

std::optional<Mode> ModeAt(int degree) {
  const auto found = std::ranges::find(kDegrees, degree);
  if (found == kDegrees.end()) return std::nullopt;
  return static_cast<Mode>(found - kDegrees.begin());
}

Key WhiteKey(Mode mode) { return KeyOf(0, mode); }

Mode EstimateMode(const PitchClassWeights& weights, int last) {
  // Fitted by logistic regression to half of 4,373 folk tunes with known modes. Of the other half,
  // 94 % get their mode; 83 % are in major.
  constexpr std::array<double, kModes> kRarity = {0, 1.5, 2.5, 4, 4, 3, 5.5};
  const double total = std::max(1e-9, std::accumulate(weights.begin(), weights.end(), 0.0));
  int best = 0;
  double best_fit = -1e9;
  for (int mode = 0; mode < kModes; ++mode) {
    const int tonic = kDegrees[static_cast<std::size_t>(mode)];
    const auto share = [&](int semitones) {
      return weights[static_cast<std::size_t>((tonic + semitones) % 12)] / total;
    };
    const double fit = (last == tonic ? 2 : 0) + 10.5 * share(0) + 5 * share(7) +
                       2 * (share(3) + share(4)) - kRarity[static_cast<std::size_t>(mode)];
    if (fit > best_fit) {
      best = mode;
      best_fit = fit;
    }
  }
  return static_cast<Mode>(best);
}

int MajorTonic(int sharps) { return ((sharps * 7) % 12 + 12) % 12; }

std::optional<int> EstimateMajorTonic(const PitchClassWeights& weights) {
  PitchClassWeights share{};
  for (int tonic = 0; tonic < 12; ++tonic) share[tonic] = ShareInKey(weights, tonic);
  const double best_share = *std::ranges::max_element(share);
  if (!(best_share > 0)) return std::nullopt;
  int best = -1;
  double best_correlation = 0;
  for (int tonic = 0; tonic < 12; ++tonic) {
    if (share[tonic] < best_share - kNearlyAsGood) continue;
    const double correlation = std::max(Correlation(weights, kMajorProfile, tonic),
                                        Correlation(weights, kMinorProfile, (tonic + 9) % 12));
    if (best < 0 || correlation > best_correlation) {
      best = tonic;
      best_correlation = correlation;
    }
  }
  return best;
}

std::optional<int> ContradictingTonic(const PitchClassWeights& weights, int tonic) {
  if (ShareInKey(weights, tonic) >= .80) return std::nullopt;
  const std::optional<int> estimate = EstimateMajorTonic(weights);
  return estimate && ShareInKey(weights, *estimate) > .92 ? estimate : std::nullopt;
}

std::string_view PitchClassName(int pitch_class, bool flat) {
  constexpr std::string_view kFlat[] = {"C",  "Db", "D",  "Eb", "E",  "F",
                                        "Gb", "G",  "Ab", "A",  "Bb", "B"};
  constexpr std::string_view kSharp[] = {"C",  "C#", "D",  "D#", "E",  "F",
                                         "F#", "G",  "G#", "A",  "A#", "B"};
  return (flat ? kFlat : kSharp)[pitch_class];
}

int SemitonesToC(int pitch_class) { return pitch_class <= 6 ? -pitch_class : 12 - pitch_class; }

}  // namespace rltuner
