// SPDX-License-Identifier: Apache-2.0
// A tuning run whose rules and c may change on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rltuner/nn/model_file.h"
#include "rltuner/studio/live_rules.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner::studio {

// Where a run begins.
struct LearningPlan {
  Network note_rnn;
  std::optional<Network> start = {};  // the weights to go on from; none: the Note RNN's
  std::int64_t events_before = 0;     // that these weights have learnt from already
};

// Not thread-safe.
class Learner {
 public:
  // `options` are those for `controls`. What IsSameRun compares is fixed from now on.
  Learner(const LearningPlan& plan, const TuningControls& controls, TuningOptions options);

  // The rules and c count from the next event on.
  void SetControls(const TuningControls& controls);

  // Plays at least so many events and learns from them.
  void Advance(std::int64_t events) { tuning_->Advance(events); }

  std::int64_t iteration() const { return events_before_ + tuning_->iteration(); }
  const std::string& Failure() const { return tuning_->Failure(); }
  Tuning::Learning TakeLearning() { return tuning_->TakeLearning(); }

  // The model as it stands, without a recipe.
  Model Current() const;

  // All that the run needs to go on bit for bit under equal plan, controls and options.
  void VisitState(StateArchive* archive) { tuning_->VisitState(archive); }

 private:
  std::int64_t events_before_;
  std::string method_;
  LiveRules live_;  // outlives tuning_, whose rewards look at it
  float floor_;
  std::unique_ptr<Tuning> tuning_;
};

}  // namespace rltuner::studio
