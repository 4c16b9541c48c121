// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include "rltuner/core/reward.h"

namespace rltuner {

// Beside the event, the place in a bar of kPlaces; a priming event has none.
class PlaceInputs final : public InputRows {
 public:
  static constexpr int kPlaces = 4;

  explicit PlaceInputs(int vocabulary) : vocabulary_(vocabulary) {}

  int count() const override { return 2; }
  void Start(int given, int /*length*/, int /*phase*/) override { next_ = given == 1 ? -1 : 0; }
  void Place(int event) override {
    ++next_;
    rows_ = {event, vocabulary_ + next_ % kPlaces};
  }
  std::span<const int> rows() const override { return rows_; }
  std::unique_ptr<InputRows> Clone() const override { return std::make_unique<PlaceInputs>(*this); }

 private:
  int vocabulary_, next_ = 0;
  std::array<int, 2> rows_{};
};

}  // namespace rltuner
