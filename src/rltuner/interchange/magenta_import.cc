// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/magenta_import.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/interchange/protobuf.h"

namespace rltuner {
namespace {

// How a generation of TensorFlow names one layer's kernel and bias.
struct CellNames {
  std::string_view kernel, bias;
  float forget_bias;  // added at run time
};

constexpr std::array kCells = {
    CellNames{"LSTMCell/W_0", "LSTMCell/B", 1},                                // 0.x, RL Tuner
    CellNames{"BasicLSTMCell/Linear/Matrix", "BasicLSTMCell/Linear/Bias", 1},  // 0.x
    CellNames{"lstm_cell/weights", "lstm_cell/biases", 1},                     // 1.0, 1.1
    CellNames{"basic_lstm_cell/weights", "basic_lstm_cell/biases", 1},         // 1.0, 1.1
    CellNames{"lstm_cell/kernel", "lstm_cell/bias", 1},                        // 1.2 and later
    CellNames{"basic_lstm_cell/kernel", "basic_lstm_cell/bias", 1},            // 1.2 and later
    CellNames{"cudnn_compatible_lstm_cell/kernel", "cudnn_compatible_lstm_cell/bias", 0},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kOutputs = {{
    {"fully_connected/weights", "fully_connected/biases"},
    {"fully_connected/weights", "fully_connected/bias"},
    {"fully_connected/kernel", "fully_connected/bias"},
}};

// Optimizers and averages store their values under the variable's name and one of these.
constexpr std::array<std::string_view, 11> kSlots = {"Adagrad",
                                                     "Adam",
                                                     "Adam_1",
                                                     "Momentum",
                                                     "RMSProp",
                                                     "RMSProp_1",
                                                     "Adadelta",
                                                     "Adadelta_1",
                                                     "Ftrl",
                                                     "Ftrl_1",
                                                     "ExponentialMovingAverage"};

constexpr int kMostLayers = 64;

bool IsSlot(std::string_view name) {
  return std::ranges::find(kSlots, name.substr(name.rfind('/') + 1)) != kSlots.end();
}

struct Layer {
  std::string kernel, bias;
  float forget_bias = 1;
};

// Cuts `tail` and the slash before it off *name; false if it does not end so.
bool CutTail(std::string_view* name, std::string_view tail) {
  if (!name->ends_with(tail)) return false;
  const std::string_view rest = name->substr(0, name->size() - tail.size());
  if (!rest.empty() && rest.back() != '/') return false;
  *name = rest.empty() ? rest : rest.substr(0, rest.size() - 1);
  return true;
}

// Cuts "MultiRNNCell/Cell0" or "multi_rnn_cell/cell_0" off *name and returns the number; 0 if there
// is none, as for a cell that stands alone.
std::optional<int> CutLayer(std::string_view* name) {
  const std::string_view last = name->substr(name->rfind('/') + 1);
  for (const auto& [cell, stack] :
       {std::pair<std::string_view, std::string_view>{"Cell", "MultiRNNCell"},
        {"cell_", "multi_rnn_cell"}}) {
    if (!last.starts_with(cell)) continue;
    const std::string_view digits = last.substr(cell.size());
    if (digits.empty() || digits.size() > 2 ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
      continue;
    }
    int layer = 0;
    for (char digit : digits) layer = 10 * layer + (digit - '0');
    if (!CutTail(name, last) || !CutTail(name, stack)) return std::nullopt;
    return layer;
  }
  return 0;
}

class Importer {
 public:
  Importer(const TensorflowCheckpoint& checkpoint, int classes, const MagentaImportOptions& options)
      : checkpoint_(checkpoint), classes_(classes), options_(options) {}

  MagentaImport Run() {
    FindLayers();
    ChooseScope();
    FindOutput();
    CheckLeftOver();
    Network network = Read();
    if (!options_.as_published) ExchangeSpecialClasses(&network);
    result_.model = Model{.network = std::move(network)};
    result_.checkpoint_version = checkpoint_.version();
    return std::move(result_);
  }

 private:
  [[noreturn]] void FailWithTensors(const std::string& problem) const {
    constexpr std::size_t kMostListed = 40;
    std::vector<std::string> listed;
    std::size_t left_out = 0;
    for (const auto& [name, tensor] : checkpoint_.tensors()) {
      if (IsSlot(name)) continue;
      if (listed.size() == kMostListed) {
        ++left_out;
      } else {
        listed.push_back(name + ' ' + tensor.Description());
      }
    }
    std::string all = listed.empty() ? "none" : fmt::format("{}", fmt::join(listed, "; "));
    if (left_out > 0) all += fmt::format("; and {} more", left_out);
    std::ranges::replace_if(
        all, [](unsigned char c) { return c < 0x20; }, '?');
    Fail("{}: {}; tensors found: {}", checkpoint_.name(), problem, all);
  }

  void FindLayers() {
    for (const auto& [name, tensor] : checkpoint_.tensors()) {
      if (name.find("ttention") != std::string::npos) {
        FailWithTensors(name + " belongs to attention_rnn; expected the basic_rnn family");
      }
      for (const CellNames& cell : kCells) {
        std::string_view rest = name;
        if (!CutTail(&rest, cell.kernel)) continue;
        const std::string bias =
            name.substr(0, name.size() - cell.kernel.size()) + std::string(cell.bias);
        const std::optional<int> layer = CutLayer(&rest);
        if (!layer) continue;
        if (!CutTail(&rest, "RNN")) CutTail(&rest, "rnn");
        if (!networks_[std::string(rest)]
                 .emplace(*layer, Layer{name, bias, cell.forget_bias})
                 .second) {
          FailWithTensors(fmt::format("two kernels for layer {} of network '{}'", *layer, rest));
        }
      }
    }
    if (networks_.empty()) {
      FailWithTensors("no LSTM that is known here; expected one of the basic_rnn family");
    }
  }

  void ChooseScope() {
    std::string names;
    for (const auto& [name, layers] : networks_) names += (names.empty() ? "" : ", ") + name;
    auto chosen = networks_.begin();
    if (!options_.scope.empty()) {
      chosen = networks_.find(options_.scope);
      if (chosen == networks_.end()) {
        FailWithTensors(
            fmt::format("no network in scope {}; expected one of '{}'", options_.scope, names));
      }
    } else if (networks_.size() > 1) {
      FailWithTensors(
          fmt::format("{} networks ({}); choose one with --scope", networks_.size(), names));
    }
    scope_ = chosen->first;
    for (const auto& [number, layer] : chosen->second) {
      if (number != static_cast<int>(layers_.size()) || number >= kMostLayers) {
        FailWithTensors(fmt::format("layer {} of network '{}' is missing", layers_.size(), scope_));
      }
      layers_.push_back(layer);
    }
  }

  // The output layer stands in the same scope, or in one that encloses it.
  void FindOutput() {
    const auto& tensors = checkpoint_.tensors();
    std::string scope = scope_;
    while (true) {
      for (const auto& [weights, bias] : kOutputs) {
        const std::string start = scope.empty() ? "" : scope + '/';
        output_ = {start + std::string(weights), start + std::string(bias)};
        if (tensors.contains(output_.first) && tensors.contains(output_.second)) return;
      }
      if (scope.empty()) FailWithTensors("no output layer; expected fully_connected/weights");
      const std::size_t slash = scope.rfind('/');
      scope = slash == std::string::npos ? "" : scope.substr(0, slash);
    }
  }

  // Otherwise a part that our network does not have (peepholes, attention, residual connections)
  // would be lost silently.
  void CheckLeftOver() {
    for (const Layer& layer : layers_) {
      result_.used.push_back(layer.kernel);
      result_.used.push_back(layer.bias);
    }
    result_.used.push_back(output_.first);
    result_.used.push_back(output_.second);
    const std::set<std::string> used(result_.used.begin(), result_.used.end());
    std::vector<std::string> left_over;
    for (const auto& [name, tensor] : checkpoint_.tensors()) {
      if (used.contains(name)) continue;
      const bool other_scope = !options_.scope.empty() && !name.starts_with(scope_ + '/');
      if (other_scope || IsSlot(name) || !tensor.is_float() || tensor.shape.empty()) {
        result_.ignored.push_back(name);
      } else {
        left_over.push_back(name);
      }
    }
    if (!left_over.empty()) {
      FailWithTensors(fmt::format("{} has no place in a plain LSTM; expected the basic_rnn family",
                                  left_over.front()));
    }
  }

  const CheckpointTensor& Find(const std::string& name, std::size_t rank) const {
    const auto found = checkpoint_.tensors().find(name);
    if (found == checkpoint_.tensors().end()) FailWithTensors("no tensor " + name);
    if (found->second.shape.size() != rank) {
      FailWithTensors(fmt::format("tensor {} is {}; expected {} dimensions", name,
                                  found->second.Description(), rank));
    }
    return found->second;
  }

  std::vector<float> Values(const std::string& name, const std::vector<std::int64_t>& shape) const {
    const CheckpointTensor& tensor = Find(name, shape.size());
    if (tensor.shape != shape) {
      Fail("{}: tensor {} is {}; expected [{}]", checkpoint_.name(), name, tensor.Description(),
           fmt::join(shape, ", "));
    }
    std::vector<float> values = checkpoint_.Read(name);
    const auto bad =
        std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
    if (bad != values.end()) {
      Fail("{}: tensor {} holds {} at element {}; expected finite numbers only", checkpoint_.name(),
           name, *bad, bad - values.begin());
    }
    return values;
  }

  NetworkShape Shape() const {
    const std::vector<std::int64_t>& output = Find(output_.first, 2).shape;
    if (output[1] != classes_) {
      Fail("{}: {} is {}, a model of {} classes; expected {}, as the basic_rnn family has",
           checkpoint_.name(), output_.first, Find(output_.first, 2).Description(), output[1],
           classes_);
    }
    constexpr std::int64_t kLargestLayer = 1 << 14;
    if (output[0] < 1 || output[0] > kLargestLayer) {
      Fail("{}: a layer of {} cells; expected 1 .. {}", checkpoint_.name(), output[0],
           kLargestLayer);
    }
    return {.vocabulary = classes_,
            .hidden = static_cast<int>(output[0]),
            .layers = static_cast<int>(layers_.size())};
  }

  // Every tensor is read, and so found to be of its shape, before a network of that shape is made.
  Network Read() const {
    const NetworkShape shape = Shape();
    const std::int64_t hidden = shape.hidden;
    const std::vector<float> weights = Values(output_.first, {hidden, classes_});
    for (int layer = 0; layer < shape.layers; ++layer) {
      const std::vector<std::int64_t>& kernel = Find(layers_[layer].kernel, 2).shape;
      if (kernel != std::vector<std::int64_t>{shape.inputs(layer) + hidden, 4 * hidden}) {
        FailWithTensors(fmt::format(
            "kernel {} is [{}]; expected [{} + {}, 4 x {}], an input of {} numbers and {} cells",
            layers_[layer].kernel, fmt::join(kernel, ", "), shape.inputs(layer), hidden, hidden,
            shape.inputs(layer), hidden));
      }
    }
    CheckSize(shape);
    Network network(shape);
    for (int layer = 0; layer < shape.layers; ++layer) ReadLayer(layer, &network);
    for (std::ptrdiff_t row = 0; row < hidden; ++row) {
      std::copy_n(weights.data() + row * classes_, classes_,
                  network.output() + row * shape.output_stride());
    }
    const std::vector<float> bias = Values(output_.second, {classes_});
    std::ranges::copy(bias, network.output_bias());
    return network;
  }

  // Weights do not compress, so a network cannot be far larger than its file.
  void CheckSize(const NetworkShape& shape) const {
    constexpr std::uint64_t kAllowance = std::uint64_t{8} << 20;
    const std::uint64_t needed = sizeof(float) * shape.arena_size();
    if (needed > checkpoint_.file_bytes() + kAllowance) {
      Fail("{}: {} layers of {} cells need {} bytes, far more than the {} of the file",
           checkpoint_.name(), shape.layers, shape.hidden, needed, checkpoint_.file_bytes());
    }
  }

  void ReadLayer(int layer, Network* network) const {
    const NetworkShape& shape = network->shape();
    const std::ptrdiff_t hidden = shape.hidden;
    const std::ptrdiff_t inputs = shape.inputs(layer);
    const std::vector<float> kernel = Values(layers_[layer].kernel, {inputs + hidden, 4 * hidden});
    const std::vector<float> bias = Values(layers_[layer].bias, {4 * hidden});
    // The index of TensorFlow's gate for each of ours: its order is i, j, f, o, ours i, f, g (its
    // j), o.
    constexpr std::array<std::ptrdiff_t, 4> kGate = {0, 2, 1, 3};
    for (std::ptrdiff_t gate = 0; gate < 4; ++gate) {
      const std::ptrdiff_t from = kGate[gate] * hidden;
      for (std::ptrdiff_t row = 0; row < inputs + hidden; ++row) {
        float* to = row < inputs ? network->input(layer) + row * shape.gate_stride()
                                 : network->recurrent(layer) + (row - inputs) * shape.gate_stride();
        std::copy_n(kernel.data() + row * 4 * hidden + from, hidden, to + gate * hidden);
      }
      const float added = gate == 1 ? layers_[layer].forget_bias : 0.0F;
      for (std::ptrdiff_t cell = 0; cell < hidden; ++cell) {
        network->bias(layer)[gate * hidden + cell] = bias[from + cell] + added;
      }
    }
  }

  static void ExchangeSpecialClasses(Network* network) {
    const NetworkShape& shape = network->shape();
    std::swap_ranges(network->input(0), network->input(0) + shape.gate_stride(),
                     network->input(0) + shape.gate_stride());
    for (std::ptrdiff_t row = 0; row < shape.hidden; ++row) {
      float* weights = network->output() + row * shape.output_stride();
      std::swap(weights[0], weights[1]);
    }
    std::swap(network->output_bias()[0], network->output_bias()[1]);
  }

  const TensorflowCheckpoint& checkpoint_;
  int classes_;
  const MagentaImportOptions& options_;
  std::map<std::string, std::map<int, Layer>> networks_;  // by scope
  std::string scope_;
  std::vector<Layer> layers_;
  std::pair<std::string, std::string> output_;  // weights, bias
  MagentaImport result_{.model = {Network({.vocabulary = 1, .hidden = 1, .layers = 1})}};
};

}  // namespace

// GeneratorBundle: checkpoint files = 2; generator, metagraph and bundle details are skipped.
std::vector<Bytes> CheckpointFilesOf(const Bytes& bundle) {
  std::vector<Bytes> files;
  ReadProto(bundle, [&](ProtoReader message) {
    while (message.next(2, protozero::pbf_wire_type::length_delimited)) {
      files.push_back(bundle.Within(TextOf(message.get_view())));
    }
  });
  if (files.empty()) bundle.FailAt(0, "a bundle without a checkpoint");
  return files;
}

MagentaImport ImportMagenta(const TensorflowCheckpoint& checkpoint, int classes,
                            const MagentaImportOptions& options) {
  return Importer(checkpoint, classes, options).Run();
}

MagentaImport ImportMagentaFile(const std::filesystem::path& path, int classes,
                                const MagentaImportOptions& options) {
  std::error_code ignored;
  const std::string file = path.string();
  if (!file.ends_with(".mag") || !std::filesystem::is_regular_file(path, ignored)) {
    const TensorflowCheckpoint checkpoint(path);
    MagentaImport import = ImportMagenta(checkpoint, classes, options);
    import.files = checkpoint.files();
    return import;
  }
  const MappedFile mapped(path);
  const std::vector<Bytes> files = CheckpointFilesOf({mapped.bytes(), file, 0});
  const TensorflowCheckpoint checkpoint(files.front(), [&](int data_file, int data_files) {
    const std::size_t index = static_cast<std::size_t>(data_file) + 1;
    if (index >= files.size()) {
      Fail("{}: {} files of a checkpoint; expected an index and {} data files", file, files.size(),
           data_files);
    }
    return files[index];
  });
  return ImportMagenta(checkpoint, classes, options);
}

}  // namespace rltuner
