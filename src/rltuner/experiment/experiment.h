// SPDX-License-Identifier: Apache-2.0
// A whole experiment in one folder:
//   note_rnn.safetensors  what is tuned; rules.toml: what judges
//   runs/NAME/            a run each (experiment/run.h)
// and the report (experiment/report.h). What is to be done follows from the plan, what is done from
// the folders; so it can be stopped, killed and gone on with, by any number of processes in turn.
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
#include "rltuner/nn/model_file.h"
#include "rltuner/training/training_run.h"

namespace rltuner::experiment {

// Puts the Note RNN into the folder. Error if there is another one already: its runs would not fit.
void KeepNoteRnn(const Network& note_rnn, const std::filesystem::path& folder);

// The same with one that is trained on the dataset's training melodies, or goes on being trained
// after a stop, or is there already. False if it was stopped.
bool TrainNoteRnn(const Dataset& dataset, const NetworkOptions& network,
                  const TrainingOptions& training, int threads, const TrainingCallbacks& callbacks,
                  const std::filesystem::path& folder);

// The Note RNN that one of the two left there.
Network ReadNoteRnn(const std::filesystem::path& folder);

// Called from several threads; `run` indexes the plan's runs.
struct ExperimentCallbacks {
  std::function<void(int run, double share)> progress;  // 0 .. 1 of the run
  std::function<void(int run)> begun, finished;         // of runs that were not finished before
  std::function<bool()> should_stop;
  std::function<void(const std::string& line)> warn;
};

// Does what is left of all runs, one a thread, handed out to the whole cluster as in
// Cluster::ForEachTask; every process calls it. False if this process was asked to stop.
bool DoRuns(const Plan& plan, const RunInputs& inputs, const std::filesystem::path& folder,
            Cluster* cluster, int threads, const ExperimentCallbacks& callbacks);

// Where a run's files are.
std::filesystem::path RunFolder(const std::filesystem::path& folder, const RunSpec& spec);

// Whether each run of the plan is finished.
std::vector<bool> FinishedRuns(const Plan& plan, const std::filesystem::path& folder);

// What is estimated besides the runs.
struct EstimateOptions {
  int particles = 512;      // of SMC, for log Z; 0: not estimated
  int runs_per_primer = 8;  // at least 2
  int threads = 1;          // changes no figure
  std::vector<double> c;    // where log Z is estimated
  // Of the training that the small problem gets (experiment/exact_comparison.h); 0: left out.
  double exact_share = 1;
};

// Reads all results and estimates the rest; texts are left empty. Error if a run is not finished.
ExperimentReport CollectReport(const Plan& plan, const RunInputs& inputs, const RuleText& rules,
                               int length, const EstimateOptions& options,
                               const std::filesystem::path& folder);

}  // namespace rltuner::experiment
