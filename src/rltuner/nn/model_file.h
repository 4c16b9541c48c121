// SPDX-License-Identifier: Apache-2.0
// A model on disk: one safetensors file with PyTorch's names, shapes and gate order, so that
// torch.nn.LSTM(V, H).load_state_dict takes the lstm.* tensors as they are.
//
//   lstm.weight_ih_l0 [4H, V]   lstm.weight_hh_l0 [4H, H]   lstm.bias_ih_l0, lstm.bias_hh_l0 [4H]
//   ... _l1 and so on           output.weight [V, H]        output.bias [V]
//
// all float32, gates i, f, g, o. A tuned model has its Note RNN beside it, each name with `prior.`
// before it. Metadata: format = "rltuner", version, method, recipe (TOML).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "rltuner/core/safetensors.h"
#include "rltuner/nn/network.h"

namespace rltuner {

struct Model {
  Network network;
  std::optional<Network> prior;     // the frozen Note RNN of a tuned model
  std::string method = "note-rnn";  // note-rnn, q, psi, g, rl-only, pg
  std::string recipe;               // the resolved recipe, TOML; may be empty

  // The network that says what the data would do: prior, or the network itself if it is untuned.
  const Network& note_rnn() const { return prior ? *prior : network; }
};

// Reads and checks a model: every name, shape, type and offset, and that all values are finite. An
// unknown, missing or misshapen tensor is an Error that names the file and the tensor. A file with
// the network's tensors and no metadata is a Note RNN. Any vocabulary, size and depth is accepted.
Model ReadModel(const std::filesystem::path& path);
Model ReadModel(const SafetensorsFile& file);

// Writes atomically; see core/files.h for the errors.
void WriteModel(const std::filesystem::path& path, const Model& model);

}  // namespace rltuner
