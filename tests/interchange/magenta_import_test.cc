// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/magenta_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "interchange/magenta_network.h"
#include "rltuner/nn/lstm.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr int kClasses = 38;
const std::vector<int> kEvents = {14, 0, 0, 1, 37, 2, 1, 0};

MagentaImport Import(const TestTensors& tensors, const MagentaImportOptions& options = {}) {
  const std::string file = WriteVersion1(tensors);
  const TensorflowCheckpoint checkpoint({std::as_bytes(std::span(std::string_view(file))), "FILE"},
                                        nullptr);
  return ImportMagenta(checkpoint, kClasses, options);
}

// The network's logits after each event against those of the checkpoint's own rules. With
// `exchanged`, classes 0 and 1 of the network are 1 and 0 of the checkpoint.
void ExpectSameLogits(const Network& network, const MagentaNetwork& magenta, bool exchanged,
                      double forget_bias = 1) {
  const auto theirs = [&](int event) { return exchanged && event < 2 ? 1 - event : event; };
  std::vector<int> their_events;
  for (int event : kEvents) their_events.push_back(theirs(event));
  const auto expected = magenta.Logits(their_events, forget_bias);
  BatchStepper stepper(network.shape(), 1);
  for (std::size_t t = 0; t < kEvents.size(); ++t) {
    stepper.Step(network, std::span(&kEvents[t], 1));
    for (int v = 0; v < kClasses; ++v) {
      EXPECT_NEAR(stepper.outputs(0)[v], expected[t][theirs(v)], 1e-5) << t << ' ' << v;
    }
  }
}

TEST(MagentaImport, SaysWhatTheCheckpointSaysWithClasses0And1Exchanged) {
  const MagentaNetwork magenta(kClasses, 20, 1, 1);
  ExpectSameLogits(Import(magenta.NamedAsPublished()).model.network, magenta, true);
}

TEST(MagentaImport, SaysWhatTheCheckpointSaysClassByClassAsPublished) {
  const MagentaNetwork magenta(kClasses, 20, 1, 2);
  const MagentaImport import =
      Import(magenta.NamedAsPublished(), {.as_published = true, .scope = {}});
  ExpectSameLogits(import.model.network, magenta, false);
}

TEST(MagentaImport, WeightsAreExactlyThoseOfTheCheckpoint) {
  constexpr int kHidden = 6;
  const MagentaNetwork magenta(kClasses, kHidden, 1, 3);
  const Network network =
      Import(magenta.NamedAsPublished(), {.as_published = true, .scope = {}}).model.network;
  const NetworkShape& shape = network.shape();
  constexpr int kTheirGate[] = {0, 2, 1, 3};  // of i, f, g, o in i, j, f, o
  for (int row = 0; row < kClasses + kHidden; ++row) {
    const float* ours = row < kClasses
                            ? network.input(0) + row * shape.gate_stride()
                            : network.recurrent(0) + (row - kClasses) * shape.gate_stride();
    for (int n = 0; n < 4 * kHidden; ++n) {
      const int from = kTheirGate[n / kHidden] * kHidden + n % kHidden;
      EXPECT_EQ(ours[n], magenta.kernels[0].values[row * 4 * kHidden + from]);
    }
  }
}

TEST(MagentaImport, TwoLayersOf512ComeThroughAMagBundle) {
  const TemporaryFolder folder;
  const MagentaNetwork magenta(kClasses, 512, 2, 4);
  const TestTensors tensors = magenta.Named("RNN/MultiRNNCell/Cell{}/BasicLSTMCell/Linear/Matrix",
                                            "RNN/MultiRNNCell/Cell{}/BasicLSTMCell/Linear/Bias",
                                            "fully_connected/weights", "fully_connected/biases");
  WriteFileAtomically(folder / "basic_rnn.mag", WriteBundle({WriteVersion1(tensors, true)}));
  const Network network = ImportMagentaFile(folder / "basic_rnn.mag", kClasses).model.network;
  EXPECT_EQ(network.shape(), (NetworkShape{.vocabulary = kClasses, .hidden = 512, .layers = 2}));
  const auto expected = magenta.Logits({5});
  BatchStepper stepper(network.shape(), 1);
  stepper.Step(network, std::vector{5});
  for (int v = 2; v < kClasses; ++v) EXPECT_NEAR(stepper.outputs(0)[v], expected[0][v], 1e-4);
}

// Not of our own writing, so that reader and writer cannot be wrong in the same way.
TEST(MagentaImport, CheckpointsThatTensorFlowWroteSayWhatTensorFlowSays) {
  const std::filesystem::path folder = RLTUNER_TEST_DATA "/tensorflow";
  const auto expected = nlohmann::json::parse(ReadTextFile(folder / "logits.json"));
  for (const char* name : {"version1.ckpt", "version2", "version2.index"}) {
    const Network network =
        ImportMagentaFile(folder / name, kClasses, {.as_published = true, .scope = {}})
            .model.network;
    ASSERT_EQ(network.shape().layers, 2);
    BatchStepper stepper(network.shape(), 1);
    for (std::size_t t = 0; t < expected["events"].size(); ++t) {
      stepper.Step(network, std::vector{expected["events"][t].get<int>()});
      for (int v = 0; v < kClasses; ++v) {
        EXPECT_NEAR(stepper.outputs(0)[v], expected["logits"][t][v].get<float>(), 1e-5) << name;
      }
    }
  }
}

struct Names {
  const char *kernel, *bias, *weights, *weights_bias;

  friend void PrintTo(const Names& names, std::ostream* out) { *out << names.kernel; }
};

class EveryGeneration : public ::testing::TestWithParam<Names> {};

TEST_P(EveryGeneration, OfNamesIsKnown) {
  const MagentaNetwork magenta(kClasses, 12, 1, 5);
  const Names names = GetParam();
  const TestTensors tensors =
      magenta.Named(names.kernel, names.bias, names.weights, names.weights_bias);
  const double forget_bias = std::string(names.kernel).find("cudnn") == std::string::npos ? 1 : 0;
  ExpectSameLogits(Import(tensors).model.network, magenta, true, forget_bias);
}

INSTANTIATE_TEST_SUITE_P(
    MagentaImport, EveryGeneration,
    ::testing::Values(
        Names{"rnn_model/RNN/LSTMCell/W_0", "rnn_model/RNN/LSTMCell/B",
              "rnn_model/fully_connected/weights", "rnn_model/fully_connected/bias"},
        Names{"rnn_model/RNN/MultiRNNCell/Cell{}/LSTMCell/W_0",
              "rnn_model/RNN/MultiRNNCell/Cell{}/LSTMCell/B", "rnn_model/fully_connected/weights",
              "rnn_model/fully_connected/biases"},
        Names{"RNN/MultiRNNCell/Cell{}/BasicLSTMCell/Linear/Matrix",
              "RNN/MultiRNNCell/Cell{}/BasicLSTMCell/Linear/Bias", "fully_connected/weights",
              "fully_connected/biases"},
        Names{"rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/weights",
              "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/biases", "fully_connected/weights",
              "fully_connected/biases"},
        Names{"rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/kernel",
              "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/bias", "fully_connected/weights",
              "fully_connected/biases"},
        Names{"rnn_model/rnn/multi_rnn_cell/cell_{}/lstm_cell/kernel",
              "rnn_model/rnn/multi_rnn_cell/cell_{}/lstm_cell/bias",
              "rnn_model/fully_connected/weights", "rnn_model/fully_connected/bias"},
        Names{"cudnn_lstm/rnn/multi_rnn_cell/cell_{}/cudnn_compatible_lstm_cell/kernel",
              "cudnn_lstm/rnn/multi_rnn_cell/cell_{}/cudnn_compatible_lstm_cell/bias",
              "fully_connected/weights", "fully_connected/biases"}));

TEST(MagentaImport, OptimizerSlotsAndCountersAreLeftOut) {
  const MagentaImport import = Import(MagentaNetwork(kClasses, 4, 1, 6).NamedAsPublished());
  EXPECT_EQ(import.used.size(), 4U);
  EXPECT_THAT(import.ignored, Contains("global_step"));
  EXPECT_THAT(import.ignored, Contains("rnn_model/fully_connected/weights/Adagrad"));
}

TEST(MagentaImport, AnotherNetworksTensorsAreNamed) {
  const TestTensors tensors = {{"encoder/conv/weights", {{2, 2}, {1, 2, 3, 4}}}};
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("encoder/conv/weights float32 [2, 2]"));
}

TEST(MagentaImport, APeepholeIsNotLostWithoutAWord) {
  TestTensors tensors = MagentaNetwork(kClasses, 4, 1, 7).NamedAsPublished();
  tensors["rnn_model/RNN/MultiRNNCell/Cell0/LSTMCell/W_F_diag"] = {{4}, {1, 2, 3, 4}};
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("LSTMCell/W_F_diag has no place"));
}

TEST(MagentaImport, AttentionRnnIsNamed) {
  const TestTensors tensors =
      MagentaNetwork(kClasses, 4, 2, 7)
          .Named("rnn/multi_rnn_cell/cell_{}/attention_cell_wrapper/basic_lstm_cell/kernel",
                 "rnn/multi_rnn_cell/cell_{}/attention_cell_wrapper/basic_lstm_cell/bias",
                 "fully_connected/weights", "fully_connected/biases");
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("belongs to attention_rnn"));
}

TEST(MagentaImport, OtherInputsThanOneHotEventsAreRefused) {
  TestTensors tensors = MagentaNetwork(kClasses, 4, 1, 8).NamedAsPublished();
  TestTensor& kernel = tensors["rnn_model/RNN/MultiRNNCell/Cell0/LSTMCell/W_0"];
  kernel.shape[0] += 3;
  kernel.values.resize(kernel.values.size() + 3 * 16);
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("expected [38 + 4, 4 x 4]"));
}

TEST(MagentaImport, OtherClassesAreRefused) {
  EXPECT_THAT(ErrorOf([&] { Import(MagentaNetwork(130, 4, 1, 9).NamedAsPublished()); }),
              HasSubstr("a model of 130 classes; expected 38"));
}

TEST(MagentaImport, ANumberThatIsNotFiniteIsNamed) {
  TestTensors tensors = MagentaNetwork(kClasses, 4, 1, 10).NamedAsPublished();
  tensors["rnn_model/fully_connected/bias"].values[3] = std::nanf("");
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("holds nan at element 3"));
}

TEST(MagentaImport, AMissingBiasIsNamed) {
  TestTensors tensors = MagentaNetwork(kClasses, 4, 1, 11).NamedAsPublished();
  tensors.erase("rnn_model/RNN/MultiRNNCell/Cell0/LSTMCell/B");
  tensors.erase("rnn_model/RNN/MultiRNNCell/Cell0/LSTMCell/B/Adagrad");
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }),
              HasSubstr("no tensor rnn_model/RNN/MultiRNNCell/Cell0/LSTMCell/B"));
}

TEST(MagentaImport, OneOfSeveralNetworksIsChosenByItsScope) {
  const MagentaNetwork q(kClasses, 4, 1, 12);
  TestTensors tensors =
      q.Named("q_network/rnn/multi_rnn_cell/cell_{}/lstm_cell/kernel",
              "q_network/rnn/multi_rnn_cell/cell_{}/lstm_cell/bias",
              "q_network/fully_connected/weights", "q_network/fully_connected/bias");
  tensors.merge(MagentaNetwork(kClasses, 4, 1, 13)
                    .Named("reward_rnn/rnn/multi_rnn_cell/cell_{}/lstm_cell/kernel",
                           "reward_rnn/rnn/multi_rnn_cell/cell_{}/lstm_cell/bias",
                           "reward_rnn/fully_connected/weights",
                           "reward_rnn/fully_connected/bias"));
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("(q_network, reward_rnn)"));
  ExpectSameLogits(Import(tensors, {.as_published = false, .scope = "q_network"}).model.network, q,
                   true);
}

// Without the check a few bytes could ask for gigabytes.
TEST(MagentaImport, ANetworkFarLargerThanItsFileIsRefused) {
  constexpr int kHidden = 4096;
  TestTensors tensors = MagentaNetwork(kClasses, 1, 1, 14).NamedAsPublished();
  tensors["rnn_model/RNN/MultiRNNCell/Cell0/LSTMCell/W_0"].shape = {kClasses + kHidden,
                                                                    4 * kHidden};
  tensors["rnn_model/fully_connected/weights"] = {{kHidden, kClasses},
                                                  std::vector<float>(kHidden * kClasses)};
  EXPECT_THAT(ErrorOf([&] { Import(tensors); }), HasSubstr("far more than the"));
}

}  // namespace
}  // namespace rltuner
