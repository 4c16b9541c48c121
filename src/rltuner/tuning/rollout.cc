// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/rollout.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>

#include "rltuner/core/error.h"
#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/policy.h"

namespace rltuner {
namespace {

struct Divergence {
  float entropy, kl;
};

// Sums in eight lanes, which compilers turn into vector instructions. The lanes are doubles, which
// hold a product of two floats exactly, so it makes no difference whether the compiler fuses the
// product into the sum.
Divergence Measure(std::span<const float> probabilities, std::span<const float> log_policy,
                   std::span<const float> log_prior) {
  constexpr std::size_t kLanes = 8;
  constexpr float kLeast = -1e30F;  // 0 * -infinity is no number, 0 * kLeast is 0
  double entropy[kLanes] = {};
  double kl[kLanes] = {};
  const auto add = [&](std::size_t a, std::size_t lane) {
    const float log_pi = std::max(log_policy[a], kLeast);
    const double probability = probabilities[a];
    entropy[lane] -= probability * log_pi;
    kl[lane] += probability * (log_pi - log_prior[a]);
  };
  std::size_t a = 0;
  for (; a + kLanes <= probabilities.size(); a += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(a + lane, lane);
  }
  for (; a < probabilities.size(); ++a) add(a, a % kLanes);
  double entropy_sum = 0;
  double kl_sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    entropy_sum += entropy[lane];
    kl_sum += kl[lane];
  }
  // Rounding can leave a hair below 0.
  return {.entropy = static_cast<float>(std::max(entropy_sum, 0.0)),
          .kl = static_cast<float>(std::max(kl_sum, 0.0))};
}

constexpr std::uint64_t kPhases = 0x706861736573;  // changes the seed

// One thread's memory: a policy for a batch and the records of its sequences, each array [B, L].
class Player {
 public:
  Player(const PolicyNetworks& networks, const RolloutOptions& options)
      : networks_(networks),
        options_(options),
        policy_(networks, options.batch),
        events_(options.batch),
        phases_(options.batch),
        drawn_primers_(options.batch),
        primers_(options.batch),
        given_actions_(options.batch),
        log_policy_(policy_.vocabulary()),
        actions_(Size()),
        log_prior_(Size()),
        log_policies_(Size()),
        entropy_(Size()),
        kl_(Size()),
        probabilities_((options.keep_probabilities ? Size() : 1) * policy_.vocabulary()) {
    if (options.reward == nullptr) return;
    rewards_.resize(Size());
    reward_ = options.reward->Clone();
  }

  void Play(int first, int rows, const TrajectoryVisitor& visit, int thread) {
    Prime(first, rows);
    for (int t = 0; t < options_.length; ++t) {
      if (options_.poll) options_.poll();
      for (int row = 0; row < rows; ++row) events_[row] = Act(first + row, row, t);
      if (t + 1 < options_.length) policy_.Step(std::span(events_).first(rows));
    }
    if (reward_) {
      const std::size_t size = At(rows, 0);
      reward_->Judge(std::span(actions_).first(size), options_.length, phases_,
                     std::span(rewards_).first(size));
    }
    for (int row = 0; row < rows; ++row) {
      visit(TrajectoryOf(first + row, row), thread);
    }
  }

 private:
  std::size_t Size() const {
    return static_cast<std::size_t>(options_.batch) * static_cast<std::size_t>(options_.length);
  }
  std::size_t At(int row, int t) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(options_.length) +
           static_cast<std::size_t>(t);
  }

  void Prime(int first, int rows) {
    randoms_.clear();
    for (int row = 0; row < rows; ++row) {
      randoms_.emplace_back(options_.seed,
                            static_cast<std::uint64_t>(options_.first_stream) + first + row);
      const GivenSequence given = options_.given ? options_.given(first + row) : GivenSequence();
      given_actions_[row] = given.actions;
      phases_[row] = given.primer.empty() ? PhaseOf(networks_, options_, first + row) : given.phase;
      primers_[row] = given.primer.empty() ? std::span<const int>(options_.primer) : given.primer;
      if (!primers_[row].empty()) continue;
      drawn_primers_[row] =
          static_cast<int>(randoms_[row].Below(static_cast<std::uint32_t>(policy_.vocabulary())));
      primers_[row] = std::span(drawn_primers_).subspan(row, 1);
    }
    policy_.Reset(static_cast<int>(primers_[0].size()), options_.length,
                  std::span(phases_).first(rows));
    for (std::size_t i = 0; i < primers_[0].size(); ++i) {
      for (int row = 0; row < rows; ++row) {
        assert(primers_[row].size() == primers_[0].size());
        events_[row] = primers_[row][i];
      }
      policy_.Step(std::span(events_).first(rows));
    }
  }

  int Act(int index, int row, int t) {
    const std::size_t at = At(row, t);
    const std::span<float> logits = policy_.logits(row);
    if (options_.mask) {
      options_.mask(index, std::span(actions_).subspan(At(row, 0), static_cast<std::size_t>(t)),
                    logits);
    }
    const std::size_t vocabulary = log_policy_.size();
    const std::span<float> probabilities =
        std::span(probabilities_)
            .subspan(options_.keep_probabilities ? at * vocabulary : 0, vocabulary);
    PolicyDistribution(logits, options_.temperature, log_policy_, probabilities);
    const std::span<const float> log_prior = policy_.log_prior(row);
    const Divergence divergence = Measure(probabilities, log_policy_, log_prior);
    const int action = Choose(row, t, probabilities);
    actions_[at] = action;
    log_prior_[at] = log_prior[action];
    log_policies_[at] = log_policy_[action];
    entropy_[at] = divergence.entropy;
    kl_[at] = divergence.kl;
    return action;
  }

  int Choose(int row, int t, std::span<const float> probabilities) {
    if (!given_actions_[row].empty()) return given_actions_[row][t];
    if (options_.temperature == 0) return ArgMax(probabilities);
    int action = 0;
    DrawActions(probabilities, randoms_[row], {&action, 1});
    return action;
  }

  Trajectory TrajectoryOf(int index, int row) const {
    const std::size_t first = At(row, 0);
    const auto length = static_cast<std::size_t>(options_.length);
    const auto part = [&](const std::vector<float>& all) {
      return std::span(all).subspan(first, length);
    };
    return {.index = index,
            .phase = phases_[row],
            .primer = primers_[row],
            .actions = std::span(actions_).subspan(first, length),
            .log_prior = part(log_prior_),
            .log_policy = part(log_policies_),
            .entropy = part(entropy_),
            .kl = part(kl_),
            .rewards = reward_ ? part(rewards_) : std::span<const float>(),
            .policy_probabilities =
                options_.keep_probabilities
                    ? std::span(probabilities_)
                          .subspan(first * log_policy_.size(), length * log_policy_.size())
                    : std::span<const float>(),
            .kl_bound = SumOf(part(kl_))};
  }

  const PolicyNetworks& networks_;
  const RolloutOptions& options_;
  Policy policy_;
  std::vector<Random> randoms_;  // [B], as are the next
  std::vector<int> events_, phases_, drawn_primers_;
  std::vector<std::span<const int>> primers_, given_actions_;
  std::vector<float> log_policy_;  // [V]
  std::vector<int> actions_;       // [B, L], as are the next
  std::vector<float> log_prior_, log_policies_, entropy_, kl_, rewards_;
  std::vector<float> probabilities_;  // [B, L, V] if kept, else [V]
  std::unique_ptr<Reward> reward_;
};

}  // namespace

void Check(const RolloutOptions& options, int count) {
  const auto least = [](const char* name, int value, int minimum) {
    if (value < minimum) Fail("rollout: {} is {}, expected {} or more", name, value, minimum);
  };
  least("count", count, 0);
  least("length", options.length, 1);
  least("batch", options.batch, 1);
  if (!(options.temperature >= 0)) {
    Fail("rollout: temperature is {}, expected 0 or more", options.temperature);
  }
}

int PhaseOf(const PolicyNetworks& networks, const RolloutOptions& options, std::int64_t index) {
  if (networks.inputs == nullptr || options.primer.size() > 1) return 0;
  Random random(options.seed ^ kPhases, static_cast<std::uint64_t>(options.first_stream + index));
  return networks.inputs->DrawPhase(random);
}

void SampleRollouts(const PolicyNetworks& networks, const RolloutOptions& options, int count,
                    const TrajectoryVisitor& visit) {
  Check(options, count);
  const int threads = std::max(1, options.threads);
  std::vector<std::optional<Player>> players(static_cast<std::size_t>(threads));
  const int batches = count / options.batch + (count % options.batch > 0 ? 1 : 0);
  ParallelFor(batches, threads, [&](int batch, int thread) {
    std::optional<Player>& player = players[static_cast<std::size_t>(thread)];
    if (!player) player.emplace(networks, options);
    const int first = batch * options.batch;
    player->Play(first, std::min(options.batch, count - first), visit, thread);
  });
}

Rollouts SampleRollouts(const PolicyNetworks& networks, const RolloutOptions& options, int count) {
  Check(options, count);
  Rollouts rollouts{.count = count, .length = options.length};
  const std::size_t size = static_cast<std::size_t>(count) * options.length;
  rollouts.actions.resize(size);
  for (std::vector<float>* values :
       {&rollouts.log_prior, &rollouts.log_policy, &rollouts.entropy, &rollouts.kl}) {
    values->resize(size);
  }
  if (options.reward != nullptr) rollouts.rewards.resize(size);
  SampleRollouts(networks, options, count, [&](const Trajectory& trajectory, int) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(trajectory.index) * options.length;
    const auto keep = [at](const auto& from, auto& to) {
      std::ranges::copy(from, to.begin() + at);
    };
    keep(trajectory.actions, rollouts.actions);
    keep(trajectory.log_prior, rollouts.log_prior);
    keep(trajectory.log_policy, rollouts.log_policy);
    keep(trajectory.entropy, rollouts.entropy);
    keep(trajectory.kl, rollouts.kl);
    if (options.reward != nullptr) keep(trajectory.rewards, rollouts.rewards);
  });
  return rollouts;
}

double SumOf(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum;
}

double MeanOf(std::span<const float> values) {
  return values.empty() ? 0 : SumOf(values) / static_cast<double>(values.size());
}

}  // namespace rltuner
