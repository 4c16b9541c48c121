// SPDX-License-Identifier: Apache-2.0
// One dial for the bargain between rules and likeness.
#pragma once

#include "rltuner/core/state_archive.h"

namespace rltuner {

// Holds the policy's KL to the Note RNN at a budget, in nats an event, by moving c: the rules count
// for less while the policy is beyond the budget and for more while it is within. What the budget
// buys is then the same on every Note RNN and with every rule set; c is not.
//
// log c is the sum of all errors so far, which finds the c that the budget needs, and a multiple
// of the newest, which keeps c from swinging about it. An error is log(KL / budget).
class KlBudget {
 public:
  // `c` is where it starts. A budget of 0: none, c stays.
  KlBudget(double nats, double c);

  bool active() const { return nats_ > 0; }
  double c() const { return c_; }
  // Another budget from now on; of a run that has one.
  void Set(double nats) { nats_ = nats; }

  // Moves c by what the policy was measured at: its mean KL an event.
  void Observe(double kl);

  void VisitState(StateArchive* archive);

 private:
  double nats_, c_, found_;  // log of the c that errors have added up to
};

}  // namespace rltuner
