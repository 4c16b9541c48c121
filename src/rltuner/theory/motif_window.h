// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cassert>
#include <cstdint>

#include "rltuner/melody/events.h"

namespace rltuner {

// The last few events of a composition and how many different pitches are among them.
class MotifWindow {
 public:
  static constexpr int kLongest = 64;

  // length: 1 .. kLongest events.
  void Start(int length) {
    assert(length >= 1 && length <= kLongest);
    length_ = length;
    placed_ = 0;
    next_ = 0;
    pitches_ = 0;
    struck_.fill(0);
  }

  void Add(int event) {
    if (full()) {
      const int left = events_[next_];
      if (IsNoteOn(left) && --struck_[left] == 0) --pitches_;
    } else {
      ++placed_;
    }
    events_[next_] = static_cast<std::uint8_t>(event);
    if (++next_ == length_) next_ = 0;
    if (IsNoteOn(event) && struck_[event]++ == 0) ++pitches_;
  }

  bool full() const { return placed_ == length_; }
  int pitches() const { return pitches_; }

 private:
  int length_ = 1;
  int placed_ = 0;  // at most length_
  int next_ = 0;
  int pitches_ = 0;
  std::array<std::uint8_t, kLongest> events_{};  // a ring of length_
  std::array<std::uint8_t, kMostClasses> struck_{};
};

}  // namespace rltuner
