// SPDX-License-Identifier: Apache-2.0
// The seam between sequences and what networks are fed of them: tuning and decoding see rows of
// the network's first weights, never what they mean.
#pragma once

#include <memory>
#include <span>

namespace rltuner {

// Follows one sequence, event by event, and names the rows that are summed for the next event: that
// of the last event and others that may depend on the whole sequence. One object follows one
// sequence; use a clone per thread and per sequence. Nothing allocates after Start.
class InputRows {
 public:
  virtual ~InputRows() = default;

  // K: how many rows each event has. Always the same.
  virtual int count() const = 0;

  // Forgets everything: a sequence of `given` events, 1 or more, and then `length` others begins. A
  // single given event is a priming event: it stands for what is not known and is no part of the
  // sequence.
  virtual void Start(int given, int length) = 0;

  // The next event of the sequence, the given ones first.
  virtual void Place(int event) = 0;

  // After an event, [K]: what the network is fed to say the next one. The first is the event.
  virtual std::span<const int> rows() const = 0;

  // A copy with its own state, in the middle of a sequence too.
  virtual std::unique_ptr<InputRows> Clone() const = 0;
};

}  // namespace rltuner
