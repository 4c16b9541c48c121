// SPDX-License-Identifier: Apache-2.0
#include "rltuner/recipes/tune_folder.h"

#include <fmt/format.h>

#include <memory>

#include "rltuner/core/checkpoint.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/chart.h"
#include "rltuner/evaluation/matching.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/tuning_run.h"

namespace rltuner {
namespace {

// Removes what the run before this one left and this one may not replace: a stopped run must never
// resume from the other's checkpoint. Only WriteMatching's rules.toml has a matching.json beside
// it.
void RemoveEarlierRun(const std::filesystem::path& folder) {
  std::error_code ignored;
  CheckpointFolder(folder / "checkpoint", "tuning").Clear();
  std::filesystem::remove(folder / "progress.svg", ignored);
  if (!std::filesystem::exists(folder / "matching.json", ignored)) return;
  std::filesystem::remove(folder / "rules.toml", ignored);
  std::filesystem::remove(folder / "matching.json", ignored);
}

}  // namespace

void CheckKept(const std::filesystem::path& rules, const std::filesystem::path& folder,
               const TuningSetup& setup) {
  std::error_code ignored;
  const bool replaces = setup.features || std::filesystem::exists(folder / "matching.json");
  if (replaces && std::filesystem::equivalent(rules, folder / "rules.toml", ignored)) {
    Fail("--rules {}: the run would replace this file; expected a copy elsewhere", rules.string());
  }
}

TunedFolder TuneInFolder(const std::filesystem::path& folder, const TuningSetup& setup,
                         const TuningRecipe& recipe, TuneOptions options,
                         const TuneFolderCallbacks& callbacks) {
  const TuningOptions& tuning_options = recipe.options;
  const Reward& reward = setup.reward(recipe);
  Check(tuning_options);
  MakeFolder(folder);
  RemoveTemporaryFiles(folder);  // of a run that was killed
  const std::filesystem::path model_path = folder / "model.safetensors";
  options.recipe = setup.recipe;
  options.checkpoint = folder / "checkpoint";
  CheckOutput(model_path);
  CheckOutput(options.checkpoint / "newest.safetensors");
  const std::unique_ptr<Tuning> tuning = StartTuning(setup.model.note_rnn(), reward, tuning_options,
                                                     options.threads, setup.inputs.get());
  TuningRun run(tuning.get(), reward, tuning_options, options);
  if (options.resume) {
    std::vector<std::string> warnings;
    run.Resume(&warnings);
    for (const std::string& warning : warnings) callbacks.run.warn(warning);
    if (run.finished() && !std::filesystem::exists(model_path)) {
      Fail("{}: the run is finished but its model.safetensors is gone; run again without --resume",
           folder.string());
    }
    if (run.finished()) {
      return {TuneFolderEnd::kWasFinished,
              "the run in " + folder.string() + " is finished; there is nothing to resume"};
    }
  }
  WriteFileAtomically(folder / "recipe.toml", setup.recipe);
  if (tuning->iteration() == 0) RemoveEarlierRun(folder);
  callbacks.begun(tuning->iteration());
  if (options.checkpoint_every > tuning_options.iterations) {
    callbacks.run.warn(
        fmt::format("--checkpoint-every {} is more than the run's {} iterations: nothing is saved "
                    "before its end",
                    options.checkpoint_every, tuning_options.iterations));
  }
  const TuningEnd end = run.Run(callbacks.run);
  WriteFileAtomically(folder / "progress.csv", ProgressCsv(run.rows()));
  if (end == TuningEnd::kStopped) {
    return {TuneFolderEnd::kStopped,
            fmt::format("stopped at event {}, saved in {}; resume with the same command and "
                        "--resume",
                        tuning->iteration(), options.checkpoint.string())};
  }
  WriteModel(model_path, ModelOf(tuning->Networks(), tuning_options.method, setup.recipe,
                                 setup.model.encoding));
  WriteFileAtomically(folder / "progress.svg", ProgressChart(run.rows()));
  std::string text;
  if (setup.features) {
    const std::vector<MatchedFeature> matched = Matched(
        *setup.features, tuning->Weights(), tuning->Networks(), tuning_options, options.threads);
    WriteMatching(folder, *setup.features, matched);
    text = MatchingText(matched);
    if (const std::string line = OutOfReach(matched); !line.empty()) callbacks.run.warn(line);
  }
  run.MarkFinished();
  text += fmt::format("model                {}\n", model_path.string()) + ResultText(run.rows());
  if (tuning_options.kl_budget > 0) {
    const Rollouts played = run.PlayMore();
    const double kl = MeanOf(played.kl);
    text += fmt::format(
        "c                    {:.3g}, adapted to a KL budget of {}; KL of {} more "
        "melodies: {:.3f}\n",
        tuning->c(), tuning_options.kl_budget, played.count, kl);
    const std::string far = BudgetWarning(kl, tuning_options.kl_budget);
    if (!far.empty()) callbacks.run.warn(far);
  }
  return {TuneFolderEnd::kFinished, text};
}

}  // namespace rltuner
