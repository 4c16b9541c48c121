// SPDX-License-Identifier: Apache-2.0
// A training from its first to its last iteration, with checkpoints.
#pragma once

#include "rltuner/core/checkpoint.h"
#include "rltuner/training/note_rnn_training.h"
#include "rltuner/training/train.h"

namespace rltuner {

// Steps until done or asked to stop, and saves every `checkpoint_interval` iterations and at the
// end, whatever ends it. A training that fails is an Error that names the failure and the last
// checkpoint from before it.
TrainingEnd RunTraining(const TrainingOptions& options, const CheckpointFolder& folder,
                        const TrainingCallbacks& callbacks, NoteRnnTraining* training);

}  // namespace rltuner
