// SPDX-License-Identifier: Apache-2.0
// A training from its first to its last iteration, with checkpoints.
#pragma once

#include <functional>
#include <string>

#include "rltuner/core/checkpoint.h"
#include "rltuner/training/note_rnn_training.h"

namespace rltuner {

// Both are called after every iteration, on the caller's thread, and may be empty.
struct TrainingCallbacks {
  std::function<void(const TrainingProgress&)> progress;
  std::function<bool()> should_stop;
};

enum class TrainingEnd { kFinished, kEndedEarly, kStopped };

// Steps until done or asked to stop, and saves every `checkpoint_interval` iterations and at the
// end, whatever ends it. A training that fails is an Error that names the failure and the last
// checkpoint from before it.
TrainingEnd RunTraining(const TrainingOptions& options, const CheckpointFolder& folder,
                        const TrainingCallbacks& callbacks, NoteRnnTraining* training);

// The learning curve as CSV, a line for each measurement; held-out columns are empty where nothing
// was held out.
std::string LearningCurveCsv(std::span<const TrainingRecord> history);

}  // namespace rltuner
