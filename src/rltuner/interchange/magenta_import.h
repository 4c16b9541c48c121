// SPDX-License-Identifier: Apache-2.0
// Imports a checkpoint of Magenta's RL Tuner or of its basic_rnn family as a model.
//
// TensorFlow's LSTM keeps one kernel [input + hidden, 4 hidden] and one bias [4 hidden] a layer,
// with the gates i, j, f, o side by side, and adds 1 to the forget gate f at run time. rltuner has
// the order i, f, g (= j), o, and the 1 is part of the bias. Magenta's classes are 0 = no event, 1
// = note off; in rltuner 0 is note off.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rltuner/interchange/tensorflow_checkpoint.h"
#include "rltuner/nn/model.h"

namespace rltuner {

struct MagentaImportOptions {
  // Keeps classes 0 and 1 as they are in the checkpoint. This reproduces the paper's Table 1.
  bool as_published = false;
  // If the checkpoint has several networks: the prefix of the tensors to import, such as
  // "q_network".
  std::string scope;
};

struct MagentaImport {
  Model model;  // a Note RNN, without a recipe
  int checkpoint_version = 0;
  std::vector<std::string> used = {};             // tensors, layer by layer
  std::vector<std::string> ignored = {};          // optimizer slots and counters
  std::vector<std::filesystem::path> files = {};  // of the checkpoint, if it is not in memory
};

// Reads the network out of an open checkpoint. Names of every TensorFlow generation are known (see
// docs/interchange.md). An Error lists the tensors found if they are not those of an LSTM with
// `classes` classes, or if one is missing, of the wrong shape or not finite. A remaining tensor
// that is neither an optimizer slot nor a counter is an Error too, because the import would not be
// the whole network.
MagentaImport ImportMagenta(const TensorflowCheckpoint& checkpoint, int classes,
                            const MagentaImportOptions& options = {});

// Imports from a file: a checkpoint of version 1 or 2 (see TensorflowCheckpoint) or a .mag bundle.
MagentaImport ImportMagentaFile(const std::filesystem::path& path, int classes,
                                const MagentaImportOptions& options = {});

// The files of the checkpoint in a .mag bundle (a GeneratorBundle message), as parts of the
// bundle's bytes; at least one. Error if the bytes are not a GeneratorBundle with a checkpoint.
std::vector<Bytes> CheckpointFilesOf(const Bytes& bundle);

}  // namespace rltuner
