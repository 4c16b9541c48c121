// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/nn/model.h"

namespace rltuner {
namespace {

constexpr const char* kPriorPrefix = "prior.";
constexpr const char* kSecondBias = "bias_hh";  // zero in files of ours
constexpr int kMaximumLayers = 64;

// As metadata `policy`, in the order of PolicyForm.
constexpr std::array<std::string_view, 2> kPolicyForms = {"softmax", "prior-times-exp"};

// The methods of files without that key: a Note RNN, or a model tuned before the key existed. Only
// G played the prior times exp.
constexpr std::array<std::string_view, 6> kMethodsBeforePolicy = {kNoteRnnMethod, "q", "psi", "g",
                                                                  "rl-only",      "pg"};

std::string LayerTensor(const std::string& prefix, const char* name, int layer) {
  return prefix + "lstm." + name + "_l" + std::to_string(layer);
}

// The shape that the tensors imply; Get then checks every tensor against it. Inputs besides the
// event need an encoding, which says what they are.
NetworkShape ReadShape(const SafetensorsFile& file, const std::string& prefix) {
  const std::array<std::int64_t, 2> any = {-1, -1};
  const Tensor& output = file.Get(prefix + "output.weight", DType::kF32, any);
  NetworkShape shape;
  constexpr std::int64_t kMaximumSize = 1 << 16;
  if (output.shape[0] < 1 || output.shape[1] < 1 || output.shape[0] > kMaximumSize ||
      output.shape[1] > kMaximumSize) {
    Fail("{}: tensor {}output.weight is {} x {}; expected vocabulary x hidden, each 1 .. {}",
         file.path().string(), prefix, output.shape[0], output.shape[1], kMaximumSize);
  }
  shape.vocabulary = static_cast<int>(output.shape[0]);
  shape.hidden = static_cast<int>(output.shape[1]);
  while (shape.layers < kMaximumLayers &&
         file.tensors().contains(LayerTensor(prefix, "weight_hh", shape.layers))) {
    ++shape.layers;
  }
  if (file.metadata().contains("encoding")) {
    const std::int64_t columns =
        file.Get(LayerTensor(prefix, "weight_ih", 0), DType::kF32, any).shape[1];
    if (columns > kMaximumSize) {
      Fail("{}: tensor {} has {} columns; expected at most {}", file.path().string(),
           LayerTensor(prefix, "weight_ih", 0), columns, kMaximumSize);
    }
    shape.context = std::max(0, static_cast<int>(columns) - shape.vocabulary);
  }
  return shape;
}

void CheckFinite(const SafetensorsFile& file, const Tensor& tensor) {
  const std::span<const float> values = tensor.as<float>();
  const auto bad = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    Fail("{}: tensor {} holds {} at element {}; expected finite numbers only", file.path().string(),
         tensor.name, *bad, bad - values.begin());
  }
}

// Calls visit(name, shape, values, stride) for every tensor of a network in the file: element
// [row, column] of a matrix is values[column * stride + row], element [row] of a vector
// values[row]. Both bias vectors of a layer are at the same place, which holds their sum.
template <typename AnyNetwork, typename Visit>
void ForEachTensor(AnyNetwork& network, const std::string& prefix, const Visit& visit) {
  using Shape = std::vector<std::int64_t>;
  const NetworkShape& shape = network.shape();
  const std::int64_t gates = std::int64_t{4} * shape.hidden;
  for (int layer = 0; layer < shape.layers; ++layer) {
    visit(LayerTensor(prefix, "weight_ih", layer), Shape{gates, shape.inputs(layer)},
          network.input(layer), shape.gate_stride());
    visit(LayerTensor(prefix, "weight_hh", layer), Shape{gates, shape.hidden},
          network.recurrent(layer), shape.gate_stride());
    visit(LayerTensor(prefix, "bias_ih", layer), Shape{gates}, network.bias(layer), 1);
    visit(LayerTensor(prefix, kSecondBias, layer), Shape{gates}, network.bias(layer), 1);
  }
  visit(prefix + "output.weight", Shape{shape.vocabulary, shape.hidden}, network.output(),
        shape.output_stride());
  visit(prefix + "output.bias", Shape{shape.vocabulary}, network.output_bias(), 1);
}

// Adds the names of the tensors read to `used`.
Network ReadNetwork(const SafetensorsFile& file, const std::string& prefix,
                    std::set<std::string>* used) {
  const NetworkShape shape = ReadShape(file, prefix);
  // Checked before memory is allocated for this shape: the recurrent weights are most of it and
  // determine its other sizes.
  for (int layer = 0; layer < shape.layers; ++layer) {
    const std::int64_t gates = std::int64_t{4} * shape.hidden;
    const std::array<std::int64_t, 2> input = {gates, shape.inputs(layer)};
    const std::array<std::int64_t, 2> recurrent = {gates, shape.hidden};
    file.Get(LayerTensor(prefix, "weight_ih", layer), DType::kF32, input);
    file.Get(LayerTensor(prefix, "weight_hh", layer), DType::kF32, recurrent);
  }
  Network network(shape);
  ForEachTensor(network, prefix,
                [&](const std::string& name, const std::vector<std::int64_t>& tensor_shape,
                    float* to, std::ptrdiff_t stride) {
                  const Tensor& tensor = file.Get(name, DType::kF32, tensor_shape);
                  CheckFinite(file, tensor);
                  used->insert(name);
                  const float* value = tensor.as<float>().data();
                  const bool is_vector = tensor_shape.size() == 1;
                  for (std::ptrdiff_t row = 0; row < tensor_shape[0]; ++row) {
                    if (is_vector) to[row] += *value++;
                    for (std::ptrdiff_t column = 0; !is_vector && column < tensor_shape[1];
                         ++column) {
                      to[column * stride + row] = *value++;
                    }
                  }
                });
  return network;
}

// A tensor in the file's layout.
struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

void AppendTensors(const Network& network, const std::string& prefix,
                   std::vector<StoredTensor>* tensors) {
  ForEachTensor(network, prefix,
                [&](const std::string& name, const std::vector<std::int64_t>& shape,
                    const float* from, std::ptrdiff_t stride) {
                  const std::int64_t columns = shape.size() == 1 ? 1 : shape[1];
                  const bool is_zero = name.find(kSecondBias) != std::string::npos;
                  StoredTensor& stored = tensors->emplace_back(StoredTensor{name, shape, {}});
                  for (std::ptrdiff_t row = 0; row < shape[0]; ++row) {
                    for (std::ptrdiff_t column = 0; column < columns; ++column) {
                      stored.values.push_back(is_zero ? 0.0F : from[column * stride + row]);
                    }
                  }
                });
}

void CheckMetadata(const SafetensorsFile& file) {
  // Files written by other programs may carry a format of their own ("pt").
  const std::string format = file.Metadata("format");
  if (format.starts_with("rltuner-")) {
    Fail("{}: metadata format is '{}', expected 'rltuner'; `rltuner train` makes a model",
         file.path().string(), format);
  }
  const std::string version = file.Metadata("version", "missing");
  if (format == "rltuner" && version != "1") {
    Fail("{}: model version {}; this program reads version 1", file.path().string(), version);
  }
}

PolicyForm ReadPolicyForm(const SafetensorsFile& file, const std::string& method) {
  const auto found = file.metadata().find("policy");
  if (found == file.metadata().end()) {
    if (std::ranges::count(kMethodsBeforePolicy, method) > 0) {
      return method == "g" ? PolicyForm::kPriorTimesOutputs : PolicyForm::kOutputs;
    }
    Fail("{}: unknown method '{}'; expected {}", file.path().string(), method,
         fmt::join(kMethodsBeforePolicy, ", "));
  }
  const auto form = std::ranges::find(kPolicyForms, found->second);
  if (form == kPolicyForms.end()) {
    Fail("{}: metadata policy is '{}'; expected {}", file.path().string(), found->second,
         fmt::join(kPolicyForms, " or "));
  }
  return static_cast<PolicyForm>(form - kPolicyForms.begin());
}

}  // namespace

Model ReadModel(const std::filesystem::path& path) { return ReadModel(SafetensorsFile(path)); }

Model ReadModel(const SafetensorsFile& file) {
  const std::filesystem::path& path = file.path();
  CheckMetadata(file);
  std::set<std::string> used;
  Model model{.network = ReadNetwork(file, "", &used), .prior = {}, .recipe = {}};
  const bool has_prior =
      std::any_of(file.tensors().begin(), file.tensors().end(),
                  [](const auto& entry) { return entry.first.starts_with(kPriorPrefix); });
  if (has_prior) {
    model.prior = ReadNetwork(file, kPriorPrefix, &used);
    const NetworkShape& prior = model.prior->shape();
    const NetworkShape& shape = model.network.shape();
    if (prior.vocabulary != shape.vocabulary || prior.context != shape.context) {
      Fail(
          "{}: the network has {} classes and {} inputs and its prior {} and {}; expected the same",
          path.string(), shape.vocabulary, shape.inputs(0), prior.vocabulary, prior.inputs(0));
    }
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (!used.contains(name)) {
      Fail("{}: unknown tensor {}; expected lstm.*_l0 .. l{}, output.* and prior.* of the same",
           path.string(), name, model.network.shape().layers - 1);
    }
  }
  model.method = file.Metadata("method", model.method);
  model.policy = ReadPolicyForm(file, model.method);
  if ((model.tuned() || model.policy == PolicyForm::kPriorTimesOutputs) && !model.prior) {
    Fail("{}: method {} needs its Note RNN beside it, and no prior.* tensor is there",
         path.string(), model.method);
  }
  model.recipe = file.Metadata("recipe");
  model.encoding = file.Metadata("encoding");
  return model;
}

void WriteModel(const std::filesystem::path& path, const Model& model,
                const std::map<std::string, std::string>& more) {
  std::vector<StoredTensor> stored;
  AppendTensors(model.network, "", &stored);
  if (model.prior) AppendTensors(*model.prior, kPriorPrefix, &stored);
  std::vector<Tensor> tensors;
  tensors.reserve(stored.size());
  for (const StoredTensor& tensor : stored) {
    tensors.push_back(MakeTensor<float>(tensor.name, tensor.shape, tensor.values));
  }
  std::map<std::string, std::string> metadata = {
      {"format", "rltuner"}, {"version", "1"}, {"method", model.method}, {"recipe", model.recipe}};
  if (model.tuned()) {
    metadata["policy"] = kPolicyForms[static_cast<std::size_t>(model.policy)];
  }
  if (!model.encoding.empty()) metadata["encoding"] = model.encoding;
  metadata.insert(more.begin(), more.end());
  WriteSafetensors(path, tensors, metadata);
}

void RequireInputs(const Network& network, const InputRows* inputs) {
  if (network.shape().context == 0 || inputs != nullptr) return;
  Fail("the model hears more than the last event, but nothing says what; expected inputs");
}

PolicyNetworks NetworksOf(const Model& model, const InputRows* inputs) {
  RequireInputs(model.network, inputs);
  return {&model.network, &model.note_rnn(), model.policy, inputs};
}

Model ModelOf(const PolicyNetworks& networks, std::string method, std::string recipe,
              std::string encoding) {
  return {.network = *networks.network,
          .prior = *networks.note_rnn,
          .method = std::move(method),
          .policy = networks.form,
          .recipe = std::move(recipe),
          .encoding = std::move(encoding)};
}

}  // namespace rltuner
