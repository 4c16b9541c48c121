// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "rltuner/cli/options.h"
#include "rltuner/core/files.h"
#include "rltuner/interchange/onnx_export.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

class ExportCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "MODEL", &model_, "Model file, or a bundled Note RNN: 'default' or 'folk'.")
        ->required();
    AddOption(app, "--format NAME", &format_,
              "What to write: onnx is ONNX, opset 14, for onnxruntime.")
        ->required()
        ->check(CLI::IsMember({"onnx"}));
    AddOption(app, "--output FILE", &output_, "The file to write.")->required();
  }

  int Run(const CommandContext& context) override {
    const Model model = LoadModel(model_, false);
    CheckOutput(output_, {model_});
    const std::string bytes = ToOnnx(model);
    WriteFileAtomically(output_, bytes);
    context.out() << fmt::format("{}: {}, {} bytes, method {}\n", output_, format_, bytes.size(),
                                 model.method);
    return kDone;
  }

 private:
  std::string model_, format_, output_;
};

}  // namespace

CommandInfo ExportCommandInfo() {
  return {"export",
          "Model",
          "writes a model for other runtimes",
          "Writes the policy as an ONNX graph: events in, logits and the LSTM's state out. PyTorch "
          "needs no export: it reads the model file as it is. docs/interchange.md shows both.",
          {"rltuner export tuned/model.safetensors --format onnx --output tuned.onnx",
           "rltuner export default --format onnx --output note_rnn.onnx"},
          &MakeCommand<ExportCommand>};
}

}  // namespace rltuner::cli
