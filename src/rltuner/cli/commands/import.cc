// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/interchange/magenta_import.h"
#include "rltuner/melody/encoding.h"

namespace rltuner::cli {
namespace {

class ImportCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "KIND", &kind_, "Where the model comes from: magenta.")->required();
    AddOption(app, "CHECKPOINT", &checkpoint_,
              "A TensorFlow checkpoint (its file, or its prefix or .index file), or a .mag bundle.")
        ->required();
    AddOption(app, "--output FILE", &output_, "The model file to write (safetensors).")->required();
    app.add_flag(
        "--as-published", options_.as_published,
        "Keep class 0 as no event and class 1 as note off, as in the checkpoint. Use it to compare "
        "with the original program. Default: exchange them, as in all other models of rltuner.");
    AddOption(app, "--scope NAME", &options_.scope,
              "The beginning of the names of the network's tensors, for instance q_network. Needed "
              "if the checkpoint has several networks.");
  }

  int Run(const CommandContext& context) override {
    if (kind_ != "magenta") Fail("import {}: unknown; expected magenta", kind_);
    CheckOutput(output_, {checkpoint_});
    MagentaImport import = ImportMagentaFile(checkpoint_, kVocabulary, options_);
    CheckOutput(output_, import.files);
    WriteModel(output_, import.model);
    const NetworkShape& shape = import.model.network.shape();
    context.out() << fmt::format(
        "{}: {} of {} cells, {} classes{}, from {} tensors of a version {} checkpoint\n", output_,
        Counted(shape.layers, "layer"), shape.hidden, shape.vocabulary,
        options_.as_published ? " as published" : ", 0 and 1 exchanged", import.used.size(),
        import.checkpoint_version);
    if (!import.ignored.empty()) {
      constexpr std::size_t kMostNamed = 3;
      const std::size_t named = std::min(import.ignored.size(), kMostNamed);
      context.Say(fmt::format(
          "skipped {} tensors that are not part of the network: {}{}", import.ignored.size(),
          fmt::join(import.ignored.begin(), import.ignored.begin() + named, ", "),
          named < import.ignored.size() ? ", ..." : ""));
    }
    return kDone;
  }

 private:
  std::string kind_, checkpoint_, output_;
  MagentaImportOptions options_;
};

}  // namespace

CommandInfo ImportCommandInfo() {
  return {"import",
          "Model",
          "makes a model from a checkpoint of Magenta's RL Tuner or basic_rnn",
          "Reads a TensorFlow checkpoint of either format, or a Magenta bundle (.mag) of the "
          "basic_rnn family, without TensorFlow, and writes the network as a model file. Optimizer "
          "slots and counters are skipped. A checkpoint of another kind of network is refused, and "
          "the message lists its tensors.",
          {"rltuner import magenta note_rnn.ckpt --output note_rnn.safetensors",
           "rltuner import magenta note_rnn.ckpt --as-published --output published.safetensors",
           "rltuner import magenta basic_rnn.mag --output basic_rnn.safetensors"},
          &MakeCommand<ImportCommand>};
}

}  // namespace rltuner::cli
