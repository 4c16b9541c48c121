// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <span>

#include "bench/workloads/workloads.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/training/note_rnn_training.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner::bench {
namespace {

// Folds 32 bits after 32 bits into 64, each mixed with all before (the finisher of SplitMix64).
class Hash {
 public:
  void Add(std::span<const float> values) {
    for (const float value : values) Add(std::bit_cast<std::uint32_t>(value));
  }
  void Add(std::span<const int> values) {
    for (const int value : values) Add(static_cast<std::uint32_t>(value));
  }
  std::uint64_t value() const { return value_; }

 private:
  void Add(std::uint32_t bits) {
    value_ = (value_ ^ bits) + 0x9E3779B97F4A7C15;
    value_ = (value_ ^ (value_ >> 30)) * 0xBF58476D1CE4E5B9;
    value_ = (value_ ^ (value_ >> 27)) * 0x94D049BB133111EB;
    value_ ^= value_ >> 31;
  }

  std::uint64_t value_ = 0;
};

Network Train(int threads) {
  constexpr int kIterations = 20;
  const std::vector<std::vector<std::uint8_t>> melodies = SyntheticMelodies(80, 48);
  TrainingData data;
  data.training = {melodies.begin() + 8, melodies.end()};
  data.held_out = {melodies.begin(), melodies.begin() + 8};
  TrainingOptions options;
  options.iterations = kIterations;
  options.batch = 64;  // two groups of streams, so that threads have something to share
  options.steps_per_window = 32;
  options.output_dropout = 0.1;
  options.evaluation_interval = kIterations / 2;
  NoteRnnTraining training(NetworkOptions{.hidden = 40, .layers = 2}, options, std::move(data),
                           threads);
  while (!training.done()) training.Step();
  return training.best();
}

void AddRollouts(const PolicyNetworks& networks, const RuleSet& rules, int threads, Hash* hash) {
  constexpr int kCompositions = 48;
  const Rollouts rollouts = SampleRollouts(
      networks, {.seed = 7, .threads = threads, .batch = 16, .reward = &rules}, kCompositions);
  hash->Add(rollouts.actions);
  hash->Add(rollouts.log_prior);
  hash->Add(rollouts.log_policy);
  hash->Add(rollouts.entropy);
  hash->Add(rollouts.kl);
  hash->Add(rollouts.rewards);
}

}  // namespace

std::uint64_t Signature(int threads) {
  Hash hash;
  const Network note_rnn = Train(threads);
  hash.Add(note_rnn.arena());
  for (const char* const set : {"paper", "theory"}) {
    const RuleSet rules = RuleSet::Named(set);
    AddRollouts({.network = &note_rnn, .note_rnn = &note_rnn}, rules, threads, &hash);
    for (const MethodInfo* method : RewardMethods()) {
      constexpr int kEvents = 1500;
      TuningOptions options;
      options.method = method->name;
      options.iterations = kEvents;
      options.replay_capacity = kEvents / 2;  // so that old transitions give way to new ones
      options.compositions = 16;
      const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, rules, options);
      tuning->Advance(kEvents);
      hash.Add(tuning->Networks().network->arena());
      AddRollouts(tuning->Networks(), rules, threads, &hash);
    }
  }
  return hash.value();
}

}  // namespace rltuner::bench
