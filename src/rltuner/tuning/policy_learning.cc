// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/policy_learning.h"

#include <cassert>

namespace rltuner {

PolicyLearning::PolicyLearning(const Network& note_rnn, const TuningOptions& options,
                               const InputRows* inputs)
    : options_(options),
      note_rnn_(note_rnn),
      rows_(inputs == nullptr ? nullptr : inputs->Clone()),
      network_(note_rnn),
      gradient_(note_rnn.shape()),
      optimizer_({.kind = Optimizer::Kind::kAdam}, note_rnn.arena().size()) {}

void PolicyLearning::SetNetwork(const Network& network) {
  assert(network.shape() == network_.shape());
  network_ = network;
}

void PolicyLearning::TakeStep(double learning_rate, double loss) {
  const Clipping clipping =
      options_.clipping == "global" ? Clipping::kGlobalNorm : Clipping::kPerTensor;
  const double norm = ClipGradient(clipping, options_.clip_norm, &gradient_);
  if (CountStep(loss, norm, gradient_)) {
    optimizer_.Step(learning_rate, 1.0F, gradient_.arena(), network_.arena());
  }
}

void PolicyLearning::VisitLearning(StateArchive* archive) {
  archive->Numbers<double>("sums", loss_sum_, norm_sum_);
  archive->Array("network", network_.arena());
  optimizer_.VisitMoments(archive, "adam");
  archive->Numbers<std::int64_t>("adam.steps", optimizer_.steps());
}

}  // namespace rltuner
