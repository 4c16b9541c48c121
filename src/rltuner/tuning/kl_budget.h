// SPDX-License-Identifier: Apache-2.0
// One setting for the trade-off between the rules and the data.
#pragma once

#include "rltuner/core/state_archive.h"

namespace rltuner {

// Keeps the policy's KL at a budget, in nats an event, by adjusting c. The rules count less while
// the KL is above the budget and more while it is below. Unlike c, a budget means the same for
// every Note RNN and rule set.
//
// An error is log(KL / budget). log c has two terms: the sum of all errors so far, which finds the
// c that the budget needs, and a multiple of the newest error, which prevents oscillations.
class KlBudget {
 public:
  // `c` is the starting value. A budget of 0 means that there is none, and c stays constant.
  KlBudget(double nats, double c);

  bool active() const { return nats_ > 0; }
  double c() const { return c_; }
  // Changes the budget of a run that has one.
  void Set(double nats) { nats_ = nats; }

  // Adjusts c after a measurement of the mean KL, in nats an event.
  void Observe(double kl);

  void VisitState(StateArchive* archive);

 private:
  double nats_, c_, found_;  // log c without the term of the newest error
};

}  // namespace rltuner
