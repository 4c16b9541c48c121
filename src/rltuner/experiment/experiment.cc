// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/tuning/policy.h"

namespace rltuner::experiment {
namespace fs = std::filesystem;
namespace {

constexpr int kMelodiesOfAModel = 2;  // in the report; the folders have more

fs::path NoteRnnPath(const fs::path& folder) { return folder / "note_rnn.safetensors"; }

[[noreturn]] void FailForAnotherNoteRnn(const fs::path& path) {
  Fail("{}: an experiment with another Note RNN is there; give another --output", path.string());
}

std::uint64_t HashOf(const Dataset& dataset) {
  std::vector<std::uint8_t> all;
  for (const auto* melodies : {&dataset.TrainingMelodies(), &dataset.HeldOutMelodies()}) {
    for (const Dataset::Events melody : *melodies) {
      all.insert(all.end(), melody.begin(), melody.end());
      all.push_back(255);  // no event: where melodies end counts too
    }
  }
  return HashEvents(all);
}

}  // namespace

void KeepNoteRnn(const Network& note_rnn, const fs::path& folder) {
  MakeFolder(folder);
  const fs::path path = NoteRnnPath(folder);
  if (!fs::exists(path)) {
    WriteModel(path, {.network = note_rnn, .prior = {}, .recipe = {}});
    return;
  }
  const Network there = ReadModel(path).network;
  if (there.shape() != note_rnn.shape() ||
      !std::equal(there.arena().begin(), there.arena().end(), note_rnn.arena().begin())) {
    FailForAnotherNoteRnn(path);
  }
}

bool TrainNoteRnn(const Dataset& dataset, const NetworkOptions& network,
                  const TrainingOptions& training_options, int threads,
                  const TrainingCallbacks& callbacks, const fs::path& folder) {
  MakeFolder(folder);
  const fs::path path = NoteRnnPath(folder);
  const std::string recipe = fmt::format("# melodies {:016x}\n{}", HashOf(dataset),
                                         TrainingRecipe(network, training_options));
  if (fs::exists(path)) {
    if (ReadModel(path).recipe != recipe) FailForAnotherNoteRnn(path);
    return true;
  }
  NoteRnnTraining training(network, training_options,
                           {dataset.TrainingMelodies(), dataset.HeldOutMelodies()}, threads);
  const CheckpointFolder checkpoint(folder / "note_rnn.checkpoint", "training");
  std::vector<std::string> ignored;  // an older checkpoint is as good
  if (const std::optional<SafetensorsFile> file = checkpoint.Load(&ignored))
    training.Restore(*file);
  if (RunTraining(training_options, checkpoint, callbacks, &training) == TrainingEnd::kStopped) {
    return false;
  }
  WriteModel(path, {.network = training.best(), .prior = {}, .recipe = recipe});
  checkpoint.Clear();
  return true;
}

Network ReadNoteRnn(const fs::path& folder) { return ReadModel(NoteRnnPath(folder)).network; }

bool DoRuns(const Plan& plan, const RunInputs& inputs, const fs::path& folder, Cluster* cluster,
            int threads, const ExperimentCallbacks& callbacks) {
  std::atomic<bool> stopped{false};
  cluster->ForEachTask(static_cast<int>(plan.runs.size()), threads, [&](int run) {
    const RunSpec& spec = plan.runs[static_cast<std::size_t>(run)];
    const fs::path run_folder = RunFolder(folder, spec);
    for (const fs::path& written : {run_folder, run_folder / "melodies"}) {
      RemoveTemporaryFiles(written);  // of a run that was killed
    }
    if (stopped || IsFinished(spec, run_folder)) return;
    if (callbacks.should_stop()) {
      stopped = true;
      return;
    }
    callbacks.begun(run);
    const RunEnd end = DoRun(spec, inputs, run_folder,
                             {.progress = [&](double share) { callbacks.progress(run, share); },
                              .should_stop = callbacks.should_stop,
                              .warn = callbacks.warn});
    if (end == RunEnd::kStopped) {
      stopped = true;
    } else {
      callbacks.finished(run);
    }
  });
  return !stopped;
}

fs::path RunFolder(const fs::path& folder, const RunSpec& spec) {
  return folder / "runs" / spec.name;
}

std::vector<bool> FinishedRuns(const Plan& plan, const fs::path& folder) {
  std::vector<bool> finished;
  for (const RunSpec& spec : plan.runs) {
    finished.push_back(IsFinished(spec, RunFolder(folder, spec)));
  }
  return finished;
}

ExperimentReport CollectReport(const Plan& plan, const RunInputs& inputs, const RuleText& rules,
                               int length, const EstimateOptions& options, const fs::path& folder) {
  std::vector<RunResult> runs;
  for (const RunSpec& spec : plan.runs) {
    runs.push_back(ReadRun(spec, RunFolder(folder, spec)));
  }
  ExperimentReport report;
  report.rules = rules.name;
  report.length = length;
  report.summary = Summarise(plan, runs);
  const PolicyNetworks networks{.network = inputs.note_rnn, .note_rnn = inputs.note_rnn};
  const RuleSet reward = rules.Make();
  for (const double c : options.c) {
    if (options.particles == 0) break;
    report.log_z.push_back(
        {c, EstimateLogZ(networks, reward, {.particles = options.particles, .c = c},
                         {.length = length, .seed = 1, .threads = options.threads},
                         options.runs_per_primer)});
  }
  if (options.exact_share > 0) {
    report.exact = CompareOnExactProblem({.share_of_iterations = options.exact_share});
  }
  std::vector<const Condition*> models = {&plan.note_rnn};
  for (const Condition& condition : plan.table) models.push_back(&condition);
  for (const Condition* condition : models) {
    const RunSpec& spec = plan.runs[static_cast<std::size_t>(condition->runs.front())];
    report.melodies.emplace_back(condition->title,
                                 ReadMelodies(RunFolder(folder, spec) / "melodies",
                                              std::min(kMelodiesOfAModel, spec.melodies)));
  }
  return report;
}

}  // namespace rltuner::experiment
