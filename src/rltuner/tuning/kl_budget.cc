// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/kl_budget.h"

#include <algorithm>
#include <cmath>

namespace rltuner {
namespace {

constexpr double kSumGain = 0.06;
constexpr double kNewestGain = 1;
constexpr double kLargestError = 1;

// Beyond these limits c has no effect: only the rules count, or they do not count at all.
const double kLeastLogC = std::log(1e-3);
const double kMostLogC = std::log(1e4);

}  // namespace

KlBudget::KlBudget(double nats, double c) : nats_(nats), c_(c), found_(std::log(c)) {}

void KlBudget::Observe(double kl) {
  if (!active()) return;
  const double error =
      std::clamp(std::log(std::max(kl, 1e-12) / nats_), -kLargestError, kLargestError);
  found_ = std::clamp(found_ + kSumGain * error, kLeastLogC, kMostLogC);
  c_ = std::exp(found_ + kNewestGain * error);
}

void KlBudget::VisitState(StateArchive* archive) {
  if (!active()) return;
  archive->Numbers<double>("kl_budget", c_, found_);
  archive->Require(c_ > 0 && found_ >= kLeastLogC && found_ <= kMostLogC, "kl_budget");
}

}  // namespace rltuner
