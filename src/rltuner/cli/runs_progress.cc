// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/runs_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rltuner/core/files.h"
#include "rltuner/experiment/experiment.h"

namespace rltuner::cli {
namespace {

std::int64_t SecondsLeft(const experiment::Plan& plan, const std::vector<bool>& finished) {
  double seconds = 0;
  for (std::size_t run = 0; run < finished.size(); ++run) {
    seconds += finished[run] ? 0 : experiment::EstimatedSeconds(plan.runs[run]);
  }
  return static_cast<std::int64_t>(std::ceil(seconds));
}

}  // namespace

RunsProgress::RunsProgress(const CommandContext& context, const experiment::Plan& plan,
                           const std::vector<bool>& finished, const std::filesystem::path& folder)
    : context_(context),
      plan_(plan),
      folder_(folder),
      seconds_(plan.runs.size()),
      begun_(plan.runs.size()),
      finished_(static_cast<int>(std::count(finished.begin(), finished.end(), true))),
      bar_(context, "reproduce", SecondsLeft(plan, finished), "core seconds") {}

void RunsProgress::Begin(int run) {
  const std::scoped_lock lock(mutex_);
  begun_[static_cast<std::size_t>(run)] = SteadySeconds();
}

void RunsProgress::Tell(int run, double share) {
  const auto index = static_cast<std::size_t>(run);
  const std::scoped_lock lock(mutex_);
  const double seconds = share * experiment::EstimatedSeconds(plan_.runs[index]);
  done_ += seconds - seconds_[index];
  seconds_[index] = seconds;
  Update();
}

void RunsProgress::End(int run) {
  Tell(run, 1);
  const auto index = static_cast<std::size_t>(run);
  const std::scoped_lock lock(mutex_);
  ++finished_;
  Update();
  WriteFileAtomically(experiment::RunFolder(folder_, plan_.runs[index]) / "seconds.txt",
                      fmt::format("{:.1f}\n", SteadySeconds() - begun_[index]));
}

void RunsProgress::Warn(const std::string& line) {
  const std::scoped_lock lock(mutex_);
  context_.Warn(line);
}

void RunsProgress::Update() {
  bar_.Update(static_cast<std::int64_t>(done_),
              fmt::format("{} of {} runs", finished_, plan_.runs.size()));
}

}  // namespace rltuner::cli
