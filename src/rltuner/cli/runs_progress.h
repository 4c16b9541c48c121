// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "rltuner/cli/progress.h"
#include "rltuner/experiment/plan.h"

namespace rltuner::cli {

// The progress of an experiment's runs in this process as one bar. How long each took goes to
// seconds.txt in its folder: figures never depend on it. Safe to call from many threads.
class RunsProgress {
 public:
  // `finished` as of FinishedRuns: those are not waited for. Context, plan and folder must outlive
  // the object.
  RunsProgress(const CommandContext& context, const experiment::Plan& plan,
               const std::vector<bool>& finished, const std::filesystem::path& folder);

  void Begin(int run);
  void Tell(int run, double share);  // 0 .. 1
  void End(int run);

  void Warn(const std::string& line);

  // When there are no more runs.
  void Finish() { bar_.Finish(); }

 private:
  void Update();

  const CommandContext& context_;
  const experiment::Plan& plan_;
  const std::filesystem::path& folder_;
  std::mutex mutex_;
  std::vector<double> seconds_;  // estimated, of what is done of each run
  std::vector<double> begun_;    // SteadySeconds
  double done_ = 0;
  int finished_;
  Progress bar_;
};

}  // namespace rltuner::cli
