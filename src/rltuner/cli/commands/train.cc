// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
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
#include "rltuner/nn/model_file.h"
#include "rltuner/training/training_run.h"

namespace rltuner::cli {
namespace {

class TrainCommand : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("dataset", dataset_, "melodies, as `rltuner dataset` writes them")
        ->required()
        ->type_name("DATASET");
    app.add_option("--output", output_, "model to write (safetensors)")
        ->required()
        ->type_name("MODEL");
    app.add_flag("--resume", resume_,
                 "Resume from the last checkpoint in MODEL.checkpoint/, with its options; start "
                 "from the beginning if there is none.");
    app.add_option("--curve", curve_, "CSV with a line for each measurement")
        ->type_name("FILE.csv");
    AddThreadsOption(app, &threads_);
    options_.AddRecipe(app, "train");
    options_.Add(app, Describe(network_), "Network");
    options_.Add(app, Describe(training_), "Training");
  }

  int Run(const CommandContext& context) override {
    const CheckpointFolder folder(output_ + ".checkpoint", "training");
    std::optional<SafetensorsFile> checkpoint = FindCheckpoint(context, folder);
    options_.Resolve();
    if (context.cluster.rank() == 0) CheckOutputs();

    const Dataset dataset(dataset_);
    const TrainingData data{dataset.TrainingMelodies(), dataset.HeldOutMelodies()};
    if (data.training.empty()) {
      Fail("{}: all {} melodies are held out, none is left to train on; add more files", dataset_,
           data.held_out.size());
    }
    if (data.held_out.empty()) {
      context.Warn(fmt::format(
          "{}: no melody is held out, so nothing is measured, training does not end early and the "
          "last weights are kept",
          dataset_));
    }
    NoteRnnTraining training(network_, training_, data, threads_, &context.cluster);
    if (checkpoint) {
      training.Restore(*checkpoint);
      context.Say(fmt::format("resuming from iteration {}", training.progress().iteration));
    }
    checkpoint.reset();

    const InterruptGuard interrupt;
    const TrainingEnd end = Train(context, folder, interrupt, &training);
    const bool writes = context.cluster.rank() == 0;
    if (writes && !curve_.empty())
      WriteFileAtomically(curve_, LearningCurveCsv(training.history()));
    if (end == TrainingEnd::kStopped) {
      context.Say(
          fmt::format("stopped at iteration {}, saved in {}; resume with: rltuner train {} "
                      "--output {} --resume",
                      training.progress().iteration, folder.path().string(), dataset_, output_));
      return kInterrupted;
    }
    if (!writes) return kDone;
    WriteModel(output_, {.network = training.best(),
                         .recipe = TrainingRecipe(network_, training_),
                         .encoding = dataset.encoding().ToJson()});
    PrintResult(context, data, training, end);
    return kDone;
  }

 private:
  // With --resume the checkpoint, its options stored in network_ and training_.
  std::optional<SafetensorsFile> FindCheckpoint(const CommandContext& context,
                                                const CheckpointFolder& folder) {
    if (!resume_) {
      if (folder.HasAny()) {
        context.Warn(
            fmt::format("{}: the checkpoint of an earlier run will be replaced; to resume "
                        "that run, give --resume",
                        folder.path().string()));
      }
      return std::nullopt;
    }
    // Loading mends what a killed run left, which only one process may do.
    std::vector<std::string> warnings;
    std::optional<SafetensorsFile> file;
    const bool first = context.cluster.rank() == 0;
    if (first) file = folder.Load(&warnings);
    context.cluster.Wait();
    if (!first) file = folder.Load(&warnings);
    for (const std::string& warning : warnings) context.Warn(warning);
    if (!file) {
      context.Say(NothingSaved(folder.path()));
      return file;
    }
    const auto recipe = file->metadata().find("resolved_recipe");
    if (recipe != file->metadata().end()) {
      ReadRecipe(recipe->second, file->path().string(), options_.tables());
    }
    return file;
  }

  // Before hours of work, not after them.
  void CheckOutputs() const {
    for (const std::string& path : {output_, curve_}) {
      std::error_code ignored;
      if (path.empty()) continue;
      RemoveTemporaryFilesOf(path);  // of a run that was killed
      if (std::filesystem::is_directory(path, ignored)) {
        Fail("{}: is a folder, expected a file to write", path);
      }
      if (std::filesystem::equivalent(path, dataset_, ignored)) {
        Fail("{}: is the dataset to read; choose another name to write", path);
      }
      const AtomicFile probe(path);
    }
  }

  TrainingEnd Train(const CommandContext& context, const CheckpointFolder& folder,
                    const InterruptGuard& interrupt, NoteRnnTraining* training) const {
    ProgressBar progress(context, "train", training_.iterations, "iterations",
                         training->progress().iteration);
    const auto note = [](const TrainingProgress& now) {
      const std::string held_out =
          now.current.steps == 0
              ? ""
              : fmt::format("held out {:.4f} ({:.1f} % right), ", now.current.log_perplexity,
                            100 * now.current.accuracy);
      return fmt::format("loss {:.4f}, {}rate {:.2g}", now.loss, held_out, now.learning_rate);
    };
    const TrainingCallbacks callbacks{
        .progress = [&](const TrainingProgress& now) { progress.Update(now.iteration, note(now)); },
        .should_stop =
            [&] {
              double requests = interrupt.Requested() ? 1 : 0;
              context.cluster.Sum(std::span(&requests, 1));
              return requests > 0;
            }};
    const TrainingEnd end = RunTraining(training_, folder, callbacks, training);
    if (end != TrainingEnd::kStopped) progress.Finish(note(training->progress()));
    return end;
  }

  void PrintResult(const CommandContext& context, const TrainingData& data,
                   const NoteRnnTraining& training, TrainingEnd end) const {
    const TrainingProgress& done = training.progress();
    std::ostream& out = context.out();
    out << fmt::format("model                    {}\n", output_);
    out << fmt::format("melodies                 {} to train on, {} held out\n",
                       data.training.size(), data.held_out.size());
    out << fmt::format("iterations               {}{}\n", done.iteration,
                       end == TrainingEnd::kEndedEarly ? " (ended early: no better any more)" : "");
    out << fmt::format("training loss            {:.4f}\n", done.loss);
    if (done.best.steps == 0) return;
    out << fmt::format("held-out accuracy        {:.4f}\n", done.best.accuracy);
    out << fmt::format("held-out log perplexity  {:.4f} (iteration {}, {} events)\n",
                       done.best.log_perplexity, done.best_iteration, done.best.steps);
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
      .name = "train",
      .group = "Model",
      .summary = "trains a Note RNN on a dataset of melodies",
      .description =
          "Trains an LSTM to say the next event of a melody (Jaques et al. 2017, section 5) and "
          "writes the weights that are best on the held-out melodies of the dataset.\n"
          "\n"
          "A checkpoint of the whole state goes to MODEL.checkpoint/ every few hundred iterations, "
          "and when Ctrl-C stops the run; --resume continues from there, bit for bit as without "
          "the stop. A longer --iterations with --resume extends a finished run. The same dataset, "
          "options and seed give the same model for any number of threads. Started by mpirun, the "
          "processes share each batch and give the same model to rounding.",
      .examples = {"rltuner train folk.safetensors --output my.safetensors",
                   "rltuner train folk.safetensors --output paper.safetensors --recipe paper",
                   "rltuner train folk.safetensors --output my.safetensors --resume "
                   "--iterations 20000",
                   "mpirun -n 4 rltuner train folk.safetensors --output my.safetensors"},
      .make = MakeCommand<TrainCommand>,
      .clustered = true,
  };
}

}  // namespace rltuner::cli
