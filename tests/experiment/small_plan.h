// SPDX-License-Identifier: Apache-2.0
// An experiment of a second.
#pragma once

#include "rltuner/experiment/plan.h"

namespace rltuner::experiment {

inline MethodSettings SmallMethod(const std::string& method) {
  MethodSettings settings{.tuning = {}, .rules = ReadRules("paper")};
  settings.tuning.method = method;
  settings.tuning.replay_capacity = 200;
  settings.tuning.minibatch = 4;
  settings.tuning.compositions = 4;
  settings.tuning.progress_compositions = 3;
  return settings;
}

inline MethodSettings SmallOptimum() {
  MethodSettings settings = SmallMethod("pg");
  settings.tuning.c = 3;
  settings.policy_inputs = "position,highest";
  return settings;
}

inline PlanOptions SmallPlan() {
  return {.methods = {SmallMethod("q"), SmallMethod("rl-only"), SmallMethod("pg")},
          .optimum = SmallOptimum(),
          .c = {0.5, 2},
          .decodings = {"temperature=0.7"},
          .seeds = 2,
          .sweep_seeds = 1,
          .iterations = 2000,
          .compositions = 20,
          .sweep_compositions = 10,
          .baseline_samples = 20,
          .melodies = 2,
          .rules = ReadRules("paper"),
          .training_melodies = "none"};
}

}  // namespace rltuner::experiment
