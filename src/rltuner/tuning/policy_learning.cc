// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/policy_learning.h"

#include <algorithm>
#include <atomic>
#include <cassert>

namespace rltuner {

PolicyLearning::Slice::Slice(const NetworkShape& shape, const InputRows* rows,
                             int first_composition, int compositions, int length)
    : first(first_composition),
      count(compositions),
      inputs(rows, compositions),
      tape(shape, compositions, length, inputs.count()),
      note_rnn(shape, compositions, inputs.count()),
      heard(compositions) {}

PolicyLearning::PolicyLearning(const Network& note_rnn, const TuningOptions& options,
                               const Cut& cut, const InputRows* inputs)
    : options_(options),
      note_rnn_(note_rnn),
      rows_(inputs == nullptr ? nullptr : inputs->Clone()),
      network_(note_rnn),
      gradient_(note_rnn.shape()),
      team_(std::clamp(cut.threads, 1, (cut.batch + cut.slice - 1) / cut.slice)),
      optimizer_(Optimizer::Kind::kAdam, note_rnn.arena().size()) {
  for (int first = 0; first < cut.batch; first += cut.slice) {
    slices_.emplace_back(note_rnn.shape(), inputs, first, std::min(cut.slice, cut.batch - first),
                         options.length);
  }
}

void PolicyLearning::ForSlices(const std::function<void(Slice*)>& work) {
  std::atomic<std::size_t> next{0};
  const auto share = [&](int /*member*/) {
    for (std::size_t i = next++; i < slices_.size(); i = next++) work(&slices_[i]);
  };
  team_.Run(std::cref(share));  // a copy would make std::function allocate
}

void PolicyLearning::SumGradients() {
  std::ranges::fill(gradient_.arena(), 0.0F);
  team_.Run([this](int member) {
    for (int t = options_.length - 1; t >= 0; --t) {
      for (const Slice& slice : slices_) {
        slice.tape.AddGradients(t, {.index = member, .count = team_.size()}, &gradient_);
      }
    }
  });
}

void PolicyLearning::SetNetwork(const Network& network) {
  assert(network.shape() == network_.shape());
  network_ = network;
}

void PolicyLearning::TakeStep(double learning_rate, double loss) {
  const auto [norm, factor] =
      ClipGradient(options_.clipping == "tensor", options_.clip_norm, &gradient_);
  if (CountStep(loss, norm, gradient_)) {
    optimizer_.Step(learning_rate, factor, gradient_.arena(), network_.arena());
  }
}

void PolicyLearning::VisitLearning(StateArchive* archive) {
  archive->Numbers<double>("sums", loss_sum_, norm_sum_);
  archive->Array("network", network_.arena());
  optimizer_.VisitMoments(archive, "adam");
  archive->Numbers<std::int64_t>("adam.steps", optimizer_.steps());
}

}  // namespace rltuner
