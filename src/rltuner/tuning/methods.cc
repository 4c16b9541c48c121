// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/methods.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

extern const MethodInfo kQLearning, kPsiLearning, kGLearning, kRlOnly, kPolicyGradient, kMatch;

std::span<const MethodInfo* const> Methods() {
  static constexpr const MethodInfo* kMethods[] = {&kQLearning, &kPsiLearning,    &kGLearning,
                                                   &kRlOnly,    &kPolicyGradient, &kMatch};
  return kMethods;
}

std::vector<const MethodInfo*> RewardMethods() {
  std::vector<const MethodInfo*> methods;
  std::ranges::copy_if(Methods(), std::back_inserter(methods),
                       [](const MethodInfo* method) { return !method->finds_weights; });
  return methods;
}

bool MethodInfo::Takes(std::string_view option) const {
  const auto lists = [option](const MethodInfo* method) {
    return std::ranges::find(method->options, option) != method->options.end();
  };
  return lists(this) || std::ranges::none_of(Methods(), lists);
}

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const MethodInfo* method : Methods()) names.emplace_back(method->name);
  return names;
}

std::string MethodsTaking(std::string_view option) {
  std::vector<std::string_view> names;
  for (const MethodInfo* method : Methods()) {
    if (method->Takes(option)) names.push_back(method->name);
  }
  return names.size() == Methods().size() ? "" : fmt::format("{}", fmt::join(names, ", "));
}

const MethodInfo* FindMethod(std::string_view name) {
  const auto found = std::ranges::find(Methods(), name, &MethodInfo::name);
  return found == Methods().end() ? nullptr : *found;
}

const MethodInfo& MethodNamed(std::string_view name) {
  const MethodInfo* method = FindMethod(name);
  if (method == nullptr) {
    Fail("method '{}' is unknown; expected {}", name, fmt::join(MethodNames(), ", "));
  }
  return *method;
}

std::int64_t EventsPerStep(const TuningOptions& options) {
  return MethodNamed(options.method).on_policy
             ? static_cast<std::int64_t>(options.compositions) * options.length
             : options.gradient_every;
}

bool Tuning::CountStep(double loss, double norm, const Network& gradient) {
  if (!std::isfinite(norm)) {
    const std::string tensor = gradient.FirstNonFinite();
    failure_ = fmt::format("iteration {}: the gradient of {} is not finite (loss {})", iteration_,
                           tensor.empty() ? "the sum of squares" : tensor, loss);
    return false;
  }
  loss_sum_ += loss;
  norm_sum_ += norm;
  ++steps_;
  return true;
}

Tuning::Learning Tuning::TakeLearning() {
  const auto steps = static_cast<double>(std::exchange(steps_, 0));
  return {.loss = std::exchange(loss_sum_, 0) / steps,
          .gradient_norm = std::exchange(norm_sum_, 0) / steps,
          .epsilon = Epsilon()};
}

std::unique_ptr<Tuning> StartTuning(const Network& note_rnn, const Reward& reward,
                                    const TuningOptions& options, int threads,
                                    const InputRows* inputs) {
  const MethodInfo& method = MethodNamed(options.method);
  Check(options);
  RequireInputs(note_rnn, inputs);
  return method.make(method, note_rnn, reward, options, threads, inputs);
}

}  // namespace rltuner
