// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cassert>
#include <cstdint>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

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

// The parameters that the rules `motif` and `repeated_motif` share: when the last events are a
// motif, and its reward.
struct MotifRewards {
  int length = 8;
  int pitches = 3;
  double reward = 0;
  double reward_per_pitch = 0;

  void Describe(Settings& settings, const char* help_of_reward) {
    settings
        .Add("length", &length, 1, MotifWindow::kLongest,
             "Events in a motif; 16 = a bar of 4/4. Lower it for short figures, which are found "
             "and repeated sooner.")
        .Add("pitches", &pitches, 1, 36,
             "Different pitches that make it a motif. Raise it if scales and broken chords are "
             "wanted more than turns.")
        .Add("reward", &reward, kLowestReward, kHighestReward, help_of_reward)
        .Add("reward_per_pitch", &reward_per_pitch, kLowestReward, kHighestReward,
             "Reward for each pitch above `pitches`. Set it to 0 if variety within the motif does "
             "not matter.");
  }

  bool IsMotif(const MotifWindow& window) const {
    return window.full() && window.pitches() >= pitches;
  }
  float Of(const MotifWindow& window) const {
    return static_cast<float>(reward + reward_per_pitch * (window.pitches() - pitches));
  }
};

}  // namespace rltuner
