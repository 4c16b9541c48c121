// SPDX-License-Identifier: Apache-2.0
// Runs a tuning from its first to its last event: measures progress, saves checkpoints, can stop.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rltuner/core/checkpoint.h"
#include "rltuner/core/reward.h"
#include "rltuner/tuning/divergence.h"
#include "rltuner/tuning/rollout.h"
#include "rltuner/tuning/tune.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

class TuningRun {
 public:
  // `tuning` and `reward` must outlive the run. In `run_options`, `threads` are for the
  // compositions of progress, and a checkpoint of another `recipe` is refused; `resume` and
  // `inputs` are ignored.
  TuningRun(Tuning* tuning, const Reward& reward, const TuningOptions& options,
            const TuneOptions& run_options);

  // Resumes from the folder's checkpoint; `warnings` are as in CheckpointFolder::Load. False if
  // nothing was saved yet: the run then starts from the beginning. Error if the checkpoint belongs
  // to another recipe or Note RNN.
  bool Resume(std::vector<std::string>* warnings);

  // True if Resume found the checkpoint of a finished run.
  bool finished() const { return finished_; }

  // Runs until done or asked to stop; saves at every checkpoint and when stopped. Warns of the
  // run's length and of a collapse, but not of the KL. Error if a number is no longer finite or the
  // run diverges (see divergence.h); the message names the iteration, the tensor and the last
  // checkpoint.
  TuningEnd Run(const TuningCallbacks& callbacks);

  // Writes a checkpoint if there is a folder for it. That of a finished run has only the progress.
  void Save(bool finished);

  // Call it after the results of a finished run are on the disk. Replaces the checkpoints by small
  // ones, without the replay memory, which only say that the run is finished.
  void MarkFinished();

  std::span<const ProgressRow> rows() const { return rows_; }

  // Plays more compositions than a row of progress has, to compare KL with its budget.
  Rollouts PlayMore() const;

 private:
  void Measure();
  void CheckHealth() const;

  Tuning* tuning_;
  const Reward& reward_;
  TuningOptions options_;
  TuneOptions run_options_;
  CheckpointFolder folder_;
  DivergenceWatch divergence_;
  std::vector<ProgressRow> rows_;
  bool finished_ = false;
};

}  // namespace rltuner
