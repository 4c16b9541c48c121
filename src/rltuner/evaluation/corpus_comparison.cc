// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/corpus_comparison.h"

#include <fmt/format.h>

#include <algorithm>

namespace rltuner {

CorpusComparison::CorpusComparison(const Dataset& dataset, const EvaluationOptions& options,
                                   bool of_its_mode)
    : options_{.metre = options.context.metre.Text(),
               .bars = std::max(1, options.length / options.context.metre.BarSteps(
                                                        dataset.encoding().steps_per_quarter)),
               .seed = options.seed,
               .mode = of_its_mode ? std::optional(options.context.mode) : std::nullopt},
      training_(ExcerptsOf(dataset, dataset.TrainingMelodies(), options_).first),
      held_out_(ExcerptsOf(dataset, dataset.HeldOutMelodies(), options_).first, training_) {}

std::vector<CorpusMetric> CorpusComparison::Measure(const Model& model, int threads) const {
  return held_out_.Measure(Played(model, held_out_.tunes(), options_, threads));
}

std::string CorpusComparison::Text(std::span<const EvaluationReport> reports) const {
  std::vector<std::string> names;
  std::vector<std::vector<CorpusMetric>> sets;
  for (const EvaluationReport& report : reports) {
    names.push_back(report.model);
    sets.push_back(report.corpus);
  }
  names.insert(names.end(), {"held-out tunes", "training tunes"});
  sets.push_back(held_out_.Measure(held_out_.tunes()));
  sets.push_back(held_out_.Measure(training_));
  return CorpusText(fmt::format("{} bars of {}, {} held-out tunes", options_.bars, options_.metre,
                                held_out_.tunes().events.size()),
                    names, sets);
}

}  // namespace rltuner
