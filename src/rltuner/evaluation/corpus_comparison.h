// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rltuner/evaluation/corpus_distance.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/rule_check.h"
#include "rltuner/melody/dataset.h"

namespace rltuner {

// How far what models play is from the held-out tunes of a dataset: whole bars of the evaluation's
// metre, of its length. Thread-safe once built.
class CorpusComparison {
 public:
  // `of_its_mode`: only with tunes in major, or in minor, as the options' context; for models that
  // hear the mode. Error if the dataset has too few such tunes.
  CorpusComparison(const Dataset& dataset, const EvaluationOptions& options, bool of_its_mode);

  std::vector<CorpusMetric> Measure(const Model& model, int threads) const;

  // The corpus metrics of the reports side by side, and beside them those of the tunes themselves,
  // as a table for people.
  std::string Text(std::span<const EvaluationReport> reports) const;

 private:
  CheckOptions options_;
  Tunes training_;
  CorpusReference held_out_;
};

}  // namespace rltuner
