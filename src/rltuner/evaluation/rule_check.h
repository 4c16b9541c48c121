// SPDX-License-Identifier: Apache-2.0
// Checks whether rules measure what their names say: compares their rewards for tunes, for damaged
// copies of these tunes, and for melodies of models.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/damage.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

// How a model is played, as by Evaluate.
struct Playing {
  std::string decoding = "sample";  // as in decoding/decodings.h
  double temperature = 1;
  double c = 0.5;                           // for decoding smc
  RuleSet rules = RuleSet::Named("paper");  // for masks, best-of and smc; set to the context
};

struct CheckOptions {
  std::string metre = "4/4";
  int bars = 8;
  int compositions = 2000;  // melodies that each model plays
  std::int64_t seed = 1;
  // For models that hear the mode: uses only tunes with the third, major or minor, of this mode.
  std::optional<Mode> mode = {};
  // For models that play pickups: tunes keep theirs, and their last bar lacks the pickup's steps.
  bool pickups = false;
  Playing playing = {};
};
Settings Describe(CheckOptions& options);

// The first and last bars of each suitable melody. A melody is suitable if its metre has bars of
// the same length, and beats with the same number of parts, as the metre of the options: 2/2 for
// 4/4, but not 3/4 for 6/8. The first bars begin at the first bar line. The last bars end with the
// melody; if it ends within a bar, its last event is held to the bar line. With options.pickups,
// the first bars begin with the pickup, and the last bar lacks the pickup's steps. Throws an Error
// that names the dataset if there are fewer than two melodies.
Excerpts ExcerptsOf(const Dataset& dataset, std::span<const Dataset::Events> melodies,
                    const CheckOptions& options);

// Melodies that a model plays, of the tunes' length and in the options' metre and mode (major
// without one), with pickups only if the options say so. Error if the model is not one of melodies.
// `progress` is as in Evaluate.
Tunes Played(const Model& model, const Tunes& tunes, const CheckOptions& options, int threads,
             const std::function<void(int finished)>& progress = {});

// The rewards of one set of melodies by one rule.
struct RuleSample {
  Estimate mean;     // unweighted reward of a melody
  Estimate ordered;  // share of pairs in which a tune earns more than a melody; ties: half
};

struct RuleCheck {
  const RuleInfo* rule = nullptr;
  Estimate tunes = {};  // mean
  RuleSample bars_shuffled = {}, notes_shuffled = {};
  RuleSample damaged = {};              // the rule's own damage
  std::vector<RuleSample> models = {};  // in the order given
};

// Checks every rule with its parameters in `rules`, including rules of weight 0. The result does
// not depend on `threads`. Error if a model has another vocabulary than the tunes.
std::vector<RuleCheck> CheckRules(RuleSet rules, const Excerpts& tunes,
                                  std::span<const Model> models, const CheckOptions& options,
                                  int threads);

// The share of pairs (a, b) with a > b, where a tie counts half (the area under the ROC curve),
// with DeLong's interval (1988). `paired`: value i of both comes from the same tune.
Estimate OrderedShare(std::span<const double> a, std::span<const double> b, bool paired);

}  // namespace rltuner
