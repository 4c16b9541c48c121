// SPDX-License-Identifier: Apache-2.0
// Sequences sampled from a policy, with the probabilities and rewards of every action.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// May rule out actions of sequence `index` by setting logits [V] to -infinity, given the actions
// placed so far (without the primer). At least one logit must stay finite. Called from several
// threads at once.
using ActionMask =
    std::function<void(int index, std::span<const int> so_far, std::span<float> logits)>;

// The primer of a sequence, and actions that it plays instead of drawing them. Either may be empty.
// The spans must stay valid during the sampling.
struct GivenSequence {
  std::span<const int> primer;   // the same length for all sequences
  std::span<const int> actions;  // [L]
  int phase = 0;                 // where a sequence with a primer begins (InputRows::DrawPhase)
};

struct RolloutOptions {
  int length = 32;                  // actions a sequence
  float temperature = 1;            // divides the policy's logits; 0 = always the likeliest action
  std::uint64_t seed = 0;           // sequence i draws from
  std::int64_t first_stream = 0;    // Random(seed, first_stream + i)
  int threads = 1;                  // does not change the result
  int batch = 64;                   // sequences that step together; does not change the result
  std::vector<int> primer = {};     // heard first, not part of a sequence; empty: one uniform event
  const Reward* reward = nullptr;   // cloned; gives the rewards
  bool keep_probabilities = false;  // fills policy_probabilities
  ActionMask mask = {};
  std::function<GivenSequence(int index)> given = {};  // called from several threads at once
  std::function<void()> poll = {};  // called before every step on each thread; may throw to stop
};

// One finished sequence of L actions; the spans are valid during the visit only. Logarithms are
// natural; policy means the policy that was played, at its temperature and after the mask.
struct Trajectory {
  int index;
  int phase;  // as InputRows::DrawPhase gives it
  std::span<const int> primer;
  std::span<const int> actions;       // [L]
  std::span<const float> log_prior;   // [L] log p(a|s) of the Note RNN
  std::span<const float> log_policy;  // [L] log pi(a|s)
  std::span<const float> entropy;     // [L] of pi(.|s), nats
  std::span<const float> kl;          // [L] KL(pi(.|s) || p(.|s)) over all V actions, nats
  std::span<const float> rewards;     // [L]; empty without a Reward
  std::span<const float> policy_probabilities;  // [L, V] pi(.|s), if kept
  // For the whole sequence, in nats. Its mean over sequences is KL(pi || p) or, for decodings whose
  // KL is unknown (src/rltuner/decoding), an upper bound of it. SampleRollouts sets it to the sum
  // of kl.
  double kl_bound = 0;
};

// Error that names the first option outside its range, or a `count` below 0.
void Check(const RolloutOptions& options, int count);

// The phase of sequence `index`, drawn from a stream of its own; 0 after a primer of several
// events.
int PhaseOf(const PolicyNetworks& networks, const RolloutOptions& options, std::int64_t index);

using TrajectoryVisitor = std::function<void(const Trajectory& trajectory, int thread)>;

// Samples `count` sequences, each from zero states. `visit` gets each of them once, on the thread
// that played it, in any order. Store results by trajectory.index, and index scratch space by
// thread. A sequence is the same for every number of threads and every batch size. An exception
// from `visit` or options.poll stops the sampling and is rethrown here.
void SampleRollouts(const PolicyNetworks& networks, const RolloutOptions& options, int count,
                    const TrajectoryVisitor& visit);

// Samples and keeps all sequences: N sequences of L actions, row-major.
struct Rollouts {
  int count = 0, length = 0;
  std::vector<int> actions = {};                                              // [N, L]
  std::vector<float> log_prior = {}, log_policy = {}, entropy = {}, kl = {};  // [N, L]
  std::vector<float> rewards = {};                                            // [N, L], or empty
};
Rollouts SampleRollouts(const PolicyNetworks& networks, const RolloutOptions& options, int count);

// The sum, added in order in double precision, and the mean; both are 0 without values.
double SumOf(std::span<const float> values);
double MeanOf(std::span<const float> values);

}  // namespace rltuner
