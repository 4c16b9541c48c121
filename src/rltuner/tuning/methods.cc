// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/methods.h"

#include <fmt/ranges.h>

#include "rltuner/core/error.h"
#include "rltuner/tuning/methods/value_methods.h"
#include "rltuner/tuning/policy_gradient.h"
#include "rltuner/tuning/value_tuning.h"

namespace rltuner {
namespace {

template <std::unique_ptr<ValueMethod> (*kMake)(const TuningOptions&)>
std::unique_ptr<Tuning> MakeValueTuning(const Network& note_rnn, const Reward& reward,
                                        const TuningOptions& options) {
  return std::make_unique<ValueTuning>(kMake(options), note_rnn, reward, options);
}

std::unique_ptr<Tuning> MakePolicyGradient(const Network& note_rnn, const Reward& reward,
                                           const TuningOptions& options) {
  return std::make_unique<PolicyGradient>(note_rnn, reward, options);
}

}  // namespace

const std::vector<MethodInfo>& Methods() {
  static const std::vector<MethodInfo> methods = {
      {.name = "q",
       .label = "Q",
       .title = "Q-learning",
       .summary = "Learns what each next event is worth; strict, and may repeat itself.",
       .explores = true,
       .make = MakeValueTuning<MakeQLearning>},
      {.name = "psi",
       .label = "Psi",
       .title = "Psi-learning",
       .summary = "Weighs the rules against the tunes it knows at every event.",
       .explores = true,
       .make = MakeValueTuning<MakePsiLearning>},
      {.name = "g",
       .label = "G",
       .title = "G-learning",
       .summary = "Keeps the Note RNN and learns a correction of it.",
       .explores = true,
       .make = MakeValueTuning<MakeGLearning>},
      {.name = "rl-only",
       .label = "RL only",
       .title = "rules alone",
       .summary = "Forgets the tunes and learns from nothing but the rules.",
       .explores = true,
       .make = MakeValueTuning<MakeRlOnly>},
      {.name = "pg",
       .label = "PG",
       .title = "policy gradient",
       .summary = "Learns from whole melodies that it plays itself; quick and varied.",
       .explores = false,
       .make = MakePolicyGradient},
  };
  return methods;
}

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const MethodInfo& method : Methods()) names.emplace_back(method.name);
  return names;
}

const MethodInfo* FindMethod(std::string_view name) {
  for (const MethodInfo& method : Methods()) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

bool Explores(std::string_view method) {
  const MethodInfo* info = FindMethod(method);
  return info != nullptr && info->explores;
}

std::unique_ptr<Tuning> StartTuning(const Network& note_rnn, const Reward& reward,
                                    const TuningOptions& options) {
  if (const MethodInfo* method = FindMethod(options.method)) {
    return method->make(note_rnn, reward, options);
  }
  Fail("method '{}' is unknown; expected {}", options.method, fmt::join(MethodNames(), ", "));
}

}  // namespace rltuner
