// SPDX-License-Identifier: Apache-2.0
// The tuning methods. Each is one file in methods/, which defines its MethodInfo, and one line in
// methods.cc. The rest of the program uses nothing else of a method.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/nn/model.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

struct MethodInfo {
  std::string_view name;     // as in --method, in recipes and in a model file's metadata
  std::string_view label;    // in tables and charts
  std::string_view title;    // within a sentence
  std::string_view summary;  // a sentence for users who only listen

  // How the tuned network plays.
  PolicyForm policy = PolicyForm::kOutputs;
  // The reward of an event: log p(a|s) + reward / c if true, reward / c if false.
  bool rewards_likelihood = true;
  bool starts_from_note_rnn = true;  // false: from random weights
  // True: learns from whole batches of compositions that the policy itself plays. False: explores,
  // and learns from a replay memory.
  bool on_policy = false;
  // True: finds the weights of a FeatureReward, works at c = 1 and gamma = 1, and ignores these
  // options.
  bool finds_weights = false;

  // Value learning only (value_tuning.h). The value of the next state s', from the target network's
  // values there, [V], and log p(.|s'), [V], which is empty unless `policy` is kPriorTimesOutputs.
  // Thread-safe.
  float (*next_value)(std::span<const float> target, std::span<const float> log_prior) = nullptr;
  // With the option double_q, Double Q-learning (van Hasselt et al., 2015) replaces next_value: it
  // takes the target network's value of the action that the learning network values most.
  bool can_be_double = false;

  // The settings of [tuning] that this method reads, without those that all methods share.
  std::span<const std::string_view> options;

  std::unique_ptr<Tuning> (*make)(const MethodInfo& method, const Network& note_rnn,
                                  const Reward& reward, const TuningOptions& options, int threads,
                                  const InputRows* inputs);

  // False for a method that learns from the rules alone.
  bool uses_prior() const { return rewards_likelihood || policy == PolicyForm::kPriorTimesOutputs; }

  // Whether a setting of [tuning] has an effect on the method.
  bool Takes(std::string_view option) const;
};

// All methods, in the order of help and tables.
std::span<const MethodInfo* const> Methods();
std::vector<std::string> MethodNames();

// The methods that take any reward: all except those that find the weights of a FeatureReward.
std::vector<const MethodInfo*> RewardMethods();

// "q, psi": the methods that take a setting of [tuning]; "" if all do.
std::string MethodsTaking(std::string_view option);

// nullptr if there is none of that name.
const MethodInfo* FindMethod(std::string_view name);

// The method of that name. If there is none, an Error that lists the methods.
const MethodInfo& MethodNamed(std::string_view name);

// Events played between two gradient steps of options.method.
std::int64_t EventsPerStep(const TuningOptions& options);

// A run of options.method at iteration 0. A Note RNN that hears more than the last event needs
// `inputs`. Error for an unknown method, or if `inputs` is missing. The Note RNN is copied; the
// reward and `inputs` are cloned, and the clones are used on `threads` threads. The number of
// threads changes no bit of a result.
std::unique_ptr<Tuning> StartTuning(const Network& note_rnn, const Reward& reward,
                                    const TuningOptions& options, int threads = 1,
                                    const InputRows* inputs = nullptr);

}  // namespace rltuner
