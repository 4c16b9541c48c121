// SPDX-License-Identifier: Apache-2.0
// One run of an experiment: what is tuned or decoded, and how it is judged.
#pragma once

#include <string>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner::experiment {

// Rules by name, with every value as TOML (RuleSet::FromToml reads it back).
struct RuleText {
  std::string name;  // "paper", "theory", or the file it is from
  std::string toml;

  RuleSet Make() const { return RuleSet::FromToml(toml, name); }
};

// "paper", "theory" or the path of a rules file; Error otherwise.
RuleText ReadRules(const std::string& name_or_file);

// Two runs of equal specs and Note RNNs leave equal files.
struct RunSpec {
  std::string name;  // of its folder; letters, digits, '.', '-', '=' and ','

  // A run tunes the Note RNN and plays from the result, or plays the Note RNN as
  // evaluation.decoding says.
  bool tunes = true;
  TuningOptions tuning;   // if it tunes
  RuleText tuning_rules;  // if it tunes

  EvaluationOptions evaluation;
  RuleText rules;                 // what it is judged by, and what progress is measured by
  int melodies = 4;               // written to melodies/
  std::string training_melodies;  // CopiedRuns::fingerprint, "" where none are looked for
};

// The resolved recipe: first, as comments, the commands that repeat the run by hand from its
// folder, then [tuning], [rules] and [evaluation]. `rltuner tune --recipe` takes it.
std::string RunRecipe(const RunSpec& spec);

// About how long the run takes on one core of 2020, in seconds: good enough to plan with.
double EstimatedSeconds(const RunSpec& spec);

}  // namespace rltuner::experiment
