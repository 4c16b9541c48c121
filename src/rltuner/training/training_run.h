// SPDX-License-Identifier: Apache-2.0
// Runs a training from its first iteration to its last, with checkpoints.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/cluster/cluster.h"
#include "rltuner/core/checkpoint.h"
#include "rltuner/training/note_rnn_training.h"
#include "rltuner/training/train.h"

namespace rltuner {

// Steps until the training is done or asked to stop. Saves every `checkpoint_interval` iterations
// and at the end, however it ends. If training fails, an Error names the failure and the last
// checkpoint before it.
TrainingEnd RunTraining(const TrainingOptions& options, const CheckpointFolder& folder,
                        const TrainingCallbacks& callbacks, NoteRnnTraining* training);

// Returns the checkpoint's file if there is one and the run is to resume. Loading repairs the
// folder of a killed run, which only one process may do. Every process therefore calls this
// function instead of Load; `cluster` is null for a single one. Lines about damage, or about a
// checkpoint that will be replaced, are added to `warnings`.
std::optional<SafetensorsFile> LoadTogether(const CheckpointFolder& folder, bool resume,
                                            Cluster* cluster, std::vector<std::string>* warnings);

// Adds a line to `warnings` if nothing of `data`, which is called `name`, is held out.
void WarnOfNothingHeldOut(const TrainingData& data, std::string_view name,
                          std::vector<std::string>* warnings);

// The state of a training as a short text for a line of progress.
std::string ProgressText(const TrainingProgress& progress);

// The result of a training to print: one line per figure.
std::string ResultText(const TrainingProgress& progress, const TrainingData& data, TrainingEnd end);

}  // namespace rltuner
