// SPDX-License-Identifier: Apache-2.0
// A tuning from its first to its last event: progress measured on the way, checkpoints, stopping.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/checkpoint.h"
#include "rltuner/core/reward.h"
#include "rltuner/tuning/divergence.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

// How the policy stands: Figure 2 of the paper and what tells a collapse early. Means are per event
// of sampled compositions, in nats; learning figures are means since the row before.
struct ProgressRow {
  std::int64_t iteration = 0;
  double mean_log_prob = 0;  // log p of the Note RNN
  double mean_reward = 0;    // the rules', unscaled by c
  double kl_to_prior = 0, entropy = 0;
  double distinct = 0;  // share of compositions that differ from all others before them
  double epsilon = 0, loss = 0, gradient_norm = 0;  // loss and norm are NaN before learning began
};

// One line a row, with a header; NaN is an empty cell.
std::string ProgressCsv(std::span<const ProgressRow> rows);

// "" or one line that says that the policy plays few different things now.
std::string CollapseWarning(const ProgressRow& row);

struct TuningRunOptions {
  int threads = 1;                            // for the compositions of progress; changes no figure
  std::int64_t checkpoint_every = 1'000'000;  // iterations; 0: only when should_save says so
  std::string recipe;                         // resolved; a checkpoint of another one is refused
};

struct TuningCallbacks {
  // Often: how far the run is, and the newest row.
  std::function<void(std::int64_t iteration, const ProgressRow& row)> progress;
  std::function<void(const ProgressRow& row)> measured;  // every row when it is new
  std::function<bool()> should_stop;
  std::function<bool()> should_save = {};  // asked as often as should_stop
};

enum class TuningEnd { kFinished, kStopped };

class TuningRun {
 public:
  // `tuning` and `reward` must outlive the run.
  TuningRun(Tuning* tuning, const Reward& reward, const TuningOptions& options,
            TuningRunOptions run_options, CheckpointFolder folder);

  // Resumes from the folder's checkpoint, `warnings` as from CheckpointFolder::Load. False if
  // nothing was saved yet: the run then starts from the beginning. Error if the checkpoint is of
  // another recipe or Note RNN.
  bool Resume(std::vector<std::string>* warnings);

  // True if the checkpoint that Resume found is that of a run that had come to its end.
  bool finished() const { return finished_; }

  // Until done or asked to stop; saves at every checkpoint and when stopped. An Error if a number
  // is no longer finite or the run diverges (see divergence.h); it names the iteration, the tensor
  // and the last checkpoint.
  TuningEnd Run(const TuningCallbacks& callbacks);

  // After the results of a finished run are on the disk: replaces the checkpoints by small ones,
  // without the replay memory, that only say so.
  void MarkFinished();

  std::span<const ProgressRow> rows() const { return rows_; }

 private:
  void Measure();
  void CheckHealth() const;
  void Save(bool finished);

  Tuning* tuning_;
  const Reward& reward_;
  TuningOptions options_;
  TuningRunOptions run_options_;
  CheckpointFolder folder_;
  DivergenceWatch divergence_;
  std::vector<ProgressRow> rows_;
  bool finished_ = false;
};

}  // namespace rltuner
