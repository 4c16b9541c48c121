// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/training_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/error.h"

namespace rltuner {

TrainingEnd RunTraining(const TrainingOptions& options, const CheckpointFolder& folder,
                        const TrainingCallbacks& callbacks, NoteRnnTraining* training) {
  std::int64_t saved = training->progress().iteration;
  const auto save = [&] {
    if (!folder.path().empty()) training->Save(folder);
    saved = training->progress().iteration;
  };
  while (!training->done()) {
    training->Step();
    if (!training->failure().empty()) {
      if (saved == 0 || folder.path().empty())
        Fail("{}; there is no earlier checkpoint", training->failure());
      Fail("{}; the last checkpoint, {}, is of iteration {}", training->failure(),
           folder.path().string(), saved);
    }
    const std::int64_t iteration = training->progress().iteration;
    if (iteration % options.checkpoint_interval == 0 && training->healthy()) save();
    if (callbacks.progress) callbacks.progress(training->progress());
    if (callbacks.should_stop && !training->done() && callbacks.should_stop()) {
      if (saved != iteration) save();
      return TrainingEnd::kStopped;
    }
  }
  if (saved != training->progress().iteration) save();
  return training->ended_early() ? TrainingEnd::kEndedEarly : TrainingEnd::kFinished;
}

namespace {

template <typename Source>
TrainedNoteRnn TrainOn(const Source& source, std::string_view name, const NetworkOptions& network,
                       const TrainingOptions& training_options, const TrainOptions& options,
                       const TrainingCallbacks& callbacks) {
  CheckFields(network);
  CheckFields(training_options);
  const TrainingData data = DataOf(source, network, training_options);
  NoteRnnTraining training(network, training_options, data, options.threads);
  const CheckpointFolder folder(options.checkpoint, "training");
  std::vector<std::string> warnings;
  if (!options.checkpoint.empty()) {
    const auto file = LoadTogether(folder, options.resume, nullptr, &warnings);
    if (file) training.Restore(*file);
  }
  WarnOfNothingHeldOut(data, name, &warnings);
  if (callbacks.warn) std::ranges::for_each(warnings, callbacks.warn);
  const TrainingEnd end = RunTraining(training_options, folder, callbacks, &training);
  return {.model = {.network = training.best(),
                    .recipe = TrainingRecipe(network, training_options),
                    .encoding = data.EncodingJson()},
          .end = end,
          .history = {training.history().begin(), training.history().end()}};
}

}  // namespace

TrainedNoteRnn Train(const Dataset& dataset, const NetworkOptions& network,
                     const TrainingOptions& training, const TrainOptions& options,
                     const TrainingCallbacks& callbacks) {
  return TrainOn(dataset, dataset.path().string(), network, training, options, callbacks);
}

TrainedNoteRnn Train(const TokenSequences& tokens, const NetworkOptions& network,
                     const TrainingOptions& training, const TrainOptions& options,
                     const TrainingCallbacks& callbacks) {
  return TrainOn(tokens, "sequences", network, training, options, callbacks);
}

std::string LearningCurveCsv(std::span<const TrainingRecord> history) {
  std::string csv =
      "iteration,learning_rate,loss,gradient_norm,held_out_log_perplexity,held_out_accuracy\n";
  for (const TrainingRecord& record : history) {
    csv += fmt::format("{},{:.6g},{:.6f},{:.6f},", record.iteration, record.learning_rate,
                       record.loss, record.gradient_norm);
    csv += record.held_out.steps == 0 ? ","
                                      : fmt::format("{:.6f},{:.6f}", record.held_out.log_perplexity,
                                                    record.held_out.accuracy);
    csv += '\n';
  }
  return csv;
}

std::optional<SafetensorsFile> LoadTogether(const CheckpointFolder& folder, bool resume,
                                            Cluster* cluster, std::vector<std::string>* warnings) {
  std::optional<SafetensorsFile> file;
  if (!resume) {
    if (folder.HasAny()) {
      warnings->push_back(
          folder.path().string() +
          ": the checkpoint of an earlier run will be replaced; --resume resumes that run");
    }
    return file;
  }
  if (cluster == nullptr) return folder.Load(warnings);
  if (cluster->rank() == 0) file = folder.Load(warnings);
  cluster->Wait();
  if (cluster->rank() != 0) file = folder.Load(warnings);
  return file;
}

void WarnOfNothingHeldOut(const TrainingData& data, std::string_view name,
                          std::vector<std::string>* warnings) {
  if (!data.held_out.empty()) return;
  warnings->push_back(fmt::format(
      "{}: nothing is held out, so nothing is measured, training does not end early, and the last "
      "weights are kept",
      name));
}

std::string ProgressText(const TrainingProgress& progress) {
  const HeldOutMetrics& current = progress.current;
  const std::string held_out = current.steps == 0
                                   ? ""
                                   : fmt::format("held out {:.4f} ({:.1f} % right), ",
                                                 current.log_perplexity, 100 * current.accuracy);
  return fmt::format("loss {:.4f}, {}rate {:.2g}", progress.loss, held_out, progress.learning_rate);
}

std::string ResultText(const TrainingProgress& progress, const TrainingData& data,
                       TrainingEnd end) {
  std::string text = fmt::format(
      "melodies                 {} to train on, {} held out\n"
      "iterations               {}{}\n"
      "training loss            {:.4f}\n",
      data.training.size(), data.held_out.size(), progress.iteration,
      end == TrainingEnd::kEndedEarly ? " (ended early: no further improvement)" : "",
      progress.loss);
  if (progress.best.steps == 0) return text;
  return text + fmt::format(
                    "held-out accuracy        {:.4f}\n"
                    "held-out log perplexity  {:.4f} (iteration {}, {} events)\n",
                    progress.best.accuracy, progress.best.log_perplexity, progress.best_iteration,
                    progress.best.steps);
}

}  // namespace rltuner
