// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/selection.h"

#include <algorithm>
#include <cassert>

#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"

namespace rltuner {
namespace {

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
  const int blocks = (count + options.batch - 1) / options.batch;
  ParallelFor(blocks, std::max(1, options.threads), [&](int block, int thread) {
    const int first = block * options.batch;
    const int size = std::min(options.batch, count - first);
    std::vector<SelectedSequence> sequences(static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i) {
      sequences[i].primer = DrawPrimer(options, networks.network->shape().vocabulary, first + i);
    }
    choose(first, sequences, thread);
    RolloutOptions replay = options;
    replay.threads = 1;
    replay.batch = size;
    replay.reward = &reward;
    replay.given = [&sequences](int index) -> GivenSequence {
      return {sequences[index].primer, sequences[index].actions};
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

}  // namespace rltuner
