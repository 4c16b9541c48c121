// SPDX-License-Identifier: Apache-2.0
// A whole experiment in one folder:
//   note_rnn.safetensors  the Note RNN that is tuned
//   rules.toml            the rules that judge
//   runs/NAME/            one folder per run (experiment/run.h)
// and the report (experiment/report.h). The plan lists the runs, and the folders show which are
// finished. An experiment can therefore be stopped, killed and resumed, with any number of
// processes each time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/cluster/cluster.h"
#include "rltuner/experiment/plan.h"
#include "rltuner/experiment/report.h"
#include "rltuner/experiment/run.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"
#include "rltuner/training/training_run.h"

namespace rltuner::experiment {

// Estimates besides the runs: log Z at every c of the plan, and the exact problem.
struct EstimateOptions {
  int particles = 512;      // by which SMC estimates log Z; 0: it does not
  int runs_per_primer = 8;  // at least 2
  // CompareOnExactProblem's share_of_iterations (experiment/exact_comparison.h); 0: skipped.
  double exact_share = 1;
};

struct ExperimentOptions {
  PlanOptions plan = {};
  EstimateOptions estimates = {};
  const Model* note_rnn = nullptr;   // the network to tune; null: one trained on `dataset`
  std::string note_rnn_name = {};    // in words, for the report
  const Dataset* dataset = nullptr;  // also searched for copied runs
  NetworkOptions network = {};       // used if a Note RNN is trained
  TrainingOptions training = {};
  std::string command = "rltuner reproduce";  // shown in the report, before the plan's options
  int threads = 1;                            // changes no result
};

// Reduces the scale to an experiment of minutes.
void MakeQuick(ExperimentOptions* options);

// Called from several threads, but one at a time; `run` indexes the plan's runs.
struct ExperimentCallbacks {
  // Called before anything is written, with the plan and its PlanText. Returns false if only the
  // plan was asked for: nothing runs.
  std::function<bool(const Plan& plan, const std::string& text)> planned = [](auto&, auto&) {
    return true;
  };
  std::function<void(const TrainingProgress&)> trained = [](const TrainingProgress&) {};
  // The share of a run that is done: 0 when it begins or resumes, 1 when it ends. Not called for
  // runs that were finished before.
  std::function<void(int run, double share)> progress = [](int, double) {};
  std::function<void()> estimating = [] {};  // when all runs are finished
  std::function<bool()> should_stop = [] { return false; };
  std::function<void(const std::string& line)> warn = [](const std::string&) {};
  // Seconds since any moment; the duration of each run is written to its folder.
  std::function<double()> clock = [] { return 0; };
};

// Plans, makes the Note RNN, does the unfinished runs and writes the report to the folder
// (experiment/report.h). Each thread of the cluster does one run at a time. Every process calls
// this function; the first process returns the report. Returns nothing if any process was asked to
// stop. Error if the folder belongs to an experiment with another Note RNN or other settings.
std::optional<ExperimentReport> RunExperiment(const ExperimentOptions& options,
                                              const std::filesystem::path& folder, Cluster* cluster,
                                              const ExperimentCallbacks& callbacks);

// The folder of a run's files.
std::filesystem::path RunFolder(const std::filesystem::path& folder, const RunSpec& spec);

// Whether each run of the plan is finished.
std::vector<bool> FinishedRuns(const Plan& plan, const std::filesystem::path& folder);

}  // namespace rltuner::experiment
