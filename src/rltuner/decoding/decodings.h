// SPDX-License-Identifier: Apache-2.0
// The decodings (ways to play a model) and their names. A new decoding is a function and a line in
// decodings.cc.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

// A way to play a model: visits `count` sequences of a melody's classes. Masks enforce `rules`;
// best-of and smc seek the rules' reward, which smc divides by `c`. `options` are as for
// SampleRollouts, without mask and given. One thread visits each block of options.batch sequences,
// in order; the result does not depend on the number of threads. In a trajectory, log_policy,
// entropy and kl are those of the proposal (after the mask); kl_bound is that of the decoding.
// Rewards exist for best-of and smc, and if options.reward is set. Safe to call from many threads.
using Decoder =
    std::function<void(const PolicyNetworks& networks, const RuleSet& rules, double c,
                       const RolloutOptions& options, int count, const TrajectoryVisitor& visit)>;

// One example of every decoding, for help texts.
std::string DecodingHelp();

// "sample", "temperature=0.7", "mask=key,repeat", "best-of=64", "smc=256". Any other text is an
// Error that names the known decodings and the nearest one.
Decoder MakeDecoder(std::string_view decoding);

}  // namespace rltuner
