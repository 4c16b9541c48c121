// SPDX-License-Identifier: Apache-2.0
// Collects the warnings about one file while it is read. At most kMaximumWarnings are kept, so that
// a badly damaged file takes little memory and time.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "rltuner/midi/score.h"

namespace rltuner::midi {

class DamageLog {
 public:
  static constexpr std::size_t kMaximumWarnings = 100;

  explicit DamageLog(std::vector<Warning>& warnings) : warnings_(warnings) {}

  template <typename... Args>
  void Add(int track, std::size_t offset, fmt::format_string<Args...> format, Args&&... args) {
    if (warnings_.size() >= kMaximumWarnings) {
      if (left_out_++ == 0) first_left_out_ = static_cast<std::int64_t>(offset);
      return;
    }
    warnings_.push_back({track, static_cast<std::int64_t>(offset),
                         fmt::format(format, std::forward<Args>(args)...)});
  }

  // Forgets the warnings added since Mark returned `mark`.
  struct Position {
    std::size_t size, left_out;
  };
  Position Mark() const { return {warnings_.size(), left_out_}; }
  void ReturnTo(Position mark) {
    warnings_.resize(mark.size);
    left_out_ = mark.left_out;
  }

  // Adds a warning that says how many were omitted. Call it once, at the end.
  void Close() {
    if (left_out_ == 0) return;
    warnings_.push_back({-1, first_left_out_,
                         fmt::format("{} further warnings from here on are omitted", left_out_)});
  }

 private:
  std::vector<Warning>& warnings_;
  std::size_t left_out_ = 0;
  std::int64_t first_left_out_ = 0;
};

}  // namespace rltuner::midi
