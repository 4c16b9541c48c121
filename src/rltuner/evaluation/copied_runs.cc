// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/copied_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace rltuner {
namespace {

constexpr std::uint8_t kSeparator = 255;  // no event

}  // namespace

CopiedRuns::CopiedRuns(std::span<const Dataset::Events> melodies, int longest) : longest_(longest) {
  for (const Dataset::Events melody : melodies) {
    for (std::size_t i = 0; i < melody.size(); ++i) {
      sorted_.push_back(static_cast<std::uint32_t>(text_.size() + i));
    }
    text_.insert(text_.end(), melody.begin(), melody.end());
    text_.insert(text_.end(), static_cast<std::size_t>(longest), kSeparator);
  }
  fingerprint_ = fmt::format("{:016x}", HashEvents(text_));
  std::ranges::sort(sorted_, [&](std::uint32_t a, std::uint32_t b) {
    return std::memcmp(&text_[a], &text_[b], static_cast<std::size_t>(longest_)) < 0;
  });
}

int CopiedRuns::Agreeing(std::uint32_t at, std::span<const std::uint8_t> events) const {
  const std::size_t size = std::min(events.size(), static_cast<std::size_t>(longest_));
  const auto first_other = std::mismatch(
      events.begin(), events.begin() + static_cast<std::ptrdiff_t>(size), text_.begin() + at);
  return static_cast<int>(first_other.first - events.begin());
}

int CopiedRuns::LongestIn(std::span<const std::uint8_t> composition) const {
  int best = 0;
  for (std::size_t begin = 0; begin < composition.size(); ++begin) {
    const auto events = composition.subspan(begin);
    const std::size_t size = std::min(events.size(), static_cast<std::size_t>(longest_));
    const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), events,
                                        [&](std::uint32_t at, const auto& sought) {
                                          return std::memcmp(&text_[at], sought.data(), size) < 0;
                                        });
    // The longest match is next to the place where the events would be sorted.
    if (place != sorted_.end()) best = std::max(best, Agreeing(*place, events));
    if (place != sorted_.begin()) best = std::max(best, Agreeing(*(place - 1), events));
  }
  return best;
}

}  // namespace rltuner
