// SPDX-License-Identifier: Apache-2.0
// A tuning in a folder, as `rltuner tune` leaves it:
//   model.safetensors  the tuned model
//   recipe.toml        every setting that was used
//   progress.csv, progress.svg (Figure 2 of the paper)
//   rules.toml, matching.json (with a method that finds weights: these, and what they achieve)
//   checkpoint/        where a stopped run resumes
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "rltuner/recipes/recipes.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

struct TuneFolderCallbacks {
  // Gets the event at which the run begins: not 0 if it resumes. Not called for a finished run.
  std::function<void(std::int64_t iteration)> begun;
  TuningCallbacks run;
};

// Error if a run in `folder` would replace or remove the file of rules that it was given.
void CheckKept(const std::filesystem::path& rules, const std::filesystem::path& folder,
               const TuningSetup& setup);

enum class TuneFolderEnd { kFinished, kWasFinished, kStopped };
struct TunedFolder {
  TuneFolderEnd end;
  std::string text;  // lines to print: the result, or what to do next
};

// Runs the tuning that SetUpTuning prepared. Its recipe and inputs, and the folder's checkpoints,
// replace those of `options`. A checkpoint of another recipe is refused. Warns if the run would
// learn or save nothing with these options. Error for options that contradict each other, or if the
// run is finished but its model is missing. TuningRun::Run may throw further Errors. A run that
// starts from the beginning replaces an earlier one in the folder, whose model stays until the new
// one is written.
TunedFolder TuneInFolder(const std::filesystem::path& folder, const TuningSetup& setup,
                         const TuningRecipe& tuning, TuneOptions options,
                         const TuneFolderCallbacks& callbacks);

}  // namespace rltuner
