// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include "rltuner/core/random.h"
#include "rltuner/core/reward.h"

namespace rltuner {

// Besides the event, the place in a bar of kPlaces; a priming event has none. Sequences begin at
// phase 0 or, if asked for, at any place.
class PlaceInputs final : public InputRows {
 public:
  static constexpr int kPlaces = 4;

  explicit PlaceInputs(int vocabulary, bool draws_phases = false)
      : vocabulary_(vocabulary), draws_phases_(draws_phases) {}

  int count() const override { return 2; }
  int DrawPhase(Random& random) const override {
    return draws_phases_ ? static_cast<int>(random.Below(kPlaces)) : 0;
  }
  void Start(int given, int /*length*/, int phase) override {
    next_ = (given == 1 ? -1 : 0) + phase;
  }
  void Place(int event) override {
    ++next_;
    rows_ = {event, vocabulary_ + next_ % kPlaces};
  }
  std::span<const int> rows() const override { return rows_; }
  std::unique_ptr<InputRows> Clone() const override { return std::make_unique<PlaceInputs>(*this); }

 private:
  int vocabulary_;
  bool draws_phases_;
  int next_ = 0;
  std::array<int, 2> rows_{};
};

}  // namespace rltuner
