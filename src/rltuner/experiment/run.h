// SPDX-License-Identifier: Apache-2.0
// One run of an experiment: its specification and its folder.
//   recipe.toml       everything needed to repeat it, with the commands
//   progress.csv      as `rltuner tune` writes it; only if the run tunes
//   model.safetensors the same
//   checkpoint/       where a stopped tuning resumes
//   melodies/         what `rltuner generate` writes
//   evaluation.json   as `rltuner evaluate --json` writes it; the last file, so the run is finished
// A run needs only its spec, the inputs and its folder. Any process can therefore resume it, but
// not two at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/nn/model.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/tuning_run.h"

namespace rltuner::experiment {

// Rules by name, with every value as TOML (RuleSet::FromToml reads it back).
struct RuleText {
  std::string name;  // "paper", "theory", or the path of a rules file
  std::string toml;

  RuleSet Make() const { return RuleSet::FromToml(toml, name); }
};

// "paper", "theory", or the path of a rules file or a recipe; Error otherwise.
RuleText ReadRules(const std::string& name_or_file);

// Two runs with equal specs and Note RNNs write equal files.
struct RunSpec {
  std::string name;  // names its folder; letters, digits, '.', '-', '=' and ','

  // A run either tunes the Note RNN and plays the result, or plays the Note RNN or the result of
  // another run. evaluation.decoding says how it plays.
  std::optional<TuningRecipe> tuning = {};
  std::string model_of = {};  // the name of that other run, which must be finished; "": none

  EvaluationOptions evaluation;
  RuleText rules;                 // the rules that judge the run and its progress
  int melodies = 4;               // written to melodies/
  std::string training_melodies;  // CopiedRuns::fingerprint; "" = copies are not counted
};

// The resolved recipe: first, as comments, the commands that repeat the run from its
// folder, then [tuning], [rules], [policy] and [evaluation]. `rltuner tune --recipe` takes it.
std::string RunRecipe(const RunSpec& spec);

// The inputs of all runs; must outlive the runs. Safe to read from many threads.
struct RunInputs {
  const Model* note_rnn = nullptr;
  const CopiedRuns* training = nullptr;  // null: the training melodies are not known
};

struct RunCallbacks {
  std::function<void(double share)> progress;         // gets 0 .. 1 from time to time
  std::function<bool()> should_stop;                  // polled
  std::function<void(const std::string& line)> warn;  // damaged files are made again
};

// Does the rest of the run, on the caller's thread; false if it was stopped. Error if the folder
// belongs to another tuning. If its evaluation was another, the run is evaluated again. Damaged
// files are made again.
bool DoRun(const RunSpec& spec, const RunInputs& inputs, const std::filesystem::path& folder,
           const RunCallbacks& callbacks);

// Whether the folder contains all results of exactly this run, intact.
bool IsFinished(const RunSpec& spec, const std::filesystem::path& folder);

// The results of a finished run.
struct RunResult {
  Metrics metrics;
  std::vector<ProgressRow> rows = {};  // rows of progress.csv; empty if the run does not tune
};
RunResult ReadRun(const RunSpec& spec, const std::filesystem::path& folder);

// Reads what ProgressCsv wrote; Error, naming `source`, if it is damaged.
std::vector<ProgressRow> ReadProgressCsv(std::string_view text, std::string_view source);

}  // namespace rltuner::experiment
