// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/core/reward.h"
#include "rltuner/tuning/maximum_entropy.h"
#include "rltuner/tuning/policy_learning.h"

namespace rltuner {

// Learns weights w and network together. The goal is the policy nearest to the Note RNN p whose
// melodies have the target means of the features f: pi = p exp(w . f) / Z. A round:
//   play N compositions with the policy pi, and measure their features;
//   weight them by (p / pi)^k exp(v . f), and find v so that the weighted means come as near to the
//       targets as an effective sample size of kLeastEffective allows (maximum_entropy.h). Once
//       they reach the targets, each round raises them by a part of what the network still lacks;
//   draw N compositions by these weights, and train on them once by maximum likelihood. A part of
//       every event's target is the Note RNN's own distribution.
// This moves pi to pi^(1 - k) (p exp(w . f))^k with w = v / k: a proximal step, whose fixed point is
// the goal. Full steps (k = 1) fail, because p / pi of a whole melody varies too much. Policy
// gradient fails too: the Note RNN rarely plays what is rewarded, such as a bar that returns, and
// the reward comes long after its cause. Threads share the playing and the learning, without
// changing a bit.
class Match final : public PolicyLearning {
 public:
  // Error unless the reward is a FeatureReward.
  Match(const Network& note_rnn, const Reward& reward, const TuningOptions& options, int threads,
        const InputRows* inputs = nullptr);

  // Plays whole rounds, as policy gradient plays whole batches.
  void Advance(std::int64_t iterations) override;
  double c() const override { return 1; }
  void VisitState(StateArchive* archive) override;
  std::span<const double> Weights() const override { return weights_; }

 private:
  static Cut CutOf(const TuningOptions& options, int threads);

  void Play();
  std::vector<double> Goals();
  void FindWeights();
  std::vector<std::uint32_t> Draw();
  void Learn(const std::vector<std::uint32_t>& drawn);
  // Computes the gradients of a slice's gates from its sequences; sets losses_.
  void GoBack(std::span<const std::uint32_t> drawn, Slice* slice);
  double LearningRate() const;

  int threads_, round_size_, length_, minibatch_;
  std::unique_ptr<FeatureReward> reward_;
  std::vector<int> table_of_;
  std::vector<double> losses_;  // [T, minibatch]
  Random random_;
  std::vector<double> weights_;      // [F]
  std::vector<double> corrections_;  // [F] added to the targets
  std::int64_t within_reach_ = 0;    // whether the last round could go all the way to its goals
  std::int64_t rounds_ = 0;

  // The present round.
  std::vector<std::uint8_t> events_;  // [N, 1 + T], each after its primer
  std::vector<int> phases_;           // [N]
  FeatureSamples samples_;            // log weights: log p - log pi + the reward's fixed part
  std::vector<double> shares_;        // [N] how often to learn each
};

}  // namespace rltuner
