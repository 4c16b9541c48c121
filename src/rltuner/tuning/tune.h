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

#include "rltuner/core/reward.h"
#include "rltuner/core/settings.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// The settings of a tuning run: the recipe's table [tuning]. The defaults are those of the paper's
// results (Jaques et al., 2017, section 4), except that the terminal state is corrected.
// recipes/*.toml have other settings.
struct TuningOptions {
  std::string method = "q";
  double c = 0.5;  // the rules' weight is 1 / c: small = rules, large = data
  // The KL to keep, in nats an event. c then starts at the value above and is adjusted. 0: c is
  // constant.
  double kl_budget = 0;
  double gamma = 0.5;                   // discount of later rewards
  std::int64_t iterations = 1'000'000;  // events played
  int length = 32;                      // events in a composition
  std::int64_t seed = 1;

  std::string exploration = "epsilon-greedy";  // or boltzmann
  double epsilon_start = 1.0, epsilon_end = 0.1;
  double epsilon_share = 0.5;  // share of the run over which epsilon falls, 0 .. 1

  int replay_capacity = 100'000;  // transitions
  int gradient_every = 5;         // iterations between gradient steps
  int minibatch = 32;
  double learning_rate = 1e-3;
  double decay_share = 0;  // pg only: over this last share of the run the rate falls to 0
  double eta = 0.01;       // share of the target network renewed after each gradient step
  double clip_norm = 5.0;
  std::string clipping = "global";  // or tensor
  bool double_q = true;             // Q and RL only: Double Q-learning
  bool terminal = true;             // false: the last event bootstraps from the state after it

  double gae_lambda = 1;         // pg only: below 1 a critic judges events; at 1 whole returns do
  int compositions = 256;        // pg only: compositions in an update
  double reward_floor = -20;     // pg only: lower rewards of the rules count as this one
  double entropy_floor = 0;      // pg only: nats per event; below it, entropy is rewarded
  double entropy_ceiling = 100;  // pg only: nats per event; above it, entropy is penalised

  int progress_every = 20'000;      // iterations between two rows of progress
  int progress_compositions = 100;  // sampled for each row of progress
};

Settings Describe(TuningOptions& options);

// Error for an option outside its range, or if two options contradict each other for
// options.method, such as a replay memory too small for a minibatch.
void Check(const TuningOptions& options);

// Changes `compositions` so that an update has as many events at options->length as it had at
// `length`. Only for methods that play whole updates. One that finds weights keeps `compositions`:
// it measures features, not events.
void KeepEventsPerUpdate(int length, TuningOptions* options);

// A sentence if the run ends before its first gradient step, or if rounding up to whole updates
// makes it longer by a quarter or more; else "".
std::string LengthWarning(const TuningOptions& options);

// The state of the policy: the values of Figure 2 of the paper, and early signs of a collapse.
// Means are per event of sampled compositions, in nats. `loss` and `gradient_norm` are means since
// the previous row.
struct ProgressRow {
  std::int64_t iteration = 0;
  double mean_log_prob = 0;  // log p of the Note RNN
  double mean_reward = 0;    // the rules', unscaled by c
  double kl_to_prior = 0, entropy = 0;
  double distinct = 0;                              // distinct compositions / all
  double epsilon = 0, loss = 0, gradient_norm = 0;  // loss and norm are NaN before learning began
};

// A header and one line per row; NaN is an empty cell.
std::string ProgressCsv(std::span<const ProgressRow> rows);

// The state of a run as a short text for a line of progress.
std::string ProgressText(const ProgressRow& row);

// The result of a run as lines to print: the last row, compared with the first.
std::string ResultText(std::span<const ProgressRow> rows);

// "", or one line that warns that the policy plays few different compositions in the last row. Says
// nothing if the Note RNN, in the first row, does so too.
std::string CollapseWarning(std::span<const ProgressRow> rows);

// "", or one line that warns that the resulting KL is far from its budget.
std::string BudgetWarning(double kl, double budget);

struct TuningCallbacks {
  // Called often, with the iterations done and the newest row.
  std::function<void(std::int64_t iteration, const ProgressRow& row)> progress = {};
  std::function<void(const ProgressRow& row)> measured = {};  // called once with each new row
  // One line for each of LengthWarning, CollapseWarning and BudgetWarning that is not "", and for a
  // damaged checkpoint.
  std::function<void(const std::string& line)> warn = {};
  std::function<bool()> should_stop = {};
  std::function<bool()> should_save = {};  // asked as often as should_stop
};

enum class TuningEnd { kFinished, kStopped };

struct TuneOptions {
  int threads = 1;                            // changes no figure
  std::string recipe = {};                    // TOML to keep in the model; see TuningRecipe
  std::filesystem::path checkpoint = {};      // folder for checkpoints; "" = none are made
  std::int64_t checkpoint_every = 1'000'000;  // iterations; 0: when should_save returns true
  bool resume = false;                        // continue from the checkpoint, if there is one
  const InputRows* inputs = nullptr;          // needed if the model hears more than the event
};

struct TunedModel {
  Model model;
  TuningEnd end = TuningEnd::kFinished;
  std::vector<ProgressRow> rows;
  std::vector<double> weights = {};  // found for a FeatureReward's features; or empty
};

// Tunes the Note RNN of `model`; the same model, reward and options give the same weights. A run
// that is stopped returns what it has learnt so far. Resuming a finished run returns its model and
// writes nothing.
// Error for options that contradict each other, for a run that the command line has finished, and
// in the cases of TuningRun::Run.
TunedModel Tune(const Model& model, const Reward& reward, const TuningOptions& tuning,
                const TuneOptions& options = {}, const TuningCallbacks& callbacks = {});

}  // namespace rltuner
