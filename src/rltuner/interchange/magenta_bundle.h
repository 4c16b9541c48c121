// SPDX-License-Identifier: Apache-2.0
// Magenta's .mag file: one protocol buffer message (GeneratorBundle) that wraps a checkpoint.
#pragma once

#include <string>
#include <vector>

#include "rltuner/interchange/bytes.h"

namespace rltuner {

struct MagentaBundle {
  std::string generator;           // "basic_rnn"
  std::vector<Bytes> checkpoints;  // the files of one checkpoint, within the bundle's bytes
};

// An Error if the bytes are no such message or it has no checkpoint.
MagentaBundle ParseMagentaBundle(const Bytes& bundle);

}  // namespace rltuner
