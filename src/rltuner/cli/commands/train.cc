// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/checkpoint.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"
#include "rltuner/training/training_run.h"

namespace rltuner::cli {
namespace {

class TrainCommand : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "DATASET", &dataset_, "Melodies, as 'rltuner dataset' writes them.")->required();
    AddOption(app, "--output MODEL", &output_, "The model to write (safetensors).")->required();
    app.add_flag("--resume", resume_,
                 "Resume from the last checkpoint in MODEL.checkpoint/, with its options; start "
                 "from the beginning if there is none.");
    AddOption(app, "--curve FILE.csv", &curve_,
              "CSV with a line for each measurement. Draw it to see whether to train longer.");
    AddThreadsOption(app, &threads_);
    options_.AddRecipe(app, "train");
    options_.Add(app, Describe(network_), "Network");
    options_.Add(app, Describe(training_), "Training");
  }

  int Run(const CommandContext& context) override {
    const CheckpointFolder folder(output_ + ".checkpoint", "training");
    std::vector<std::string> warnings;
    std::optional<SafetensorsFile> checkpoint = FindCheckpoint(context, folder, &warnings);
    options_.Resolve();
    const bool first = context.cluster.rank() == 0;
    if (first) CheckOutput(output_, {dataset_});
    if (first && !curve_.empty()) CheckOutput(curve_, {dataset_, output_});

    const Dataset dataset(dataset_);
    const TrainingData data = DataOf(dataset, network_, training_);
    if (data.training.empty()) {
      Fail("{}: all {} melodies are held out, none is left to train on; add more files", dataset_,
           data.held_out.size());
    }
    WarnOfNothingHeldOut(data, dataset_, &warnings);
    NoteRnnTraining training(network_, training_, data, threads_, &context.cluster);
    if (checkpoint) training.Restore(*checkpoint);
    if (first) CheckOutput(folder.path() / "newest.safetensors");
    // Warnings come after all checks, so that an error is a single line.
    for (const std::string& warning : warnings) context.Warn(warning);
    if (resume_) {
      context.Say(checkpoint
                      ? fmt::format("resuming from iteration {}", training.progress().iteration)
                      : NothingSaved(folder.path()));
    }
    checkpoint.reset();

    const InterruptGuard interrupt;
    ProgressBar progress(context, "train", training_.iterations, "iterations",
                         training.progress().iteration);
    const TrainingCallbacks callbacks{
        .progress =
            [&](const TrainingProgress& now) { progress.Update(now.iteration, ProgressText(now)); },
        .should_stop = [&] { return context.cluster.Any(interrupt.Requested()); }};
    const TrainingEnd end = RunTraining(training_, folder, callbacks, &training);
    if (end != TrainingEnd::kStopped) progress.Finish(ProgressText(training.progress()));
    if (first && !curve_.empty()) {
      WriteFileAtomically(curve_, LearningCurveCsv(training.history()));
    }
    if (end == TrainingEnd::kStopped) {
      context.Say(fmt::format(
          "stopped at iteration {}, saved in {}; resume with the same command and --resume",
          training.progress().iteration, folder.path().string()));
      return kInterrupted;
    }
    if (!first) return kDone;
    WriteModel(output_, {.network = training.best(),
                         .recipe = TrainingRecipe(network_, training_),
                         .encoding = data.EncodingJson()});
    context.out() << fmt::format("model                    {}\n", output_)
                  << ResultText(training.progress(), data, end);
    return kDone;
  }

 private:
  // The checkpoint, if --resume is given. Stores its options in network_ and training_.
  std::optional<SafetensorsFile> FindCheckpoint(const CommandContext& context,
                                                const CheckpointFolder& folder,
                                                std::vector<std::string>* warnings) {
    auto file = LoadTogether(folder, resume_, &context.cluster, warnings);
    if (file)
      ReadRecipe(file->Metadata("resolved_recipe"), file->path().string(), options_.tables());
    return file;
  }

  std::string dataset_, output_, curve_;
  bool resume_ = false;
  int threads_ = HardwareThreads();
  NetworkOptions network_;
  TrainingOptions training_;
  SettingOptions options_;
};

}  // namespace

CommandInfo TrainCommandInfo() {
  return {
      "train",
      "Model",
      "trains a Note RNN on a dataset of melodies",
      "Trains an LSTM to predict the next event of a melody (Jaques et al. 2017, section 5) and "
      "writes the weights that are best on the held-out melodies of the dataset.\n"
      "\n"
      "A checkpoint of the whole state goes to MODEL.checkpoint/ every few hundred iterations, and "
      "when Ctrl-C stops the run. --resume continues from there, bit for bit as if it had never "
      "stopped. With a larger --iterations, it extends a finished run. The same dataset, options "
      "and seed give the same model for any number of threads. Processes started by mpirun share "
      "each batch and give the same model up to rounding.",
      {"rltuner train folk.safetensors --output my.safetensors",
       "rltuner train folk.safetensors --output paper.safetensors --recipe paper",
       "rltuner train folk.safetensors --output my.safetensors --resume --iterations 20000",
       "mpirun -n 4 rltuner train folk.safetensors --output my.safetensors"},
      &MakeCommand<TrainCommand>,
      true};
}

}  // namespace rltuner::cli
