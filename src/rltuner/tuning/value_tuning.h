// SPDX-License-Identifier: Apache-2.0
// Tuning by value learning (Q, Psi, G, RL only): one composition after another is played with
// exploration, every event goes into the replay memory, and every few events a gradient step is
// taken on a minibatch of remembered ones (Jaques et al., 2017, section 3; Mnih et al., 2013).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/tuning/deferred_likelihood.h"
#include "rltuner/tuning/exploration.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/replay_buffer.h"
#include "rltuner/tuning/tuning.h"
#include "rltuner/tuning/value_learner.h"

namespace rltuner {

// The Note RNN is copied and frozen: it gives log p(a|s) and never learns. Each composition starts
// from zero states and one priming event, uniform over the vocabulary, which is not part of it.
class ValueTuning final : public Tuning {
 public:
  // `method` must outlive the run.
  ValueTuning(const MethodInfo& method, const Network& note_rnn, const Reward& reward,
              const TuningOptions& options);

  void Advance(std::int64_t iterations) override;
  std::int64_t iteration() const override { return iteration_; }
  const std::string& Failure() const override { return failure_; }
  PolicyNetworks Networks() const override;
  void SetNetwork(const Network& network) override;
  Learning TakeLearning() override;
  void Save(StateWriter* writer) const override;
  void Restore(const StateReader& reader) override;

 private:
  bool PlaysWithNoteRnn() const { return method_.policy == PolicyForm::kPriorTimesOutputs; }
  void StartComposition();
  void PlayEvent();  // the transition that has begun
  void HearNoteRnn();
  std::span<const float> PolicyLogits();
  void DrawMinibatch();
  void RewardLikelihoods();  // of what was played and still lacks them
  void Learn();

  TuningOptions options_;
  const MethodInfo& method_;
  Network note_rnn_;
  std::unique_ptr<Reward> reward_;
  ValueLearner learner_;
  Exploration exploration_;
  ReplayBuffer replay_;
  std::optional<DeferredLikelihood> likelihood_;  // where only rewards need the Note RNN

  std::int64_t iteration_ = 0;
  std::string failure_;
  Random play_random_, sample_random_;

  // The composition being played.
  std::vector<std::int32_t> placed_;               // its events so far
  int event_ = 0;                                  // the event that the networks hear next
  BatchStepper value_stepper_, note_rnn_stepper_;  // the latter where it is played with
  std::vector<float> log_prior_, logits_;

  // Sums since TakeLearning.
  double loss_sum_ = 0, norm_sum_ = 0;
  std::int64_t gradient_steps_ = 0;
};

// What the methods' MethodInfo says: the settings that value learning reads, which for Q are one
// more, and how a run is made.
inline constexpr std::string_view kQLearningOptions[] = {
    "double_q",        "exploration",    "epsilon_start", "epsilon_end", "epsilon_share",
    "replay_capacity", "gradient_every", "minibatch",     "eta",         "terminal"};
inline constexpr std::span<const std::string_view> kValueTuningOptions =
    std::span(kQLearningOptions).subspan(1);
std::unique_ptr<Tuning> MakeValueTuning(const MethodInfo& method, const Network& note_rnn,
                                        const Reward& reward, const TuningOptions& options);

}  // namespace rltuner
