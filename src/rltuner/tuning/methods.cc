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
      {"q", "Q-learning: the best next event by value", MakeValueTuning<MakeQLearning>},
      {"psi", "Psi-learning: KL control, values play by themselves",
       MakeValueTuning<MakePsiLearning>},
      {"g", "G-learning: KL control, values correct the Note RNN", MakeValueTuning<MakeGLearning>},
      {"rl-only", "Q-learning from random weights on the rules alone", MakeValueTuning<MakeRlOnly>},
      {"pg", "policy gradient: KL-regularised, on what the policy itself plays",
       MakePolicyGradient},
  };
  return methods;
}

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const MethodInfo& method : Methods()) names.emplace_back(method.name);
  return names;
}

std::unique_ptr<Tuning> StartTuning(const Network& note_rnn, const Reward& reward,
                                    const TuningOptions& options) {
  for (const MethodInfo& method : Methods()) {
    if (method.name == options.method) return method.make(note_rnn, reward, options);
  }
  Fail("method '{}' is unknown; expected {}", options.method, fmt::join(MethodNames(), ", "));
}

}  // namespace rltuner
