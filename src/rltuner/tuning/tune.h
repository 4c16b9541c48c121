// SPDX-License-Identifier: Apache-2.0
// From a Note RNN and a reward to a tuned model, in one call:
//
//   RuleSet rules = RuleSet::Named("theory");
//   const TunedModel tuned = Tune(note_rnn, rules, {.method = "psi", .iterations = 100'000});
//   WriteModel("tuned.safetensors", tuned.model);
//
// Any Reward (core/reward.h) and any vocabulary will do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/input_rows.h"
#include "rltuner/core/reward.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {

// How the policy stands: Figure 2 of the paper and what tells a collapse early. Means are per event
// of sampled compositions, in nats; learning figures are means since the row before.
struct ProgressRow {
  std::int64_t iteration = 0;
  double mean_log_prob = 0;  // log p of the Note RNN
  double mean_reward = 0;    // the rules', unscaled by c
  double kl_to_prior = 0, entropy = 0;
  double distinct = 0;  // share of compositions that differ from all others before them
  double epsilon = 0, loss = 0, gradient_norm = 0;  // loss and norm are NaN before learning began
};

// One line a row, with a header; NaN is an empty cell.
std::string ProgressCsv(std::span<const ProgressRow> rows);

// How a run is doing, for a line of progress.
std::string ProgressText(const ProgressRow& row);

// What a run came to, for people: the last row, and the first for comparison. A line each.
std::string ResultText(std::span<const ProgressRow> rows);

// "" or one line that says that the policy plays few different things now.
std::string CollapseWarning(const ProgressRow& row);

// "" or one line that says that the KL that came out is far from its budget.
std::string BudgetWarning(double kl, double budget);

struct TuningRunOptions {
  int threads = 1;                            // for the compositions of progress; changes no figure
  std::int64_t checkpoint_every = 1'000'000;  // iterations; 0: only when should_save says so
  std::string recipe;                         // resolved; a checkpoint of another one is refused
};

struct TuningCallbacks {
  // Often: how far the run is, and the newest row.
  std::function<void(std::int64_t iteration, const ProgressRow& row)> progress = {};
  std::function<void(const ProgressRow& row)> measured = {};  // every row when it is new
  std::function<bool()> should_stop = {};
  std::function<bool()> should_save = {};  // asked as often as should_stop
};

enum class TuningEnd { kFinished, kStopped };

struct TuneOptions {
  int threads = 1;                            // changes no figure
  std::string recipe = {};                    // resolved, kept in the model; see TuningRecipe
  std::filesystem::path checkpoint = {};      // folder for checkpoints; "" = none are made
  std::int64_t checkpoint_every = 1'000'000;  // iterations
  bool resume = false;                        // from the checkpoint, if there is one
  const InputRows* inputs = nullptr;          // of a model with more inputs than the event
};

struct TunedModel {
  Model model;
  TuningEnd end = TuningEnd::kFinished;
  std::vector<ProgressRow> rows;
};

// Tunes the Note RNN of `model`; the same model, reward and options give the same weights. A run
// that is stopped gives what it has learnt so far. Error for options that contradict each other and
// as TuningRun::Run.
TunedModel Tune(const Model& model, const Reward& reward, const TuningOptions& tuning,
                const TuneOptions& options = {}, const TuningCallbacks& callbacks = {});

}  // namespace rltuner
