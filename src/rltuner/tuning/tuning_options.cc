// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/tuning_options.h"

#include "rltuner/core/error.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {

Settings Describe(TuningOptions& options) {
  constexpr int kMany = 1'000'000'000;
  constexpr double kLeast = 1e-9;  // of what would stop all learning at 0
  Settings settings("tuning");
  settings.Add("method", &options.method, MethodNames(), "tuning method")
      .Add("c", &options.c, 1e-6, 1e6,
           "weight of the data against the rules: reward = log p + rules / c")
      .Add("gamma", &options.gamma, 0, 1, "discount of later rewards")
      .Add("iterations", &options.iterations, std::int64_t{1}, std::int64_t{1'000'000'000'000},
           "length of the run in events played")
      .Add("length", &options.length, 1, 100'000, "events in a composition (16 a bar of 4/4)")
      .Add("seed", &options.seed, std::int64_t{0}, INT64_MAX, "seed of every random choice")
      .Add("exploration", &options.exploration, {"epsilon-greedy", "boltzmann"},
           "how actions are chosen while learning")
      .Add("epsilon_start", &options.epsilon_start, 0, 1,
           "epsilon-greedy: share of random actions at the start")
      .Add("epsilon_end", &options.epsilon_end, 0, 1,
           "epsilon-greedy: share of random actions in the end")
      .Add("epsilon_share", &options.epsilon_share, 0, 1,
           "share of the run over which epsilon falls")
      .Add("replay_capacity", &options.replay_capacity, 2, kMany,
           "transitions that the replay memory holds")
      .Add("gradient_every", &options.gradient_every, 1, kMany,
           "iterations between two gradient steps")
      .Add("minibatch", &options.minibatch, 1, 65'536, "transitions in a gradient step")
      .Add("learning_rate", &options.learning_rate, kLeast, 1e3, "Adam's learning rate")
      .Add("eta", &options.eta, kLeast, 1, "share of the target network renewed by a gradient step")
      .Add("clip_norm", &options.clip_norm, 1e-9, 1e9, "longest gradient allowed")
      .Add("clipping", &options.clipping, {"global", "tensor"},
           "whether the norm is taken over all weights or tensor by tensor")
      .Add("double_q", &options.double_q, "Double Q-learning")
      .Add("terminal", &options.terminal,
           "a composition's last event has no future; false bootstraps from the state after it")
      .Add("compositions", &options.compositions, 2, 65'536, "compositions in an update")
      .Add("reward_floor", &options.reward_floor, -1e9, 0,
           "an event's reward by the rules counts as no less than this")
      .Add("entropy_floor", &options.entropy_floor, 0, 100,
           "the policy is paid for variety while its entropy per event is lower, in nats")
      .Add("entropy_ceiling", &options.entropy_ceiling, 0, 100,
           "the policy pays for variety while its entropy per event is higher, in nats")
      .Add("progress_every", &options.progress_every, 1, kMany,
           "iterations between two rows of progress.csv")
      .Add("progress_compositions", &options.progress_compositions, 1, 1'000'000,
           "compositions sampled for each of those rows");
  return settings;
}

void Check(const TuningOptions& options) {
  if (MethodNamed(options.method).on_policy) {
    if (options.entropy_floor > options.entropy_ceiling) {
      Fail("entropy_floor {} is above entropy_ceiling {}; expected one of at most the ceiling",
           options.entropy_floor, options.entropy_ceiling);
    }
    return;
  }
  // The newest transition cannot be drawn: the state after it is not known yet.
  if (options.replay_capacity <= options.minibatch) {
    Fail(
        "replay_capacity {} and minibatch {}: nothing would be learnt; expected a replay memory "
        "larger than the minibatch",
        options.replay_capacity, options.minibatch);
  }
  if (options.exploration == "epsilon-greedy" && options.epsilon_start < options.epsilon_end) {
    Fail(
        "epsilon_start {} is below epsilon_end {}; expected one of at least that, as epsilon falls",
        options.epsilon_start, options.epsilon_end);
  }
}

std::string WhyNothingIsLearnt(const TuningOptions& options) {
  const std::int64_t last = options.iterations / options.gradient_every * options.gradient_every;
  if (MethodNamed(options.method).on_policy || last > options.minibatch) return "";
  return fmt::format(
      "{} iterations end before the first gradient step (gradient_every {}, minibatch {}): the "
      "model "
      "stays as it was",
      options.iterations, options.gradient_every, options.minibatch);
}

}  // namespace rltuner
