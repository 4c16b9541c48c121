// SPDX-License-Identifier: Apache-2.0
// A model on disk: one safetensors file with PyTorch's names, shapes and gate order, so that
// torch.nn.LSTM(V, H).load_state_dict takes the lstm.* tensors as they are.
//
//   lstm.weight_ih_l0 [4H, V + X]   lstm.weight_hh_l0 [4H, H]
//   lstm.bias_ih_l0, lstm.bias_hh_l0 [4H]                       ... _l1 and so on
//   output.weight [V, H]            output.bias [V]
//
// all float32, gates i, f, g, o. A tuned model also holds its Note RNN, with `prior.` before each
// name. Metadata: format = "rltuner", version, method, recipe (TOML); of a tuned model also policy
// = "softmax" or "prior-times-exp" (PolicyForm below). A model of another encoding than the paper's
// also has encoding (melody/encoding.h) and may have X input rows beside the event's.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rltuner/nn/network.h"

namespace rltuner {

class InputRows;

class SafetensorsFile;

// What the network's outputs mean (Jaques et al. 2017, section 3).
enum class PolicyForm {
  kOutputs,            // policy = softmax(outputs): Note RNN, Q, Psi, RL only, policy gradient
  kPriorTimesOutputs,  // policy proportional to p(a|s) exp(outputs): G
};

// The method of a model that is not tuned.
inline constexpr std::string_view kNoteRnnMethod = "note-rnn";

struct Model {
  Network network;
  std::optional<Network> prior = {};         // the frozen Note RNN of a tuned model
  std::string method{kNoteRnnMethod};        // the name of the method that tuned it
  PolicyForm policy = PolicyForm::kOutputs;  // how it plays
  std::string recipe = {};                   // the resolved recipe, TOML; may be empty
  std::string encoding = {};                 // JSON, what the classes mean; "" = as in the paper

  bool tuned() const { return method != kNoteRnnMethod; }

  // The network that models the data: `prior`, or the network itself if it is untuned.
  const Network& note_rnn() const { return prior ? *prior : network; }
};

// The networks behind a policy. They must outlive it; `network` may be trained between two steps.
struct PolicyNetworks {
  const Network* network;
  const Network* note_rnn;  // gives log p(a|s); equals `network` if the Note RNN itself plays
  PolicyForm form = PolicyForm::kOutputs;
  const InputRows* inputs = nullptr;  // what both are fed; null: the last event
};

PolicyNetworks NetworksOf(const Model& model, const InputRows* inputs = nullptr);

// A copy of a tuning run's networks as a model file holds them.
Model ModelOf(const PolicyNetworks& networks, std::string method, std::string recipe = {},
              std::string encoding = {});

// Reads and checks a model: every name, shape, type and offset, and that all values are finite. An
// unknown, missing or misshapen tensor is an Error that names the file and the tensor. A file with
// the network's tensors and no metadata is a Note RNN; one without `policy` has the form that its
// method had before that key existed. Any vocabulary, size and depth is accepted.
Model ReadModel(const std::filesystem::path& path);
Model ReadModel(const SafetensorsFile& file);

// Writes atomically; see core/files.h for the errors. `more` is added to the metadata.
void WriteModel(const std::filesystem::path& path, const Model& model,
                const std::map<std::string, std::string>& more = {});

}  // namespace rltuner
