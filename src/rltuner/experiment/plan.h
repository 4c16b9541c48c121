// SPDX-License-Identifier: Apache-2.0
// The runs of an experiment, and the purpose of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/metrics.h"
#include "rltuner/experiment/run.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::experiment {

// The plan's seeds, iterations and compositions replace those of the recipes.
struct PlanOptions {
  std::vector<TuningRecipe> methods = {};             // columns of the table, in order
  std::optional<TuningRecipe> optimum = {};           // comes near the optimum at one c
  std::vector<double> c = {0.1, 0.25, 0.5, 1, 2, 5};  // c in the sweep; a method's own c is added
  std::vector<std::string> decodings = {              // baselines that play the Note RNN
      "temperature=0.5", "temperature=0.6", "temperature=0.7", "temperature=0.8", "temperature=0.9",
      "temperature=1.1", "temperature=1.2", "mask=key",        "mask=repeat",     "mask=key,repeat",
      "best-of=4",       "best-of=16",      "best-of=64",      "best-of=256",     "best-of=1024",
      "smc=16",          "smc=64",          "smc=256",         "smc=1024"};
  int seeds = 5;  // for the main table and the explorations
  int sweep_seeds = 1;
  // Events that a tuning plays if its method's settings say a million, as the paper's do. Other
  // numbers are scaled in proportion.
  std::int64_t iterations = 1'000'000;
  int compositions = 100'000;          // played to judge a run of the main table
  int sweep_compositions = 25'000;     // the same in the sweep; at most `compositions`
  int baseline_samples = 500'000;      // compositions that best-of-N and SMC try, in all
  int melodies = 4;                    // written for each run, as pictures and MIDI files
  std::string scale = {};              // text in front of ScaleText
  RuleText rules = {};                 // the rules that judge every run
  std::string training_melodies = {};  // as RunSpec::training_melodies
};

// The methods that an experiment accepts: all except those that find weights, for which it has no
// tunes.
std::vector<std::string_view> TakenMethods();

// Sets the rules that judge, and adds methods with the paper's settings (the defaults of
// TuningOptions) and options->rules. The method of the recipe `default` has that recipe instead.
// Adding it also adds the recipe `optimum` with options->rules. If methods, values of c or
// decodings are equal, only the first is kept, because each names a run. Error for a method that is
// not among TakenMethods.
void SetMethods(std::vector<std::string> names, RuleText rules, PlanOptions* options);

// Seeds, iterations and compositions, as options.
Settings Describe(PlanOptions& options);

// "" at the paper's scale or above; otherwise the scale, for a title.
std::string ScaleText(const PlanOptions& options);

// How a baseline plays the Note RNN.
struct Baseline {
  std::string family;  // "temperature", "mask", "best of", "SMC"
  std::string label;   // the baseline within its family: "0.7", "64"
  int candidates = 0;  // compositions from which it chooses one; 0: it does not choose
};

// A point of Figure 2: means over seeds of rows with equal iterations.
struct CurvePoint {
  double iteration;
  Estimate log_prob, reward, distinct;
};

// Runs that differ in their seed only. A mean and its interval are taken over them.
struct Condition {
  std::string name;                       // "Q", "Psi, boltzmann", "best of 64"
  std::string title = name;               // the name, with c where several conditions share it
  const MethodInfo* method = nullptr;     // null: the Note RNN plays
  std::string exploration = {};           // "": has none
  double c = 0;                           // c of the tuning or of SMC; 0: none
  std::optional<Baseline> baseline = {};  // set if the Note RNN is played in another way
  std::vector<int> runs = {};             // index Plan::runs, by seed

  // Filled in by Summarise (experiment/summary.h) from the results of these runs.
  int compositions = 0;                // played in each run
  std::vector<Estimate> values = {};   // [MetricInfos().size()]
  std::vector<CurvePoint> curve = {};  // empty unless tuned

  int seeds() const { return static_cast<int>(runs.size()); }
  const Estimate& Of(std::string_view key) const { return values[MetricIndex(key)]; }
  // The value in the column `method` of the tables: the method's name, "note-rnn" or "decoding".
  std::string_view method_name() const {
    return method != nullptr ? method->name : baseline ? "decoding" : kNoteRnnMethod;
  }
};

struct Sweep {
  const MethodInfo* method = nullptr;
  std::vector<Condition> points;  // c rising
};

// All conditions that an experiment compares.
struct Conditions {
  Condition note_rnn;
  std::vector<Condition> table = {};        // one per method
  std::vector<Condition> exploration = {};  // methods with the exploration not used in `table`
  std::vector<Sweep> sweeps = {};           // include the table's condition if c is the same
  std::vector<Condition> optimum = {};      // one, or none
  std::vector<Condition> baselines = {};
};

struct Plan : Conditions {
  std::vector<RunSpec> runs;
  std::vector<int> order;  // the longest runs first, so that threads end together
};

// Error for a decoding that is unknown.
Plan MakePlan(const PlanOptions& options);

// A rough estimate of how long a run takes on one core of 2020, in seconds.
double EstimatedSeconds(const RunSpec& spec);
std::vector<double> EstimatedSeconds(const Plan& plan);

// Every c of a condition, in rising order.
std::vector<double> AllC(const Plan& plan);

// All options of `rltuner reproduce` that determine the plan, with their values, on three lines.
std::string PlanCommand(const PlanOptions& options);

// The runs and how long they take on `threads` threads, as a table to print, without the last line
// end.
std::string PlanText(const Plan& plan, int threads, bool trains_note_rnn);

}  // namespace rltuner::experiment
