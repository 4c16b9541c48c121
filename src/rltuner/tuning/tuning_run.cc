// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/tuning_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "rltuner/core/error.h"
#include "rltuner/core/hash.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

constexpr std::int64_t kPollEvery = 1000;

// Far from the streams for playing and sampling.
constexpr int kProgressStream = 1 << 20;

// The columns of progress.csv and of checkpoints.
auto Columns(ProgressRow& row) {
  return std::tie(row.iteration, row.mean_log_prob, row.mean_reward, row.kl_to_prior, row.entropy,
                  row.distinct, row.epsilon, row.loss, row.gradient_norm);
}

// Identifies a Note RNN by its weights.
std::string Fingerprint(const Network& network) {
  return fmt::format("{:016x}", Fnv1a(std::as_bytes(network.arena())));
}

}  // namespace

std::string ProgressCsv(std::span<const ProgressRow> rows) {
  std::string text =
      "iteration,mean_log_prob,mean_theory_reward,kl_to_prior,entropy,distinct_compositions,"
      "epsilon,loss,gradient_norm\n";
  for (ProgressRow row : rows) {
    const auto cell = [](double value) {
      return std::isnan(value) ? std::string(",") : fmt::format(",{:.6g}", value);
    };
    std::apply(
        [&](std::int64_t iteration, auto... values) {
          text += std::to_string(iteration);
          ((text += cell(values)), ...);
          text += '\n';
        },
        Columns(row));
  }
  return text;
}

std::string ProgressText(const ProgressRow& row) {
  return fmt::format("log p {:.2f}, rules {:.2f}, KL {:.2f}, epsilon {:.2f}", row.mean_log_prob,
                     row.mean_reward, row.kl_to_prior, row.epsilon);
}

std::string ResultText(std::span<const ProgressRow> rows) {
  const ProgressRow& before = rows.front();
  const ProgressRow& after = rows.back();
  return fmt::format(
      "log p per event      {:.3f} (before {:.3f})\n"
      "rules per event      {:.3f} (before {:.3f}), this run's weights\n"
      "KL to the Note RNN   {:.3f} nats per event\n"
      "distinct melodies    {:.0f} %\n",
      after.mean_log_prob, before.mean_log_prob, after.mean_reward, before.mean_reward,
      after.kl_to_prior, 100 * after.distinct);
}

std::string CollapseWarning(std::span<const ProgressRow> rows) {
  const auto few = [](const ProgressRow& row) { return row.distinct < 0.5 || row.entropy < 0.05; };
  const ProgressRow& row = rows.back();
  if (!few(row) || few(rows.front())) return "";
  return fmt::format(
      "at iteration {} the policy plays few different melodies ({:.0f} % distinct, entropy "
      "{:.2f}); a larger --c or a smaller --kl-budget or --gamma keeps it closer to the data",
      row.iteration, 100 * row.distinct, row.entropy);
}

std::string BudgetWarning(double kl, double budget) {
  if (std::abs(kl - budget) <= 0.1 * budget) return "";
  return fmt::format("KL is {:.3g} nats per event and its budget {:.3g}: raise --iterations", kl,
                     budget);
}

TuningRun::TuningRun(Tuning* tuning, const Reward& reward, const TuningOptions& options,
                     const TuneOptions& run_options)
    : tuning_(tuning),
      reward_(reward),
      options_(options),
      run_options_(run_options),
      folder_(run_options.checkpoint, "tuning"),
      divergence_(options, tuning->Networks().network->arena()) {}

bool TuningRun::Resume(std::vector<std::string>* warnings) {
  const std::optional<SafetensorsFile> file = folder_.Load(warnings);
  if (!file) return false;
  RequireSameMetadata(*file, "recipe", run_options_.recipe, "the recipe");
  RequireSameMetadata(*file, "note_rnn", Fingerprint(*tuning_->Networks().note_rnn),
                      "the Note RNN's weights");
  StateArchive archive(*file);
  archive.Table<double>("progress", &rows_, Columns, true);
  finished_ = file->Metadata("finished") == "true";
  if (!finished_) tuning_->VisitState(&archive);
  return true;
}

void TuningRun::Measure() {
  RolloutOptions rollout;
  rollout.length = options_.length;
  rollout.seed = static_cast<std::uint64_t>(options_.seed);
  rollout.first_stream = kProgressStream;
  rollout.threads = reward_.JudgesBatches() ? 1 : run_options_.threads;
  rollout.reward = &reward_;
  const Rollouts played =
      SampleRollouts(tuning_->Networks(), rollout, options_.progress_compositions);
  std::set<std::vector<int>> distinct;
  for (int i = 0; i < played.count; ++i) {
    const auto first = played.actions.begin() + static_cast<std::ptrdiff_t>(i) * played.length;
    distinct.emplace(first, first + played.length);
  }
  const Tuning::Learning learning = tuning_->TakeLearning();
  rows_.push_back({.iteration = tuning_->iteration(),
                   .mean_log_prob = MeanOf(played.log_prior),
                   .mean_reward = MeanOf(played.rewards),
                   .kl_to_prior = MeanOf(played.kl),
                   .entropy = MeanOf(played.entropy),
                   .distinct = static_cast<double>(distinct.size()) / played.count,
                   .epsilon = learning.epsilon,
                   .loss = learning.loss,
                   .gradient_norm = learning.gradient_norm});
}

Rollouts TuningRun::PlayMore() const {
  return SampleRollouts(tuning_->Networks(),
                        {.length = options_.length,
                         .seed = static_cast<std::uint64_t>(options_.seed),
                         .threads = run_options_.threads},
                        2000);
}

void TuningRun::Save(bool finished) {
  if (folder_.path().empty()) return;
  StateArchive archive;
  archive.Table<double>("progress", &rows_, Columns, true);
  if (!finished) tuning_->VisitState(&archive);
  folder_.Save(archive.tensors(), {{"recipe", run_options_.recipe},
                                   {"note_rnn", Fingerprint(*tuning_->Networks().note_rnn)},
                                   {"finished", finished ? "true" : "false"}});
}

void TuningRun::CheckHealth() const {
  std::string failure = tuning_->Failure();
  if (failure.empty()) {
    failure = divergence_.Look(tuning_->iteration(), tuning_->Networks().network->arena());
  }
  if (failure.empty()) return;
  Fail("tuning failed at {}; {}", failure,
       !folder_.path().empty() && folder_.HasAny()
           ? "the last good checkpoint is in " + folder_.path().string()
           : "no checkpoint was made yet; a smaller learning rate may help");
}

TuningEnd TuningRun::Run(const TuningCallbacks& callbacks) {
  const auto warn = [&](const std::string& line) {
    if (callbacks.warn && !line.empty()) callbacks.warn(line);
    return !line.empty();
  };
  warn(LengthWarning(options_));
  bool collapsed = false;
  const auto measure = [&] {
    Measure();
    if (callbacks.measured) callbacks.measured(rows_.back());
    collapsed = collapsed || warn(CollapseWarning(rows_));
  };
  if (rows_.empty()) measure();
  // 0 for "never".
  const auto next_multiple = [&](std::int64_t of) {
    return of <= 0 ? INT64_MAX : (tuning_->iteration() / of + 1) * of;
  };
  while (tuning_->iteration() < options_.iterations) {
    const std::int64_t begin = tuning_->iteration();
    tuning_->Advance(std::min({options_.iterations, next_multiple(kPollEvery),
                               divergence_.NextLook(begin), next_multiple(options_.progress_every),
                               next_multiple(run_options_.checkpoint_every)}) -
                     begin);
    const std::int64_t end = tuning_->iteration();
    const bool done = end >= options_.iterations;
    const auto passed = [&](std::int64_t every) {
      return every > 0 && end / every != begin / every;
    };
    CheckHealth();
    if (passed(options_.progress_every) || done) measure();
    if (callbacks.progress) callbacks.progress(end, rows_.back());
    if (done) break;
    const bool stop = callbacks.should_stop && callbacks.should_stop();
    const bool due = callbacks.should_save && callbacks.should_save();
    if (stop || due || passed(run_options_.checkpoint_every)) Save(false);
    if (stop) return TuningEnd::kStopped;
  }
  return TuningEnd::kFinished;
}

void TuningRun::MarkFinished() {
  // Twice, to replace both the newest checkpoint and the previous one.
  Save(true);
  Save(true);
  finished_ = true;
}

TunedModel Tune(const Model& model, const Reward& reward, const TuningOptions& tuning_options,
                const TuneOptions& options, const TuningCallbacks& callbacks) {
  const std::unique_ptr<Tuning> tuning =
      StartTuning(model.note_rnn(), reward, tuning_options, options.threads, options.inputs);
  TuningRun run(tuning.get(), reward, tuning_options, options);
  std::vector<std::string> warnings;
  if (options.resume && !options.checkpoint.empty()) run.Resume(&warnings);
  if (callbacks.warn) std::ranges::for_each(warnings, callbacks.warn);
  if (run.finished()) {
    Fail("{}: the run is finished and its weights are not there; load its model instead",
         options.checkpoint.string());
  }
  const bool was_done = tuning->iteration() >= tuning_options.iterations;
  const TuningEnd end = was_done ? TuningEnd::kFinished : run.Run(callbacks);
  if (!was_done && end == TuningEnd::kFinished) {
    run.Save(false);
    const double budget = tuning_options.kl_budget;
    std::string far;
    if (callbacks.warn && budget > 0) far = BudgetWarning(MeanOf(run.PlayMore().kl), budget);
    if (!far.empty()) callbacks.warn(far);
  }
  const std::span<const double> weights = tuning->Weights();
  return {
      .model = ModelOf(tuning->Networks(), tuning_options.method, options.recipe, model.encoding),
      .end = end,
      .rows = {run.rows().begin(), run.rows().end()},
      .weights = {weights.begin(), weights.end()}};
}

}  // namespace rltuner
