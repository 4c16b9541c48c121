// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/cli/command.h"

namespace rltuner::cli {

// Shows progress, rate and time left of a long loop on standard error: on a terminal by a bar that
// redraws itself, elsewhere by a line every few seconds. With --quiet it shows nothing.
class ProgressBar {
 public:
  // Seconds since any fixed moment; tests pass their own.
  using Clock = std::function<double()>;

  // `unit` is plural ("iterations"). total 0 = not known. `done` is where a resumed run begins.
  ProgressBar(const CommandContext& context, std::string title, std::int64_t total,
              std::string unit, std::int64_t done = 0, Clock clock = {});
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Call as often as you like: prints at most ten times a second (terminal) or every five seconds.
  // `note` is shown behind the bar ("log p -1.20"). Safe to call from many threads.
  void Update(std::int64_t done, std::string_view note = {});

  // Shows the last line, with the total time; do not call Update afterwards. Without Finish the bar
  // stays as it is.
  void Finish(std::string_view note = {});

 private:
  std::string Line(double now, std::string_view note) const;
  void Clear();

  const CommandContext& context_;
  std::string title_, unit_;
  std::int64_t total_, first_, done_;
  Clock clock_;
  double start_, last_ = 0;
  std::size_t shown_ = 0;  // columns of the bar on the terminal, 0 = none
  bool finished_ = false;
  std::mutex mutex_;
};

// One bar for tasks that run side by side, weighted by the seconds that each is estimated to take.
class TasksProgress {
 public:
  // The bar counts only tasks that are not `finished`.
  TasksProgress(const CommandContext& context, std::string title, std::vector<double> seconds,
                const std::vector<bool>& finished);

  void Update(int task, double share);  // 0 .. 1
  void Finish() { bar_.Finish(); }

 private:
  std::vector<double> seconds_, shares_;
  std::int64_t finished_;
  double done_ = 0;  // of the seconds
  ProgressBar bar_;
};

// When a long run should save: every half minute, or less often if saving would take more than 0.5
// % of the time. A kill thus loses at most half a minute of work or 200 times the time of a save,
// whichever is more.
class CheckpointPace {
 public:
  explicit CheckpointPace(ProgressBar::Clock clock = {});

  // Returns true when it is time to save. Call it often: after it has returned true, the time until
  // its next call counts as the cost of the save.
  bool Due();

 private:
  ProgressBar::Clock clock_;
  double last_;         // when a save was last due
  double cost_ = 0;     // seconds that the slowest save so far took
  bool saved_ = false;  // since the previous Due
};

// Seconds since some fixed moment; never runs backwards.
double SteadySeconds();

}  // namespace rltuner::cli
