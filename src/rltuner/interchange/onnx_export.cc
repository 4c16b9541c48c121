// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/onnx_export.h"

#include <array>
#include <bit>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/interchange/protobuf.h"

namespace rltuner {
namespace {

constexpr int kIrVersion = 7;  // of ONNX 1.8 to 1.9, to which opset 14 belongs
constexpr int kOpset = 14;
constexpr std::size_t kLargestFile = (std::size_t{1} << 31) - (1 << 20);  // protocol buffers' 2 GiB

enum DataType { kFloat = 1, kInt64 = 7 };

// A dimension with a name is free.
struct Dimension {
  std::string_view name;
  std::int64_t size = 0;
};

// GraphProto: node = 1, name = 2, initializer = 5, input = 11, output = 12.
class Graph {
 public:
  std::string Floats(const std::string& name, std::initializer_list<std::int64_t> shape,
                     std::span<const float> values) {
    return Tensor(name, shape, kFloat, std::as_bytes(values));
  }

  std::string Integers(const std::string& name, std::initializer_list<std::int64_t> shape,
                       std::span<const std::int64_t> values) {
    return Tensor(name, shape, kInt64, std::as_bytes(values));
  }

  // NodeProto: input = 1, output = 2, name = 3, operator = 4, attribute = 5. An input "" is absent.
  // Attributes (AttributeProto: name = 1, integer = 3, type = 20) are integers here.
  void Node(std::string_view op, const std::vector<std::string>& inputs,
            const std::vector<std::string>& outputs,
            std::initializer_list<std::pair<std::string_view, std::int64_t>> attributes = {}) {
    graph_.add_message(1, WriteProto([&](auto& node) {
                         for (const std::string& input : inputs) node.add_string(1, input);
                         for (const std::string& output : outputs) node.add_string(2, output);
                         node.add_string(3, "node_" + std::to_string(nodes_++));
                         node.add_string(4, op.data(), op.size());
                         for (const auto& [name, value] : attributes) {
                           constexpr int kInteger = 2;
                           node.add_message(
                               5, WriteProto([&, name = name, value = value](auto& attribute) {
                                 attribute.add_string(1, name.data(), name.size());
                                 attribute.add_int64(3, value);
                                 attribute.add_enum(20, kInteger);
                               }));
                         }
                       }));
  }

  void Input(std::string_view name, DataType type, std::initializer_list<Dimension> shape) {
    graph_.add_message(11, Value(name, type, shape));
  }

  void Output(std::string_view name, DataType type, std::initializer_list<Dimension> shape) {
    graph_.add_message(12, Value(name, type, shape));
  }

  const std::string& Finish() {
    graph_.add_string(2, "rltuner");
    return bytes_;
  }

 private:
  // TensorProto: dims = 1, data type = 2, name = 8, raw data = 9, little endian.
  std::string Tensor(const std::string& name, std::initializer_list<std::int64_t> shape,
                     DataType type, std::span<const std::byte> values) {
    static_assert(std::endian::native == std::endian::little);
    graph_.add_message(5, WriteProto([&](auto& tensor) {
                         for (std::int64_t size : shape) tensor.add_int64(1, size);
                         tensor.add_enum(2, type);
                         tensor.add_string(8, name);
                         tensor.add_bytes(9, reinterpret_cast<const char*>(values.data()),
                                          values.size());
                       }));
    return name;
  }

  // ValueInfoProto: name = 1, type = 2; TypeProto: tensor = 1; its element type = 1, shape = 2;
  // TensorShapeProto: dimension = 1; its size = 1 or name = 2.
  static std::string Value(std::string_view name, DataType type,
                           std::initializer_list<Dimension> dimensions) {
    const std::string shape = WriteProto([&](auto& message) {
      for (const Dimension& dimension : dimensions) {
        message.add_message(1, WriteProto([&](auto& part) {
                              if (dimension.name.empty()) {
                                part.add_int64(1, dimension.size);
                              } else {
                                part.add_string(2, dimension.name.data(), dimension.name.size());
                              }
                            }));
      }
    });
    const std::string tensor = WriteProto([&](auto& message) {
      message.add_enum(1, type);
      message.add_message(2, shape);
    });
    return WriteProto([&](auto& value) {
      value.add_string(1, name.data(), name.size());
      value.add_message(2, WriteProto([&](auto& message) { message.add_message(1, tensor); }));
    });
  }

  std::string bytes_;
  protozero::pbf_writer graph_{bytes_};
  int nodes_ = 0;
};

// The order of ONNX's gates is i, o, f, c; ours i, f, g (= c), o.
constexpr std::array kOurGate = {0, 3, 1, 2};

// Transposes from[rows, gate_stride] with our gates to [4H, rows] with ONNX's gates.
std::vector<float> GateWeights(const float* from, int rows, const NetworkShape& shape) {
  std::vector<float> to(static_cast<std::size_t>(4) * shape.hidden * rows);
  std::size_t next = 0;
  for (int gate : kOurGate) {
    for (std::ptrdiff_t cell = 0; cell < shape.hidden; ++cell) {
      for (std::ptrdiff_t row = 0; row < rows; ++row) {
        to[next++] = from[row * shape.gate_stride() + gate * shape.hidden + cell];
      }
    }
  }
  return to;
}

// Adds one network between the one-hot events [T, B, V] and its outputs [T, B, V], whose name is
// returned. Its states are inputs and outputs of the graph whose names begin with `prefix`.
std::string AddNetwork(const Network& network, const std::string& prefix,
                       const std::string& one_hot, const std::string& squeeze_axis, Graph* graph) {
  const NetworkShape& shape = network.shape();
  const std::int64_t hidden = shape.hidden;
  const auto state = [&](const std::string& name) { return prefix + name; };
  std::vector<std::string> first_h, first_c, last_h, last_c;
  for (int layer = 0; layer < shape.layers; ++layer) {
    const std::string suffix = "_l" + std::to_string(layer);
    first_h.push_back(state("first_h" + suffix));
    first_c.push_back(state("first_c" + suffix));
    last_h.push_back(state("last_h" + suffix));
    last_c.push_back(state("last_c" + suffix));
  }
  for (const char* name : {"initial_h", "initial_c"}) {
    graph->Input(state(name), kFloat, {{"", shape.layers}, {"batch"}, {"", hidden}});
  }
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(shape.layers), 1);
  const std::string split = graph->Integers(state("split"), {shape.layers}, ones);
  graph->Node("Split", {state("initial_h"), split}, first_h, {{"axis", 0}});
  graph->Node("Split", {state("initial_c"), split}, first_c, {{"axis", 0}});

  std::string below = one_hot;
  for (int layer = 0; layer < shape.layers; ++layer) {
    const std::string suffix = "_l" + std::to_string(layer);
    const int inputs = shape.inputs(layer);
    std::vector<float> bias = GateWeights(network.bias(layer), 1, shape);
    bias.resize(2 * bias.size());  // the recurrent half is zero
    graph->Node("LSTM",
                {below,
                 graph->Floats(state("W" + suffix), {1, 4 * hidden, inputs},
                               GateWeights(network.input(layer), inputs, shape)),
                 graph->Floats(state("R" + suffix), {1, 4 * hidden, hidden},
                               GateWeights(network.recurrent(layer), shape.hidden, shape)),
                 graph->Floats(state("B" + suffix), {1, 8 * hidden}, bias), "", first_h[layer],
                 first_c[layer]},
                {state("directions" + suffix), last_h[layer], last_c[layer]},
                {{"hidden_size", hidden}});
    below = state("hidden" + suffix);
    graph->Node("Squeeze", {state("directions" + suffix), squeeze_axis}, {below});
  }

  std::vector<float> weights;
  for (std::ptrdiff_t row = 0; row < hidden; ++row) {
    const float* values = network.output() + row * shape.output_stride();
    weights.insert(weights.end(), values, values + shape.vocabulary);
  }
  graph->Floats(state("output_weight"), {hidden, shape.vocabulary}, weights);
  graph->Floats(state("output_bias"), {shape.vocabulary},
                {network.output_bias(), static_cast<std::size_t>(shape.vocabulary)});
  graph->Node("MatMul", {below, state("output_weight")}, {state("product")});
  graph->Node("Add", {state("product"), state("output_bias")}, {state("outputs")});
  graph->Node("Concat", last_h, {state("final_h")}, {{"axis", 0}});
  graph->Node("Concat", last_c, {state("final_c")}, {{"axis", 0}});
  return state("outputs");
}

void AddStateOutputs(const NetworkShape& shape, const std::string& prefix, Graph* graph) {
  for (const char* name : {"final_h", "final_c"}) {
    graph->Output(prefix + name, kFloat, {{"", shape.layers}, {"batch"}, {"", shape.hidden}});
  }
}

}  // namespace

std::string ToOnnx(const Model& model) {
  const NetworkShape& shape = model.network.shape();
  Graph graph;
  const bool has_context = shape.context > 0;
  const std::array<std::int64_t, 1> depth = {shape.inputs(0)};
  const std::array<std::int64_t, 1> directions = {1};
  const std::array<float, 2> off_on = {0, 1};
  const std::string classes = graph.Integers("classes", {}, depth);
  const std::string values = graph.Floats("off_on", {2}, off_on);
  if (has_context) {
    constexpr std::array<std::int64_t, 1> kInputsAxis = {2};
    graph.Input("rows", kInt64, {{"steps"}, {"batch"}, {"inputs"}});
    graph.Node("OneHot", {"rows", classes, values}, {"one_hots"});
    graph.Node("ReduceSum", {"one_hots", graph.Integers("inputs_axis", {1}, kInputsAxis)},
               {"one_hot"}, {{"keepdims", 0}});
  } else {
    graph.Input("event", kInt64, {{"steps"}, {"batch"}});
    graph.Node("OneHot", {"event", classes, values}, {"one_hot"});
  }
  const std::string axis = graph.Integers("squeeze_axis", {1}, directions);
  const std::string outputs = AddNetwork(model.network, "", "one_hot", axis, &graph);
  const bool with_prior = model.policy == PolicyForm::kPriorTimesOutputs;
  if (with_prior) {
    const std::string prior = AddNetwork(*model.prior, "prior_", "one_hot", axis, &graph);
    graph.Node("LogSoftmax", {prior}, {"log_prior"}, {{"axis", -1}});
    graph.Node("Add", {outputs, "log_prior"}, {"logits"});
  } else {
    graph.Node("Identity", {outputs}, {"logits"});
  }
  graph.Output("logits", kFloat, {{"steps"}, {"batch"}, {"", shape.vocabulary}});
  AddStateOutputs(shape, "", &graph);
  if (with_prior) AddStateOutputs(model.prior->shape(), "prior_", &graph);

  // ModelProto: IR version = 1, producer = 2, graph = 7, opset = 8 (domain = 1, version = 2),
  // metadata = 14 (key = 1, value = 2).
  std::string file = WriteProto([&](auto& message) {
    message.add_int64(1, kIrVersion);
    message.add_string(2, "rltuner");
    message.add_message(7, graph.Finish());
    message.add_message(8, WriteProto([](auto& opset) {
                          opset.add_string(1, "");
                          opset.add_int64(2, kOpset);
                        }));
    for (const auto& [key, value] : {std::pair<std::string_view, std::string>{"format", "rltuner"},
                                     {"method", model.method},
                                     {"recipe", model.recipe},
                                     {"encoding", model.encoding}}) {
      if (key == "encoding" && value.empty()) continue;
      message.add_message(14, WriteProto([&, key = key, &value = value](auto& entry) {
                            entry.add_string(1, key.data(), key.size());
                            entry.add_string(2, value);
                          }));
    }
  });
  if (file.size() > kLargestFile) {
    Fail("an ONNX file of {} bytes; the format allows {}", file.size(), kLargestFile);
  }
  return file;
}

}  // namespace rltuner
