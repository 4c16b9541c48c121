// SPDX-License-Identifier: Apache-2.0
// How a run is doing: the data of the curves, and which control to change if it goes wrong.
#pragma once

#include <cstdint>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/nn/model.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner::studio {

// The metrics of melodies of the controls' length, sampled from the model's policy.
Metrics MeasurePolicy(const Model& model, const TuningControls& controls, std::uint64_t seed);

// The data of the event `progress`.
Json ProgressJson(const Metrics& metrics, double c, std::int64_t iteration,
                  const Tuning::Learning& learning);

// The data of the event `warnings`: what a musician should know about a policy with these metrics.
// `untuned` are the Note RNN's metrics. Warnings name only controls that are in use.
Json WarningsJson(const Metrics& metrics, const Metrics& untuned, const TuningControls& controls);

}  // namespace rltuner::studio
