// SPDX-License-Identifier: Apache-2.0
// Does a rule deserve its name? What it gives tunes, the same tunes damaged, and models.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/metrics.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/metre.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/theory/damage.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

struct CheckOptions {
  std::string metre = "4/4";
  int bars = 8;
  int compositions = 2000;  // of each model
  std::int64_t seed = 1;
  // Only tunes whose third is as in this mode, for models that hear the mode.
  std::optional<Mode> mode = {};
  // With their pickups, for models that play some: a tune then ends in a bar that lacks its steps.
  bool pickups = false;
};
Settings Describe(CheckOptions& options);

// Bars of those melodies whose bars are as long as the metre's and whose beats have as many parts:
// 2/2 for 4/4, but not 3/4 for 6/8. The first are counted from the first bar line on. The last end
// with the melody; where it ends within a bar, its last event is held to the bar line. With
// pickups, the first begin with the melody, and the last end where the bar lacks the pickup. Error,
// which names the dataset, if there are fewer than two.
Excerpts ExcerptsOf(const Dataset& dataset, std::span<const Dataset::Events> melodies,
                    const CheckOptions& options);

// Melodies that a model plays, of the tunes' length and in the options' metre and mode (major
// without one), with pickups only if the options say so. Error if the model is not one of melodies.
Tunes Played(const Model& model, const Tunes& tunes, const CheckOptions& options, int threads);

// One set of melodies as one rule sees it.
struct RuleSample {
  Estimate mean;     // unweighted reward of a melody
  Estimate ordered;  // share of pairs in which a tune gets more than one of the set; ties are half
};

struct RuleCheck {
  const RuleInfo* rule = nullptr;
  Estimate tunes = {};  // mean
  RuleSample bars_shuffled = {}, notes_shuffled = {};
  RuleSample damaged = {};              // by the rule's own damage
  std::vector<RuleSample> models = {};  // in the order given
};

// Checks every rule there is, with its parameters in `rules`, whatever its weight. The result does
// not depend on `threads`. A model of another vocabulary than the tunes' is an Error.
std::vector<RuleCheck> CheckRules(RuleSet rules, const Excerpts& tunes,
                                  std::span<const Model> models, const CheckOptions& options,
                                  int threads);

// The share of pairs (a, b) with a > b, ties half (the area under the ROC curve), with DeLong's
// interval (1988). `paired`: value i of both is of one tune.
Estimate OrderedShare(std::span<const double> a, std::span<const double> b, bool paired);

}  // namespace rltuner
