// SPDX-License-Identifier: Apache-2.0
// Our model files in other runtimes: each must say what our own code says. check_runtimes.py does
// the running; a runtime that cannot be had skips its tests.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "check_script.h"
#include "rltuner/core/files.h"
#include "rltuner/interchange/onnx_export.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/nn/softmax.h"
#include "test_support.h"

namespace rltuner {
namespace {

constexpr int kVocabularySize = 38;
constexpr int kSteps = 24;
constexpr int kBatch = 3;

using Logits = std::vector<std::vector<std::vector<float>>>;  // [T][B][V]

Logits OutputsOf(const Network& network, const std::vector<std::vector<int>>& events) {
  BatchStepper stepper(network.shape(), kBatch);
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
    for (int row = 0; row < kBatch; ++row)
      step.push_back(static_cast<int>(random.Below(kVocabularySize)));
  }
  WriteModel(folder / "model.safetensors", model);
  WriteFileAtomically(folder / "model.onnx", ToOnnx(model));
  const nlohmann::json expected = {{"events", events}, {"logits", PolicyOf(model, events)}};
  WriteFileAtomically(folder / "expected.json", expected.dump());

  ExpectCheckScriptPasses(
      fmt::format("python3 '{0}/tests/interchange/check_runtimes.py' {1} '{2}' '{0}/build/python'",
                  RLTUNER_SOURCE_DIR, runtime, folder.path().string()));
}

Model NoteRnn(int hidden, int layers) {
  Random random(static_cast<std::uint64_t>(hidden));
  Model model{.network = Network::Random({kVocabularySize, hidden, layers}, random),
              .prior = {},
              .recipe = "a = 1\n"};
  for (float& value : model.network.arena()) value *= 2;  // so that the gates are not all near .5
  return model;
}

Model TunedByGLearning() {
  Model model = NoteRnn(20, 2);
  model.prior = NoteRnn(30, 1).network;
  model.method = "g";
  model.policy = PolicyForm::kPriorTimesOutputs;
  return model;
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
