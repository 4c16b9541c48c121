// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/best_of.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "rltuner/decoding/selection.h"

namespace rltuner {
namespace {

constexpr int kBatch = 64;  // candidates that step together: states and gates stay in the cache

}  // namespace

double BestOfKlBound(int candidates) {
  const auto n = static_cast<double>(candidates);
  return std::log(n) - (n - 1) / n;
}

void SampleBestOf(const PolicyNetworks& networks, const Reward& reward, int candidates,
                  const RolloutOptions& options, int count, const TrajectoryVisitor& visit) {
  assert(candidates >= 1);
  const double choice = BestOfKlBound(candidates);
  const auto choose = [&](int first, std::span<SelectedSequence> sequences, int /*thread*/) {
    RolloutOptions rollout = options;
    rollout.seed = SeedOfChoice(options.seed);
    rollout.first_stream = (options.first_stream + first) * candidates;
    rollout.threads = 1;
    rollout.batch = kBatch;
    rollout.reward = &reward;
    rollout.keep_probabilities = false;
    rollout.given = [&](int index) -> GivenSequence {
      return {.primer = sequences[index / candidates].primer, .actions = {}};
    };
    if (options.mask) {
      rollout.mask = [&](int index, std::span<const int> so_far, std::span<float> logits) {
        options.mask(first + index / candidates, so_far, logits);
      };
    }
    std::vector<double> best(sequences.size(), -std::numeric_limits<double>::infinity());
    SampleRollouts(networks, rollout, static_cast<int>(sequences.size()) * candidates,
                   [&](const Trajectory& candidate, int /*only_thread*/) {
                     const int sequence = candidate.index / candidates;
                     const double total = SumOf(candidate.rewards);
                     if (total <= best[sequence]) return;
                     best[sequence] = total;
                     SelectedSequence& selected = sequences[sequence];
                     selected.actions.assign(candidate.actions.begin(), candidate.actions.end());
                     selected.kl_bound =
                         choice + SumOf(candidate.log_policy) - SumOf(candidate.log_prior);
                   });
  };
  VisitSelected(networks, reward, options, count, choose, visit);
}

}  // namespace rltuner
