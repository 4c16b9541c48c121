// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/selection.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"

namespace rltuner {
namespace {

// Candidates of best-of-N that step together: states and gates stay in the cache.
constexpr int kBestOfBatch = 64;

std::vector<int> DrawPrimer(const RolloutOptions& options, int vocabulary, int index) {
  if (!options.primer.empty()) return options.primer;
  Random random(options.seed, static_cast<std::uint64_t>(options.first_stream + index));
  return {static_cast<int>(random.Below(static_cast<std::uint32_t>(vocabulary)))};
}

}  // namespace

void VisitSelected(const PolicyNetworks& networks, const Reward& reward,
                   const RolloutOptions& options, int count, const SelectSequences& choose,
                   const TrajectoryVisitor& visit) {
  assert(!options.given);
  Check(options, count);
  const int blocks = (count + options.batch - 1) / options.batch;
  ParallelFor(blocks, std::max(1, options.threads), [&](int block, int thread) {
    const int first = block * options.batch;
    const int size = std::min(options.batch, count - first);
    std::vector<SelectedSequence> sequences(static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i) {
      sequences[i].primer = DrawPrimer(options, networks.network->shape().vocabulary, first + i);
      sequences[i].phase = PhaseOf(networks, options, first + i);
    }
    choose(first, sequences, thread);
    RolloutOptions replay = options;
    replay.threads = 1;
    replay.batch = size;
    replay.reward = &reward;
    replay.given = [&sequences](int index) -> GivenSequence {
      const SelectedSequence& chosen = sequences[index];
      return {chosen.primer, chosen.actions, chosen.phase};
    };
    if (options.mask) {
      replay.mask = [&options, first](int index, std::span<const int> so_far,
                                      std::span<float> logits) {
        options.mask(first + index, so_far, logits);
      };
    }
    SampleRollouts(networks, replay, size, [&](Trajectory trajectory, int /*only_thread*/) {
      trajectory.kl_bound = sequences[trajectory.index].kl_bound;
      trajectory.index += first;
      visit(trajectory, thread);
    });
  });
}

std::uint64_t SeedOfChoice(std::uint64_t seed) { return Random(seed, UINT64_MAX).Next(); }

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
    rollout.batch = kBestOfBatch;
    rollout.reward = &reward;
    rollout.keep_probabilities = false;
    rollout.given = [&](int index) -> GivenSequence {
      const SelectedSequence& selected = sequences[index / candidates];
      return {.primer = selected.primer, .actions = {}, .phase = selected.phase};
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
