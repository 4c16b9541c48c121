// SPDX-License-Identifier: Apache-2.0
// What best-of-N and SMC share: they choose whole sequences first, and then see how the policy
// rates them.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

struct SelectedSequence {
  std::vector<int> primer;   // set before the choice
  std::vector<int> actions;  // [L]
  double kl_bound = 0;       // as in Trajectory
};

// Fills actions and kl_bound of the sequences first, first + 1, ... Called from several threads at
// once, `thread` as in core/parallel.h.
using SelectSequences =
    std::function<void(int first, std::span<SelectedSequence> sequences, int thread)>;

// Has `count` sequences chosen in blocks of options.batch, each sequence after options.primer or
// one uniform event of its own, and visits them as SampleRollouts does.
void VisitSelected(const PolicyNetworks& networks, const Reward& reward,
                   const RolloutOptions& options, int count, const SelectSequences& choose,
                   const TrajectoryVisitor& visit);

// A seed for draws that must be independent of those that SampleRollouts makes with `seed`.
std::uint64_t SeedOfChoice(std::uint64_t seed);

}  // namespace rltuner
