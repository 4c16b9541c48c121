// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/model_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/safetensors.h"

namespace rltuner {
namespace {

constexpr const char* kPriorPrefix = "prior.";
constexpr int kMaximumLayers = 64;

// As metadata `policy`, in the order of PolicyForm.
constexpr std::array<std::string_view, 2> kPolicyForms = {"softmax", "prior-times-exp"};

// Files without that key: a Note RNN, or a model tuned before the key was written. No other method
// was known then.
constexpr std::array<std::pair<std::string_view, PolicyForm>, 6> kFormsBeforePolicy = {{
    {kNoteRnnMethod, PolicyForm::kOutputs},
    {"q", PolicyForm::kOutputs},
    {"psi", PolicyForm::kOutputs},
    {"g", PolicyForm::kPriorTimesOutputs},
    {"rl-only", PolicyForm::kOutputs},
    {"pg", PolicyForm::kOutputs},
}};

std::string LayerTensor(const std::string& prefix, const char* name, int layer) {
  return prefix + "lstm." + name + "_l" + std::to_string(layer);
}

// The shape that the tensors announce; Get then holds every tensor against it.
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
  return shape;
}

void CheckFinite(const SafetensorsFile& file, const Tensor& tensor) {
  const std::span<const float> values = tensor.as<float>();
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    Fail("{}: tensor {} holds {} at element {}; expected finite numbers only", file.path().string(),
         tensor.name, *bad, bad - values.begin());
  }
}

class NetworkReader {
 public:
  NetworkReader(const SafetensorsFile& file, std::string prefix, std::set<std::string>* used)
      : file_(file), prefix_(std::move(prefix)), used_(used) {}

  Network Read() {
    const NetworkShape shape = ReadShape(file_, prefix_);
    RequireTensors(shape);  // before memory for a network of that shape is asked for
    Network network(shape);
    const int gates = 4 * shape.hidden;
    for (int layer = 0; layer < shape.layers; ++layer) {
      Transposed(LayerTensor(prefix_, "weight_ih", layer), gates, shape.inputs(layer),
                 network.input(layer), shape.gate_stride());
      Transposed(LayerTensor(prefix_, "weight_hh", layer), gates, shape.hidden,
                 network.recurrent(layer), shape.gate_stride());
      AddVector(LayerTensor(prefix_, "bias_ih", layer), gates, network.bias(layer));
      AddVector(LayerTensor(prefix_, "bias_hh", layer), gates, network.bias(layer));
    }
    Transposed(prefix_ + "output.weight", shape.vocabulary, shape.hidden, network.output(),
               shape.output_stride());
    AddVector(prefix_ + "output.bias", shape.vocabulary, network.output_bias());
    return network;
  }

 private:
  // The recurrent weights make up most of a network and pin its other sizes.
  void RequireTensors(const NetworkShape& shape) const {
    for (int layer = 0; layer < shape.layers; ++layer) {
      const std::int64_t gates = std::int64_t{4} * shape.hidden;
      const std::array<std::int64_t, 2> input = {gates, shape.inputs(layer)};
      const std::array<std::int64_t, 2> recurrent = {gates, shape.hidden};
      file_.Get(LayerTensor(prefix_, "weight_ih", layer), DType::kF32, input);
      file_.Get(LayerTensor(prefix_, "weight_hh", layer), DType::kF32, recurrent);
    }
  }

  std::span<const float> Values(const std::string& name, std::span<const std::int64_t> shape) {
    const Tensor& tensor = file_.Get(name, DType::kF32, shape);
    CheckFinite(file_, tensor);
    used_->insert(name);
    return tensor.as<float>();
  }

  // to[column, row] = tensor[row, column]
  void Transposed(const std::string& name, int rows, int columns, float* to, int to_stride) {
    const std::array<std::int64_t, 2> shape = {rows, columns};
    const std::span<const float> values = Values(name, shape);
    for (std::ptrdiff_t row = 0; row < rows; ++row) {
      for (std::ptrdiff_t column = 0; column < columns; ++column) {
        to[column * to_stride + row] = values[row * columns + column];
      }
    }
  }

  void AddVector(const std::string& name, int size, float* to) {
    const std::array<std::int64_t, 1> shape = {size};
    const std::span<const float> values = Values(name, shape);
    for (int i = 0; i < size; ++i) to[i] += values[i];
  }

  const SafetensorsFile& file_;
  std::string prefix_;
  std::set<std::string>* used_;
};

// A network's tensors in the file's layout, owned until they are written.
class NetworkWriter {
 public:
  void Add(const Network& network, const std::string& prefix) {
    const NetworkShape& shape = network.shape();
    const int gates = 4 * shape.hidden;
    for (int layer = 0; layer < shape.layers; ++layer) {
      Transposed(LayerTensor(prefix, "weight_ih", layer), gates, shape.inputs(layer),
                 network.input(layer), shape.gate_stride());
      Transposed(LayerTensor(prefix, "weight_hh", layer), gates, shape.hidden,
                 network.recurrent(layer), shape.gate_stride());
      const float* bias = network.bias(layer);
      Store(LayerTensor(prefix, "bias_ih", layer), {gates}, {bias, bias + gates});
      Store(LayerTensor(prefix, "bias_hh", layer), {gates},
            std::vector<float>(static_cast<std::size_t>(gates), 0.0F));
    }
    Transposed(prefix + "output.weight", shape.vocabulary, shape.hidden, network.output(),
               shape.output_stride());
    Store(prefix + "output.bias", {shape.vocabulary},
          {network.output_bias(), network.output_bias() + shape.vocabulary});
  }

  std::vector<Tensor> Tensors() const {
    std::vector<Tensor> tensors;
    for (const auto& [name, stored] : stored_) {
      tensors.push_back(MakeTensor<float>(name, stored.shape, stored.values));
    }
    return tensors;
  }

 private:
  struct Stored {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };

  void Transposed(const std::string& name, int rows, int columns, const float* from,
                  int from_stride) {
    std::vector<float> values(static_cast<std::size_t>(rows) * columns);
    for (std::ptrdiff_t row = 0; row < rows; ++row) {
      for (std::ptrdiff_t column = 0; column < columns; ++column) {
        values[row * columns + column] = from[column * from_stride + row];
      }
    }
    Store(name, {rows, columns}, std::move(values));
  }

  void Store(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
    stored_[name] = {std::move(shape), std::move(values)};
  }

  std::map<std::string, Stored> stored_;
};

void CheckMetadata(const SafetensorsFile& file) {
  const auto& metadata = file.metadata();
  const auto format = metadata.find("format");
  // Files written by other programs may carry a format of their own ("pt").
  const bool ours = format != metadata.end() && format->second == "rltuner";
  if (format != metadata.end() && format->second.starts_with("rltuner-")) {
    Fail("{}: metadata format is '{}', expected 'rltuner'; `rltuner train` makes a model",
         file.path().string(), format->second);
  }
  const auto version = metadata.find("version");
  if (ours && (version == metadata.end() || version->second != "1")) {
    Fail("{}: model version {}; this program reads version 1", file.path().string(),
         version == metadata.end() ? "missing" : version->second);
  }
}

PolicyForm ReadPolicyForm(const SafetensorsFile& file, const std::string& method) {
  const auto found = file.metadata().find("policy");
  if (found == file.metadata().end()) {
    const auto known = std::ranges::find(kFormsBeforePolicy, method,
                                         &std::pair<std::string_view, PolicyForm>::first);
    if (known != kFormsBeforePolicy.end()) return known->second;
    Fail("{}: unknown method '{}'; expected {}", file.path().string(), method,
         fmt::join(std::views::keys(kFormsBeforePolicy), ", "));
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
  Model model{.network = NetworkReader(file, "", &used).Read(), .prior = {}, .recipe = {}};
  const bool has_prior =
      std::any_of(file.tensors().begin(), file.tensors().end(),
                  [](const auto& entry) { return entry.first.starts_with(kPriorPrefix); });
  if (has_prior) {
    model.prior = NetworkReader(file, kPriorPrefix, &used).Read();
    if (model.prior->shape().vocabulary != model.network.shape().vocabulary) {
      Fail("{}: the network has {} classes and its prior {}; expected the same", path.string(),
           model.network.shape().vocabulary, model.prior->shape().vocabulary);
    }
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (!used.contains(name)) {
      Fail("{}: unknown tensor {}; expected lstm.*_l0 .. l{}, output.* and prior.* of the same",
           path.string(), name, model.network.shape().layers - 1);
    }
  }
  const auto& metadata = file.metadata();
  if (const auto found = metadata.find("method"); found != metadata.end()) {
    model.method = found->second;
  }
  model.policy = ReadPolicyForm(file, model.method);
  if ((model.tuned() || model.policy == PolicyForm::kPriorTimesOutputs) && !model.prior) {
    Fail("{}: method {} needs its Note RNN beside it, and no prior.* tensor is there",
         path.string(), model.method);
  }
  if (const auto found = metadata.find("recipe"); found != metadata.end()) {
    model.recipe = found->second;
  }
  if (const auto found = metadata.find("encoding"); found != metadata.end()) {
    model.encoding = found->second;
  }
  return model;
}

void WriteModel(const std::filesystem::path& path, const Model& model) {
  NetworkWriter writer;
  writer.Add(model.network, "");
  if (model.prior) writer.Add(*model.prior, kPriorPrefix);
  std::map<std::string, std::string> metadata = {
      {"format", "rltuner"}, {"version", "1"}, {"method", model.method}, {"recipe", model.recipe}};
  if (model.tuned()) {
    metadata["policy"] = kPolicyForms[static_cast<std::size_t>(model.policy)];
  }
  if (!model.encoding.empty()) metadata["encoding"] = model.encoding;
  WriteSafetensors(path, writer.Tensors(), metadata);
}

}  // namespace rltuner
