// SPDX-License-Identifier: Apache-2.0
// The ways to play a model by name. A new one is a function and a line in decodings.cc.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

// A way to play a model: visits `count` sequences of a melody's classes. Masks enforce `rules`;
// best-of and smc seek their reward, which smc divides by `c`. `options` as for SampleRollouts,
// without mask and given. Each block of options.batch sequences is visited in order by one thread;
// the result does not depend on the number of threads. In a trajectory, log_policy, entropy and kl
// are those of the proposal (after the mask); kl_bound is that of the decoding. Rewards exist for
// best-of and smc, and if options.reward is set. Safe to call from many threads.
using Decoder =
    std::function<void(const PolicyNetworks& networks, const RuleSet& rules, double c,
                       const RolloutOptions& options, int count, const TrajectoryVisitor& visit)>;

struct DecodingInfo {
  std::string_view name;     // what stands before "="
  std::string_view example;  // a whole decoding, "best-of=64"
  std::string_view summary;  // one line
  // `value` is what stands after "=", "" without one. Error if it does not fit.
  Decoder (*make)(std::string_view value);
};

const std::vector<DecodingInfo>& Decodings();

// For help: every decoding's example.
std::string DecodingHelp();

// "sample", "temperature=0.7", "mask=key,repeat", "best-of=64", "smc=256". Any other text is an
// Error that names the known decodings and the nearest one.
Decoder MakeDecoder(std::string_view decoding);

}  // namespace rltuner
