// SPDX-License-Identifier: Apache-2.0
// A model: a network over a vocabulary of events, how it plays, and its Note RNN if it is tuned. On
// disk it is one safetensors file with PyTorch's names, shapes and gate order: torch.nn.LSTM(V,
// H).load_state_dict takes the lstm.* tensors as they are.
//
//   lstm.weight_ih_l0 [4H, V + X]   lstm.weight_hh_l0 [4H, H]
//   lstm.bias_ih_l0, lstm.bias_hh_l0 [4H]                       ... _l1 and so on
//   output.weight [V, H]            output.bias [V]
//
// all float32, gates i, f, g, o. A tuned model also has its Note RNN, with `prior.` before names.
// Metadata: format = "rltuner", version, method, recipe (TOML); of a tuned model also policy =
// "softmax" or "prior-times-exp" (PolicyForm below). A model of another encoding than the paper's
// also has encoding (melody/encoding.h) and may have X input rows besides those of the event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rltuner {

class InputRows;
class Random;
class SafetensorsFile;

// The shape of an LSTM (Hochreiter and Schmidhuber, 1997; gates i, f, g, o; no peepholes): one-hot
// inputs, `layers` layers of `hidden` cells, and a linear output for every event. The first input
// is the last event; the rows of any other inputs follow.
//
// V = vocabulary, H = hidden, L = layers, X = context below. Rows of the arena are padded with
// zeros to a multiple of kRowPadding floats: the padding gets zero gradients and stays zero.
struct NetworkShape {
  static constexpr int kRowPadding = 16;
  static constexpr int Padded(int n) { return (n + kRowPadding - 1) / kRowPadding * kRowPadding; }

  int vocabulary = 0;
  int hidden = 100;
  int layers = 1;
  int context = 0;  // X: rows of the inputs besides the event

  bool operator==(const NetworkShape&) const = default;

  int gate_stride() const { return Padded(4 * hidden); }
  int output_stride() const { return Padded(vocabulary); }

  // Floats in the LSTM state of one sequence: h and c of every layer, [L][2][H].
  int state_size() const { return 2 * layers * hidden; }
  int h_offset(int layer) const { return 2 * layer * hidden; }
  int c_offset(int layer) const { return (2 * layer + 1) * hidden; }

  // Rows of a layer's input weights: V + X for layer 0 (V rows for the event), else H.
  int inputs(int layer) const { return layer == 0 ? vocabulary + context : hidden; }

  // Floats in the arena, with its padding.
  std::size_t arena_size() const;
};

// A named, padded matrix inside the arena.
struct TensorView {
  std::string name;    // "input_l0", "recurrent_l0", "bias_l0", "output", "output_bias"
  std::size_t offset;  // into the arena, in floats
  int rows, columns, stride;
  bool is_bias;
};

// Memory that begins at a cache line; aligned.cc explains where large blocks lie.
void* AllocateAligned(std::size_t bytes);          // throws std::bad_alloc
void FreeAligned(void* block, std::size_t bytes);  // what AllocateAligned(bytes) gave

template <typename T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <typename U>
  explicit(false) AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-*)

  T* allocate(std::size_t n) { return static_cast<T*>(AllocateAligned(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) { FreeAligned(p, n * sizeof(T)); }
  template <typename U>
  bool operator==(const AlignedAllocator<U>&) const {
    return true;
  }
};

using FloatBuffer = std::vector<float, AlignedAllocator<float>>;

// All parameters in one arena, so that an optimizer step, clipping, a target update and a
// checkpoint are one flat loop each. Weights are stored input-major (one row an input, the outputs
// contiguous): the one-hot input is then one row, and every product reads whole rows. Copying
// copies the arena. Reading is thread-safe; writing is not.
class Network {
 public:
  explicit Network(const NetworkShape& shape);  // all zero

  // Uniform in +-1/sqrt(H); biases are zero, except 1 for the forget gates (Gers et al., 2000).
  static Network Random(const NetworkShape& shape, rltuner::Random& random);

  // Random weights, but an output layer of zeros. All events are then equally likely, so a tuning
  // of this network learns from rewards alone.
  static Network EquallyLikely(const NetworkShape& shape, std::uint64_t seed);

  // A copy with `context` rows of inputs besides the event, at least as many as now. New rows are
  // zero.
  Network WithContext(int context) const;

  const NetworkShape& shape() const { return shape_; }
  std::span<float> arena() { return arena_; }
  std::span<const float> arena() const { return arena_; }
  std::vector<TensorView> tensors() const;

  // The name of the first tensor with an infinity or NaN; "" if there is none.
  std::string FirstNonFinite() const;

  float* input(int layer) { return arena_.data() + InputOffset(layer); }  // [inputs, gate_stride]
  float* recurrent(int layer) {
    return arena_.data() + RecurrentOffset(layer);
  }                                                                     // [H, gate_stride]
  float* bias(int layer) { return arena_.data() + BiasOffset(layer); }  // [gate_stride]
  float* output() { return arena_.data() + OutputOffset(); }            // [H, output_stride]
  float* output_bias() { return arena_.data() + OutputBiasOffset(); }   // [output_stride]
  const float* input(int layer) const { return arena_.data() + InputOffset(layer); }
  const float* recurrent(int layer) const { return arena_.data() + RecurrentOffset(layer); }
  const float* bias(int layer) const { return arena_.data() + BiasOffset(layer); }
  const float* output() const { return arena_.data() + OutputOffset(); }
  const float* output_bias() const { return arena_.data() + OutputBiasOffset(); }

 private:
  std::size_t InputOffset(int layer) const;
  std::size_t RecurrentOffset(int layer) const;
  std::size_t BiasOffset(int layer) const;
  std::size_t OutputOffset() const;
  std::size_t OutputBiasOffset() const;

  NetworkShape shape_;
  FloatBuffer arena_;
};

// The meaning of the network's outputs (Jaques et al. 2017, section 3).
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
  const InputRows* inputs = nullptr;  // inputs of both; null: the last event
};

// Error if the network hears more than the last event and `inputs` is null.
void RequireInputs(const Network& network, const InputRows* inputs);

// Error as above.
PolicyNetworks NetworksOf(const Model& model, const InputRows* inputs = nullptr);

// A copy of a tuning run's networks as a model.
Model ModelOf(const PolicyNetworks& networks, std::string method, std::string recipe = {},
              std::string encoding = {});

// Reads and checks a model: every name, shape, type and offset, and that all values are finite. An
// unknown, missing or misshapen tensor is an Error that names the file and the tensor. A file with
// the network's tensors and no metadata is a Note RNN. A file without the key `policy` plays as its
// method did before that key existed. Any vocabulary, size and depth is accepted.
Model ReadModel(const std::filesystem::path& path);
Model ReadModel(const SafetensorsFile& file);

// Writes atomically; see core/files.h for the errors. `more` is added to the metadata.
void WriteModel(const std::filesystem::path& path, const Model& model,
                const std::map<std::string, std::string>& more = {});

}  // namespace rltuner
