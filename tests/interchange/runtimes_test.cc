// SPDX-License-Identifier: Apache-2.0
// Our model files in other runtimes: each must say what our own code says. check_runtimes.py does
// the running; a runtime that cannot be had skips its tests.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "check_script.h"
#include "rltuner/core/files.h"
#include "rltuner/interchange/onnx_export.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/model.h"
#include "rltuner/nn/softmax.h"
#include "test_support.h"

namespace rltuner {
namespace {

constexpr int kVocabularySize = 38;
constexpr int kSteps = 24;
constexpr int kBatch = 3;

using Logits = std::vector<std::vector<std::vector<float>>>;  // [T][B][V]

// What is fed: an event, or with context that and a row of it.
int InputsOf(const Network& network) { return network.shape().context == 0 ? 1 : 2; }

Logits OutputsOf(const Network& network, const std::vector<std::vector<int>>& events) {
  BatchStepper stepper(network.shape(), kBatch, InputsOf(network));
  Logits logits;
  for (const std::vector<int>& step : events) {
    stepper.Step(network, step);
    auto& rows = logits.emplace_back();
    for (int row = 0; row < kBatch; ++row) {
      rows.emplace_back(stepper.outputs(row).begin(), stepper.outputs(row).end());
    }
  }
  return logits;
}

// The policy's logits: of G-learning G + log p, of everything else the network's outputs.
Logits PolicyOf(const Model& model, const std::vector<std::vector<int>>& events) {
  Logits logits = OutputsOf(model.network, events);
  if (model.policy != PolicyForm::kPriorTimesOutputs) return logits;
  Logits prior = OutputsOf(*model.prior, events);
  for (int t = 0; t < kSteps; ++t) {
    for (int row = 0; row < kBatch; ++row) {
      LogSoftmax(prior[t][row], prior[t][row]);
      for (int v = 0; v < kVocabularySize; ++v) logits[t][row][v] += prior[t][row][v];
    }
  }
  return logits;
}

// Runs the check; skips the test if the runtime is not here.
void ExpectSameIn(const std::string& runtime, const Model& model) {
  const TemporaryFolder folder;
  Random random(7);
  std::vector<std::vector<int>> events;
  for (int t = 0; t < kSteps; ++t) {
    auto& step = events.emplace_back();
    for (int row = 0; row < kBatch; ++row) {
      step.push_back(static_cast<int>(random.Below(kVocabularySize)));
      if (InputsOf(model.network) == 1) continue;
      step.push_back(kVocabularySize +
                     static_cast<int>(random.Below(model.network.shape().context)));
    }
  }
  WriteModel(folder / "model.safetensors", model);
  WriteFileAtomically(folder / "model.onnx", ToOnnx(model));
  const nlohmann::json expected = {
      {"events", events}, {"inputs", InputsOf(model.network)}, {"logits", PolicyOf(model, events)}};
  WriteFileAtomically(folder / "expected.json", expected.dump());

  ExpectCheckScriptPasses(
      fmt::format("python3 '{0}/tests/interchange/check_runtimes.py' {1} '{2}' '{0}/build/python'",
                  RLTUNER_SOURCE_DIR, runtime, folder.path().string()));
}

Model NoteRnn(int hidden, int layers, int context = 0) {
  Random random(static_cast<std::uint64_t>(hidden));
  Model model{.network = Network::Random({kVocabularySize, hidden, layers, context}, random),
              .prior = {},
              .recipe = "a = 1\n"};
  for (float& value : model.network.arena()) value *= 2;  // so that the gates are not all near .5
  return model;
}

Model WithContext() {
  Model model = NoteRnn(100, 1, 50);
  model.encoding = R"({"inputs":["event","position","mode"]})";  // any: nothing reads it here
  return model;
}

Model TunedByGLearning(int context = 0) {
  Model model = NoteRnn(20, 2, context);
  model.prior = NoteRnn(30, 1, context).network;
  if (context > 0) model.encoding = WithContext().encoding;
  model.method = "g";
  model.policy = PolicyForm::kPriorTimesOutputs;
  return model;
}

TEST(Onnxruntime, SaysTheSameOfANetworkWithContext) {
  ExpectSameIn("onnxruntime", WithContext());
  ExpectSameIn("onnxruntime", TunedByGLearning(7));
}

TEST(PyTorch, SaysTheSameOfANetworkWithContext) {
  ExpectSameIn("torch", WithContext());
  ExpectSameIn("torch", TunedByGLearning(7));
}

TEST(Onnxruntime, SaysTheSameOfANoteRnn) { ExpectSameIn("onnxruntime", NoteRnn(100, 1)); }

TEST(Onnxruntime, SaysTheSameOfTwoLayers) { ExpectSameIn("onnxruntime", NoteRnn(37, 2)); }

TEST(Onnxruntime, SaysTheSameOfAModelOfGLearning) {
  ExpectSameIn("onnxruntime", TunedByGLearning());
}

TEST(PyTorch, SaysTheSameOfANoteRnn) { ExpectSameIn("torch", NoteRnn(100, 1)); }

TEST(PyTorch, SaysTheSameOfTwoLayers) { ExpectSameIn("torch", NoteRnn(37, 2)); }

TEST(PyTorch, SaysTheSameOfAModelOfGLearning) { ExpectSameIn("torch", TunedByGLearning()); }

}  // namespace
}  // namespace rltuner
