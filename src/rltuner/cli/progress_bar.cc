// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/progress_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "rltuner/evaluation/metric_text.h"

namespace rltuner::cli {
namespace {

constexpr double kTerminalInterval = 0.1;  // seconds
constexpr double kPlainInterval = 5;
constexpr double kLeastSecondsBetweenSaves = 30;
constexpr double kLargestShareOfSaving = 0.005;

// 21800 -> "21,800", 3.25 -> "3.2"
std::string RateText(double rate) {
  return rate < 100 ? fmt::format("{:.1f}", rate) : Grouped(std::llrint(rate));
}

}  // namespace

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ProgressBar::ProgressBar(const CommandContext& context, std::string title, std::int64_t total,
                         std::string unit, std::int64_t done, Clock clock)
    : context_(context),
      title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      first_(done),
      done_(done),
      clock_(clock ? std::move(clock) : SteadySeconds),
      start_(clock_()),
      last_(start_) {}

ProgressBar::~ProgressBar() {
  if (shown_ > 0 && !finished_) context_.err() << std::endl;
}

std::string ProgressBar::Line(double now, std::string_view note) const {
  const double elapsed = now - start_;
  const double rate = elapsed > 0 ? static_cast<double>(done_ - first_) / elapsed : 0;
  std::string line = title_;
  if (total_ > 0) {
    const double share =
        std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0., 1.);
    if (context_.console.err_is_terminal) {
      constexpr int kBar = 24;
      const auto filled = static_cast<std::size_t>(share * kBar);
      line += " [" + std::string(filled, '#') + std::string(kBar - filled, '.') + ']';
    }
    line += fmt::format(" {:3.0f} % {}/{}", std::floor(100 * share), done_, total_);
  } else {
    line += fmt::format(" {}", done_);
  }
  line += fmt::format(" {}, {}/s", unit_, RateText(rate));
  if (total_ > 0 && rate > 0 && done_ < total_) {
    line += fmt::format(", {} left", DurationText(static_cast<double>(total_ - done_) / rate));
  }
  if (!note.empty()) line += fmt::format(", {}", note);
  return line;
}

void ProgressBar::Clear() {
  if (shown_ == 0) return;
  context_.err() << '\r' << std::string(shown_, ' ') << '\r';
  shown_ = 0;
}

void ProgressBar::Update(std::int64_t done, std::string_view note) {
  if (context_.quiet) return;
  const std::scoped_lock lock(mutex_);
  done_ = std::max(done_, done);
  const double now = clock_();
  const bool terminal = context_.console.err_is_terminal;
  if (now - last_ < (terminal ? kTerminalInterval : kPlainInterval)) return;
  last_ = now;
  std::string line = Line(now, note);
  if (terminal) {
    // Cut to the width, because a bar that wraps cannot be drawn over.
    line.resize(std::min(line.size(), static_cast<std::size_t>(context_.console.width - 1)));
    const std::size_t before = shown_;
    shown_ = line.size();
    context_.err() << '\r' << line << std::string(before - std::min(before, shown_), ' ')
                   << std::flush;
  } else {
    context_.err() << line << std::endl;
  }
}

void ProgressBar::Finish(std::string_view note) {
  if (context_.quiet || finished_) return;
  const std::scoped_lock lock(mutex_);
  finished_ = true;
  Clear();
  const double elapsed = clock_() - start_;
  const double rate = elapsed > 0 ? static_cast<double>(done_ - first_) / elapsed : 0;
  context_.err() << fmt::format("{}: {} {} in {}, {}/s{}{}", title_, done_, unit_,
                                DurationText(elapsed), RateText(rate), note.empty() ? "" : ", ",
                                note)
                 << std::endl;
}

TasksProgress::TasksProgress(const CommandContext& context, std::string title,
                             std::vector<double> seconds, const std::vector<bool>& finished)
    : seconds_(std::move(seconds)),
      shares_(finished.begin(), finished.end()),
      finished_(std::ranges::count(finished, true)),
      bar_(context, std::move(title),
           std::llround(std::ceil(std::inner_product(
               seconds_.begin(), seconds_.end(), shares_.begin(), 0.0, std::plus<>(),
               [](double all, double share) { return all * (1 - share); }))),
           "core seconds") {}

void TasksProgress::Update(int task, double share) {
  const auto index = static_cast<std::size_t>(task);
  if (shares_[index] < 1 && share == 1) ++finished_;
  done_ += (share - shares_[index]) * seconds_[index];
  shares_[index] = share;
  bar_.Update(std::llround(done_), fmt::format("{} of {} runs", finished_, shares_.size()));
}

CheckpointPace::CheckpointPace(ProgressBar::Clock clock)
    : clock_(clock ? std::move(clock) : SteadySeconds), last_(clock_()) {}

bool CheckpointPace::Due() {
  const double now = clock_();
  if (saved_) cost_ = std::max(cost_, now - last_);
  saved_ = now - last_ >= std::max(kLeastSecondsBetweenSaves, cost_ / kLargestShareOfSaving);
  if (saved_) last_ = now;
  return saved_;
}

}  // namespace rltuner::cli
