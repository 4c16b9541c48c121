// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace rltuner {

// Stores the bars of a composition as 64-bit hashes and finds equal bars. About once in 10^19
// comparisons, two different bars count as equal. Start allocates only if a composition has more
// bars than any before it.
class BarMemory {
 public:
  void Start(int bars) {
    bars_.clear();
    bars_.reserve(static_cast<std::size_t>(bars));
    const std::size_t needed = std::bit_ceil(2 * static_cast<std::size_t>(bars) + 2);
    if (slots_.size() < needed) slots_.assign(needed, {});
    ++generation_;
    hash_ = kStart;
  }

  // Adds the next event of the bar. Bars are equal if their codes are.
  void Add(int code) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(code + 1)) * 0x9E3779B97F4A7C15;
    hash_ ^= hash_ >> 29;
  }

  // Ends the bar. Returns whether it equals any earlier bar.
  bool EndBar() {
    bars_.push_back(hash_);
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_ & mask;
    while (slots_[at].generation == generation_ && slots_[at].hash != hash_) at = (at + 1) & mask;
    const bool known = slots_[at].generation == generation_;
    slots_[at] = {hash_, generation_};
    hash_ = kStart;
    return known;
  }

  // Whether the bar that ended last equals bar k, which must have ended.
  bool LastIsLike(int k) const { return bars_[static_cast<std::size_t>(k)] == bars_.back(); }

 private:
  static constexpr std::uint64_t kStart = 0xCBF29CE484222325;
  struct Slot {
    std::uint64_t hash = 0, generation = 0;  // generation: of the composition that wrote the slot
  };

  std::uint64_t hash_ = kStart, generation_ = 0;
  std::vector<std::uint64_t> bars_;  // of this composition
  std::vector<Slot> slots_;          // open addressing, at most half full
};

}  // namespace rltuner
