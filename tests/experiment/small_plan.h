// SPDX-License-Identifier: Apache-2.0
// An experiment of a second.
#pragma once

#include "rltuner/experiment/plan.h"

namespace rltuner::experiment {

inline TuningRecipe SmallMethod(const std::string& method) {
  TuningRecipe settings;
  settings.options.method = method;
  settings.options.replay_capacity = 200;
  settings.options.minibatch = 4;
  settings.options.compositions = 4;
  settings.options.progress_compositions = 3;
  return settings;
}

inline TuningRecipe SmallOptimum() {
  TuningRecipe settings = SmallMethod("pg");
  settings.options.c = 3;
  settings.inputs = "position,highest";
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
