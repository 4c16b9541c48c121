// SPDX-License-Identifier: Apache-2.0
// Tuning by policy gradient. The paper does not have this method.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/core/reward.h"
#include "rltuner/tuning/critic.h"
#include "rltuner/tuning/kl_budget.h"
#include "rltuner/tuning/policy_learning.h"

namespace rltuner {

// REINFORCE (Williams, 1992) with a KL-regularised reward and full back-propagation through the
// composition. Each update plays a batch of compositions from the policy pi itself; event t of
// composition i is rewarded with
//   max(reward, reward_floor) / c + log p(a|s) - log pi(a|s)
// Its return is the discounted sum of this and all later rewards. Its advantage is its return minus
// the mean return of the other compositions at t, divided by the batch's standard deviation at t.
// At gamma = 1 the optimum is that of Psi and G: it maximises reward / c - KL(pi || Note RNN).
//
// The entropy of a batch is its mean of -log pi. If it is below entropy_floor, the next batch earns
// a bonus for entropy in proportion to the shortfall, because one melody played for ever can
// satisfy the rules. If it is above entropy_ceiling, the next batch earns less than -log pi for
// entropy, in proportion to the excess, but never less than zero. Of two policies with the same KL,
// the one with lower entropy plays melodies that are likelier under the Note RNN.
//
// Threads share an update (PolicyLearning):
//
//   play       slice by slice: networks, draws, rewards     any thread
//   advantages over the batch                               one thread
//   backward   slice by slice, down to the gates' sums      any thread
//   gradient   columns of the weights; of each the sum over steps and compositions, in their order
//   Adam       one thread
class PolicyGradient final : public PolicyLearning {
 public:
  PolicyGradient(const Network& note_rnn, const Reward& reward, const TuningOptions& options,
                 int threads = 1, const InputRows* inputs = nullptr);

  // Plays whole batches: iteration() is rounded up to a multiple of a batch's events.
  void Advance(std::int64_t iterations) override;
  void SetKlBudget(double nats) override { kl_budget_.Set(nats); }
  double c() const override { return kl_budget_.c(); }
  void VisitState(StateArchive* archive) override;

 private:
  void PlayBatch();
  void Play(Slice* slice);
  // Adds the rewards that Play leaves out, if the reward judges whole batches.
  void JudgeBatch();
  // Turns log p in returns_[at] into the reward of policy gradient.
  void AddReward(std::size_t at, float reward);
  // Sets the bonus for entropy of the next batch from the entropy of the last.
  void SetEntropyBonus();
  void ComputeAdvantages();
  void Learn();
  // Computes the gradients of the slice's gates from the advantages; sets losses_.
  void GoBack(Slice* slice);
  double LearningRate() const;

  int batch_, length_;
  std::vector<std::unique_ptr<Reward>> rewards_;  // one per composition
  Random random_;

  std::vector<int> primers_;       // [B]
  std::vector<int> phases_;        // [B], as InputRows::DrawPhase gives them
  std::vector<float> draws_;       // [T, B], uniform in [0, 1)
  std::vector<int> actions_;       // [T, B]
  std::vector<float> log_policy_;  // [T, B] of the actions
  std::vector<float> kl_;          // [T, B] over all actions; only with a KL budget
  std::vector<float> returns_;     // [T, B]: rewards, then returns, then advantages
  std::vector<double> losses_;     // [T, B]
  std::vector<int> judged_;        // [B, T], the actions that JudgeBatch shows
  std::vector<float> judgements_;  // [B, T]

  std::optional<Critic> critic_;  // if gae_lambda is below 1
  KlBudget kl_budget_;
  double entropy_weight_ = 0;  // bonus of the next batch for each nat of entropy
};

}  // namespace rltuner
