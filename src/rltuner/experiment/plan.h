// SPDX-License-Identifier: Apache-2.0
// Which runs an experiment consists of, and what each of them is for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/experiment/run_spec.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::experiment {

// How a method is set in the main table: the paper's methods as in the paper, pg as its recipe
// says.
struct MethodSettings {
  TuningOptions tuning;  // seed, iterations and the like are the plan's
  RuleText rules;
};

struct PlanOptions {
  std::vector<MethodSettings> methods;  // columns of the table, in order
  std::vector<double> c;                // the sweep's; a method's own c is added to it
  std::vector<std::string> decodings;   // baselines that play the Note RNN
  int seeds = 5;                        // of the main table and the explorations
  int sweep_seeds = 1;
  // Events that a tuning plays, where its method's settings have the paper's million; in proportion
  // where they have another number.
  std::int64_t iterations = 1'000'000;
  int compositions = 100'000;       // that judge a run of the main table
  int sweep_compositions = 25'000;  // the same for the sweep
  int baseline_samples = 500'000;   // compositions tried by best-of-N and the like, in all
  int melodies = 4;                 // of each run, as pictures and MIDI files
  RuleText rules;                   // that judge every run
  std::string training_melodies;    // as RunSpec::training_melodies
};

// How a baseline plays the Note RNN.
struct Baseline {
  std::string family;    // "temperature", "mask", "best of", "SMC"
  std::string label;     // what tells it from others of its family: "0.7", "64"
  bool chooses = false;  // plays several compositions to keep one
};

// Runs that differ in their seed only: what one mean with its interval is over.
struct Condition {
  std::string title;                      // "Q", "Psi, boltzmann", "best of 64"
  const MethodInfo* method = nullptr;     // null: the Note RNN plays
  std::string exploration;                // "": has none
  double c = 0;                           // 0: has none
  std::optional<Baseline> baseline = {};  // of a Note RNN that is not simply sampled
  std::vector<int> runs;                  // index Plan::runs, by seed

  // As the tables' column `method` has it: the method's name, "note-rnn" or "decoding".
  std::string_view method_name() const {
    return method != nullptr ? method->name : baseline ? "decoding" : kNoteRnnMethod;
  }
};

struct Sweep {
  const MethodInfo* method = nullptr;
  std::vector<Condition> points;  // c rising
};

struct Plan {
  std::vector<RunSpec> runs;  // the longest first, so that threads end together
  Condition note_rnn;
  std::vector<Condition> table;        // a method each
  std::vector<Condition> exploration;  // the other exploration than in `table`, where there is one
  std::vector<Sweep> sweeps;           // with the table's condition where c is the same
  std::vector<Condition> baselines;
};

// Error for a decoding that is unknown.
Plan MakePlan(const PlanOptions& options);

// The sum over the runs, in seconds of one core.
double EstimatedSeconds(const Plan& plan);

}  // namespace rltuner::experiment
