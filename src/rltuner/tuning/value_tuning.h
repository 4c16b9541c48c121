// SPDX-License-Identifier: Apache-2.0
// Tuning by value learning: Q, Psi, G, RL only (Jaques et al., 2017, section 3; Mnih et al., 2013).
//
//   for each event played:
//     play      in state s, choose action a by the policy and its exploration
//     reward    r = reward(a) / c, plus log p(a|s) where the method rewards likelihood
//     remember  (s, a, r, s') in the replay memory; s' is known when the next event is played
//     learn     at every gradient_every-th event, from a random minibatch of the memory:
//                 y = r + gamma * next_value(s'), by the target network; y = r after the last event
//                 one Adam step on (network(s, a) - y)^2
//                 target network += eta * (network - target network)
//
// value_tuning.cc plays, value_learner.cc learns, replay_buffer.cc remembers, and methods/ define
// next_value. late_likelihood.h adds log p to the rewards before a minibatch needs them. A
// minibatch is drawn before its event is played, so that it is loaded from memory meanwhile.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/tuning/exploration.h"
#include "rltuner/tuning/late_likelihood.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/replay_buffer.h"
#include "rltuner/tuning/tuning.h"
#include "rltuner/tuning/value_learner.h"

namespace rltuner {

// The Note RNN is copied and frozen: it gives log p(a|s) and never learns. Each composition starts
// from zero states and after one priming event, uniform over the vocabulary.
class ValueTuning final : public Tuning {
 public:
  // `method` must outlive the run.
  ValueTuning(const MethodInfo& method, const Network& note_rnn, const Reward& reward,
              const TuningOptions& options, const InputRows* inputs = nullptr);

  void Advance(std::int64_t iterations) override;
  PolicyNetworks Networks() const override;
  void SetNetwork(const Network& network) override;
  double c() const override { return options_.c; }
  void VisitState(StateArchive* archive) override;

 private:
  double Epsilon() const override { return exploration_.Epsilon(iteration_); }
  bool PlaysWithNoteRnn() const { return method_.policy == PolicyForm::kPriorTimesOutputs; }
  void StartComposition();
  void Hear(int event);
  void PlayEvent();  // and remember it
  void StepNoteRnn();
  void RewardLikelihoods();  // adds log p to the rewards of all events that wait for it
  std::span<const float> PolicyLogits();

  TuningOptions options_;
  const MethodInfo& method_;
  Network note_rnn_;
  std::unique_ptr<Reward> reward_;
  std::unique_ptr<InputRows> rows_;  // or null
  ValueLearner learner_;
  Exploration exploration_;
  ReplayBuffer replay_;
  std::optional<LateLikelihood> likelihood_;  // where rewards need log p

  Random play_random_, sample_random_;

  // The composition being played.
  SequenceInputs sequence_;
  int primer_ = 0;                                 // its priming event
  int phase_ = 0;                                  // where in a period the composition begins
  std::vector<std::int32_t> placed_;               // its events so far
  int event_ = 0;                                  // the event that the networks hear next,
  std::vector<int> inputs_;                        // [K], and all that they hear with it
  BatchStepper value_stepper_, note_rnn_stepper_;  // the latter if PlaysWithNoteRnn
  std::vector<float> state_, log_prior_, log_prior_after_, logits_;
  std::vector<int> played_inputs_;  // [K]
};

// For the methods' MethodInfo: the settings that value learning reads (Q reads one more), and how a
// run is made.
inline constexpr std::string_view kQLearningOptions[] = {
    "double_q",       "c",           "gamma",         "exploration",
    "epsilon_start",  "epsilon_end", "epsilon_share", "replay_capacity",
    "gradient_every", "minibatch",   "eta",           "terminal"};
inline constexpr std::span<const std::string_view> kValueTuningOptions =
    std::span(kQLearningOptions).subspan(1);
std::unique_ptr<Tuning> MakeValueTuning(const MethodInfo& method, const Network& note_rnn,
                                        const Reward& reward, const TuningOptions& options,
                                        int threads, const InputRows* inputs);

}  // namespace rltuner
