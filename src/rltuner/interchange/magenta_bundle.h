// SPDX-License-Identifier: Apache-2.0
// Magenta's .mag file: one protocol buffer message (GeneratorBundle) that wraps a checkpoint.
#pragma once

#include <vector>

#include "rltuner/interchange/bytes.h"

namespace rltuner {

// The files of the bundle's one checkpoint, within the bundle's bytes, at least one. An Error if
// the bytes are no such message or hold no checkpoint.
std::vector<Bytes> CheckpointFilesOf(const Bytes& bundle);

}  // namespace rltuner
