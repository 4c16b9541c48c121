// SPDX-License-Identifier: Apache-2.0
// How far melodies are from tunes, by the measures that papers on generated music report:
// overlap and KL divergence of histograms (Yang and Lerch, 2020, as in the toolbox MGEval), entropy
// and scale consistency (MusPy: Dong et al., 2020), the Frechet distance of feature vectors (Heusel
// et al., 2017), the Vendi score (Friedman and Dieng, 2023) and the likelihood under a model that
// is no network (PPM, escape method C: Cleary and Witten, 1984; Pearce, 2005).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/evaluation/metrics.h"
#include "rltuner/evaluation/partial_matching.h"
#include "rltuner/theory/damage.h"

namespace rltuner {

// The figures of several sets side by side, as a table for people.
std::string CorpusText(std::string_view title, std::span<const std::string> names,
                       std::span<const std::vector<CorpusMetric>> sets);

// Held-out tunes as the reference, and a model of training tunes. Thread-safe once built.
class CorpusReference {
 public:
  CorpusReference(Tunes held_out, const Tunes& training);

  // Melodies of as many bars in the same metre. The Vendi score looks at the first 300 of them.
  std::vector<CorpusMetric> Measure(const Tunes& melodies) const;

  const Tunes& tunes() const { return tunes_; }

 private:
  Tunes tunes_;
  PartialMatching model_;
  CopiedRuns copied_;  // from training tunes
};

// The parts, for tests against other programs. Histograms need not be normalised.
double HistogramOverlap(std::span<const double> a, std::span<const double> b);

// Melodic features of one melody, as in FANTASTIC and jSymbolic: pitch range, mean and deviation;
// mean interval, its deviation, shares of repetitions, steps and leaps; notes a step; deviation and
// entropy of lengths; entropy of pitch classes and of intervals; share of turns.
inline constexpr int kMelodicFeatures = 14;
std::array<double, kMelodicFeatures> MelodicFeatures(std::span<const std::uint8_t> events,
                                                     const MusicContext& context);
double PitchClassEntropy(std::span<const std::uint8_t> events,
                         const MusicContext& context);  // bits
double ScaleConsistency(std::span<const std::uint8_t> events, const MusicContext& context);

}  // namespace rltuner
