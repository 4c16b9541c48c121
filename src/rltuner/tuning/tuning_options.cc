// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "rltuner/core/error.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {
namespace {

constexpr int kFewestCompositions = 2, kMostCompositions = 65'536;  // in an update

}  // namespace

Settings Describe(TuningOptions& options) {
  constexpr int kMany = 1'000'000'000;
  constexpr double kLeast = 1e-9;  // for settings that would stop all learning at 0
  Settings settings("tuning");
  settings
      .Add("method", &options.method, MethodNames(),
           "Tuning method. pg gives the most varied melodies; q, psi and g are the paper's.")
      .Add("c", &options.c, 1e-6, 1e6,
           "Weight of the data against the rules: reward = log p + rules / c. Lower it to hear "
           "more of the rules, raise it to stay closer to the data. Its effect differs between "
           "Note RNNs; with pg, a KL budget is easier to set.")
      .Add("kl_budget", &options.kl_budget, 0, 100,
           "Keeps KL at this many nats per event, by changing c; 0 leaves c as it is. A budget "
           "replaces entropy floor and ceiling. Raise it to hear more of the rules.")
      .Add("gamma", &options.gamma, 0, 1,
           "Discount of later rewards. Raise it if rewards come late, as for a motif's return. "
           "With a high value, the policy learns more slowly.")
      .Add("iterations", &options.iterations, std::int64_t{1}, std::int64_t{1'000'000'000'000},
           "Length of the run in events played; pg and match end with a whole update. Raise it if "
           "the curves of progress.svg still rise at the end.")
      .Add("length", &options.length, 1, 100'000,
           "Events in a composition; 16 are a bar of 4/4. Set it to the length that you will "
           "generate: some rules look at the ending.")
      .Add("seed", &options.seed, 0, kNoMaximum,
           "Seed of every random choice. Tune with several to see how much is chance.")
      .Add("exploration", &options.exploration, {"epsilon-greedy", "boltzmann"},
           "How events are chosen while learning. boltzmann follows the policy's own "
           "probabilities; epsilon-greedy also tries unlikely events.")
      .Add("epsilon_start", &options.epsilon_start, 0, 1,
           "epsilon-greedy: share of random events at the start. Lower it to start from melodies "
           "like the Note RNN's.")
      .Add("epsilon_end", &options.epsilon_end, 0, 1,
           "epsilon-greedy: share of random events at the end. Lower it for cleaner melodies while "
           "learning, raise it to keep exploring.")
      .Add("epsilon_share", &options.epsilon_share, 0, 1,
           "Share of the run over which epsilon falls. Raise it if the policy settles too early on "
           "one kind of melody.")
      .Add("replay_capacity", &options.replay_capacity, 2, kMany,
           "Transitions in the replay memory. Lower it to forget early melodies sooner, or to save "
           "memory.")
      .Add("gradient_every", &options.gradient_every, 1, kMany,
           "Iterations between two gradient steps. Lower it to learn more from each event; the run "
           "takes longer.")
      .Add("minibatch", &options.minibatch, 1, 65'536,
           "Transitions in a gradient step. Raise it for steadier steps; each takes longer.")
      .Add("learning_rate", &options.learning_rate, kLeast, 1e3,
           "Adam's learning rate. Lower it if the curves jump or collapse, raise it if they hardly "
           "move.")
      .Add("decay_share", &options.decay_share, 0, 1,
           "The last share of the run, over which the learning rate falls to 0; at least 0.4 with "
           "a kl_budget. Raise it to come nearer to the best policy in a long run.")
      .Add("eta", &options.eta, kLeast, 1,
           "Share of the target network renewed by a gradient step. Lower it if values diverge, "
           "raise it to learn faster.")
      .Add(
          "clip_norm", &options.clip_norm, 1e-9, 1e9,
          "Largest norm of a gradient; a longer one is shortened. Lower it if the loss has spikes.")
      .Add("clipping", &options.clipping, {"global", "tensor"},
           "Whether the norm is taken over all weights or tensor by tensor. With tensor, a spike "
           "in one layer does not slow the others.")
      .Add("double_q", &options.double_q,
           "Double Q-learning, which does not overestimate values. Turn it off to do as the "
           "original program did.")
      .Add("terminal", &options.terminal,
           "A composition's last event has no next state. Turn it off to bootstrap from the state "
           "after it, as the original program did.")
      .Add("compositions", &options.compositions, kFewestCompositions, kMostCompositions,
           "Compositions in an update. With more, updates are steadier but fewer. If you give "
           "another length and not this, an update keeps its number of events.")
      .Add("gae_lambda", &options.gae_lambda, 0, 1,
           "1 judges an event by all rewards that follow it. Below 1 a critic estimates later "
           "rewards, and each further event counts less by this factor. Try 0.95 for a better "
           "policy from the same number of events; each event takes a fifth longer.")
      .Add("reward_floor", &options.reward_floor, -1e9, 0,
           "Lowest reward of an event by the rules; lower rewards count as this one. Raise it if a "
           "few heavy penalties dominate all updates.")
      .Add("entropy_floor", &options.entropy_floor, 0, 100,
           "Entropy in nats per event below which the policy is rewarded for variety. Raise it if "
           "melodies repeat each other.")
      .Add("entropy_ceiling", &options.entropy_ceiling, 0, 100,
           "Entropy in nats per event above which variety is penalised. Lower it if melodies "
           "become unlikely or random.")
      .Add("progress_every", &options.progress_every, 1, kMany,
           "Iterations between two rows of progress.csv. Raise it to save time: each row plays "
           "compositions of its own.")
      .Add("progress_compositions", &options.progress_compositions, 1, 1'000'000,
           "Compositions sampled for each row of progress.csv. More make smoother curves and take "
           "longer.");
  return settings;
}

void Check(const TuningOptions& options) {
  CheckFields(options);
  if (options.kl_budget > 0 && !MethodNamed(options.method).Takes("kl_budget")) {
    Fail(
        "kl_budget {}: method {} cannot hold a KL, because what it learns from belongs to one c; "
        "expected method {}",
        options.kl_budget, options.method, MethodsTaking("kl_budget"));
  }
  if (MethodNamed(options.method).on_policy) {
    if (options.kl_budget == 0 && options.entropy_floor > options.entropy_ceiling) {
      Fail("entropy_floor {} is above entropy_ceiling {}; expected at most the ceiling",
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
    Fail("epsilon_start {} is below epsilon_end {}; expected at least that, because epsilon falls",
         options.epsilon_start, options.epsilon_end);
  }
}

void KeepEventsPerUpdate(int length, TuningOptions* options) {
  const MethodInfo* const method = FindMethod(options->method);
  if (method == nullptr || !method->on_policy || method->finds_weights) return;
  const std::int64_t events = std::int64_t{options->compositions} * length;
  options->compositions = static_cast<int>(
      std::clamp<std::int64_t>(events / options->length, kFewestCompositions, kMostCompositions));
}

std::string LengthWarning(const TuningOptions& options) {
  const std::int64_t step = EventsPerStep(options);
  if (MethodNamed(options.method).on_policy) {
    const std::int64_t played = (options.iterations + step - 1) / step * step;
    if (4 * played < 5 * options.iterations) return "";
    return fmt::format(
        "method {} plays whole updates of {} compositions: {} events instead of {}; fewer "
        "--compositions make an update shorter",
        options.method, options.compositions, played, options.iterations);
  }
  if (options.iterations / step * step > options.minibatch) return "";
  return fmt::format(
      "{} iterations end before the first gradient step (gradient_every {}, minibatch {}): the "
      "model stays as it was",
      options.iterations, options.gradient_every, options.minibatch);
}

}  // namespace rltuner
