// SPDX-License-Identifier: Apache-2.0
// How far melodies are from tunes, by the measures that papers on generated music report:
// overlap and KL divergence of histograms (Yang and Lerch, 2020, as in the toolbox MGEval), entropy
// and scale consistency (MusPy: Dong et al., 2020), the Frechet distance of feature vectors (Heusel
// et al., 2017), the Vendi score (Friedman and Dieng, 2023) and the likelihood under a model that
// is not a network (PPM, escape method C: Cleary and Witten, 1984; Pearce, 2005).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/partial_matching.h"
#include "rltuner/evaluation/rule_check.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/damage.h"

namespace rltuner {

// Held-out tunes as the reference, and a model of training tunes. Thread-safe once built.
class CorpusReference {
 public:
  CorpusReference(Tunes held_out, const Tunes& training);

  // Takes melodies of the same number of bars in the same metre. The Vendi score looks at the first
  // 300 of them.
  std::vector<CorpusMetric> Measure(const Tunes& melodies) const;

  const Tunes& tunes() const { return tunes_; }

 private:
  Tunes tunes_;
  PartialMatching model_;
  CopiedRuns copied_;  // from training tunes
};

// Measures how far the melodies of models are from the held-out tunes of a dataset, in whole bars
// of the evaluation's metre and length. Also measures how well models predict the whole held-out
// melodies. Thread-safe once built.
class CorpusComparison {
 public:
  // Models that hear the mode are compared only with tunes of the options' mode, major or minor.
  // Models that play pickups are compared with tunes that keep their pickups, other models with
  // tunes from the first bar line on. Error if the dataset has too few such tunes. Models are
  // played as the options say; `rules` is as in Evaluate.
  CorpusComparison(Dataset dataset, const EvaluationOptions& options, const RuleSet& rules,
                   std::span<const Model> models);

  // `progress` gets the number of finished melodies, as in Evaluate.
  std::vector<CorpusMetric> Measure(const Model& model, int threads,
                                    const std::function<void(int finished)>& progress = {}) const;

  // The corpus metrics of the reports and of the tunes themselves, side by side in a table to
  // print.
  std::string Text(std::span<const EvaluationReport> reports) const;

 private:
  Dataset dataset_;
  CheckOptions options_;
  Tunes training_;
  CorpusReference held_out_;
};

// Parts of the above. They are declared here so that tests can compare them with other programs.
// Histograms need not be normalised.
double HistogramOverlap(std::span<const double> a, std::span<const double> b);

// Melodic features of one melody, as in FANTASTIC and jSymbolic: pitch range, mean and deviation;
// mean interval, its deviation, shares of repetitions, steps and leaps; notes per step; deviation
// and entropy of lengths; entropy of pitch classes and of intervals; share of turns.
inline constexpr int kMelodicFeatures = 14;
std::array<double, kMelodicFeatures> MelodicFeatures(std::span<const std::uint8_t> events,
                                                     const MusicContext& context);
double PitchClassEntropy(std::span<const std::uint8_t> events,
                         const MusicContext& context);  // bits
double ScaleConsistency(std::span<const std::uint8_t> events, const MusicContext& context);

}  // namespace rltuner
