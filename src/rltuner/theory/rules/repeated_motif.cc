// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rltuner/theory/motif_window.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;  // odd, with well-mixed bits

// Tells whether the motif that has just ended was played before in the composition. Windows are
// found by a rolling hash and then compared event by event, so an answer is never wrong. Start
// allocates only for a greater length than ever before.
class MotifSet {
 public:
  // A composition of at most `length` events, motifs of `motif_length`.
  void Start(int length, int motif_length) {
    assert(length >= 0 && motif_length >= 1);
    const auto needed = static_cast<std::size_t>(length);
    if (events_.size() < needed) events_.resize(needed);
    if (slots_.size() < 2 * needed) {
      slots_.assign(std::bit_ceil(2 * needed), Slot{});
      generation_ = 0;
    }
    // Slots of earlier compositions count as empty; when the stamps run out, all are cleared.
    if (++generation_ == 0) {
      std::ranges::fill(slots_, Slot{});
      generation_ = 1;
    }
    if (motif_length_ != motif_length || waiting_.empty()) {
      motif_length_ = motif_length;
      waiting_.assign(static_cast<std::size_t>(motif_length), 0);
      waiting_is_motif_.assign(static_cast<std::size_t>(motif_length), false);
      leaving_ = 1;
      for (int i = 0; i < motif_length; ++i) leaving_ *= kBase;
    }
    placed_ = 0;
    next_waiting_ = 0;
    hash_ = 0;
  }

  // Adds the next event. If the last motif_length events are a motif: whether the same events, in
  // the same order, ended before this motif began. `is_motif` must depend on those events only.
  bool Add(int event, bool is_motif) {
    assert(static_cast<std::size_t>(placed_) < events_.size());
    const int now = placed_++;
    events_[static_cast<std::size_t>(now)] = static_cast<std::uint8_t>(event);
    hash_ = hash_ * kBase + static_cast<std::uint64_t>(event + 1);
    const int before = now - motif_length_;
    if (before >= 0) {
      hash_ -= leaving_ * static_cast<std::uint64_t>(events_[static_cast<std::size_t>(before)] + 1);
    }

    // The window that ended motif_length events ago is the first that no longer overlaps.
    const std::size_t place = next_waiting_;
    if (++next_waiting_ == waiting_.size()) next_waiting_ = 0;
    if (before >= 0 && waiting_is_motif_[place]) {
      const int begin = before - motif_length_ + 1;
      Slot& slot = Find(waiting_[place], begin);
      if (slot.generation != generation_) slot = {waiting_[place], generation_, begin};
    }
    waiting_[place] = hash_;
    waiting_is_motif_[place] = is_motif;
    return is_motif && Find(hash_, now - motif_length_ + 1).generation == generation_;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t generation = 0;  // of the composition that wrote it
    std::int32_t begin = 0;
  };

  Slot& Find(std::uint64_t hash, int begin) {
    const std::size_t mask = slots_.size() - 1;
    // The low bits of the rolling hash depend on little; the high bits of a product on everything.
    for (std::size_t at = (hash * kBase) >> 32;; ++at) {
      Slot& slot = slots_[at & mask];
      if (slot.generation != generation_) return slot;
      if (slot.hash == hash &&
          std::equal(events_.begin() + begin, events_.begin() + begin + motif_length_,
                     events_.begin() + slot.begin)) {
        return slot;
      }
    }
  }

  int motif_length_ = 1;
  int placed_ = 0;
  std::size_t next_waiting_ = 0;
  std::uint32_t generation_ = 0;
  std::uint64_t hash_ = 0;              // of the last motif_length events
  std::uint64_t leaving_ = 1;           // the hash factor of the event that leaves the window
  std::vector<std::uint8_t> events_;    // [length]
  std::vector<std::uint64_t> waiting_;  // [motif_length] hashes of windows that still overlap
  std::vector<bool> waiting_is_motif_;  // [motif_length]
  std::vector<Slot> slots_;             // open addressing; at most half full
};

// Fired: 1 = the last events form a motif that was played before.
class RepeatedMotif final : public RuleOf<RepeatedMotif> {
 public:
  void Describe(Settings& settings) override {
    rewards_.Describe(
        settings,
        "Reward for an event that ends a motif played before. Raise it to hear ideas return.");
    settings.Add(
        "once", &once_,
        "Whether a repetition is rewarded where it is complete, and not again for every event that "
        "continues it.");
  }

  void Start(const BarClock& clock) override {
    window_.Start(rewards_.length);
    motifs_.Start(clock.length(), rewards_.length);
  }

  float Place(int event, const BarClock& /*clock*/) override {
    window_.Add(event);
    const bool goes_on = fired_ != 0;
    // A copy of a motif has the same number of pitches, so only motifs need to be remembered.
    fired_ = motifs_.Add(event, rewards_.IsMotif(window_)) ? 1 : 0;
    return fired_ != 0 && !(once_ && goes_on) ? rewards_.Of(window_) : 0;
  }

 private:
  MotifRewards rewards_{.reward = 4, .reward_per_pitch = 1};
  bool once_ = false;
  MotifWindow window_;
  MotifSet motifs_;
};

}  // namespace

RuleInfo RepeatedMotifRule() {
  return {
      "repeated_motif",
      "+4 where a motif's 8 events occurred before, +1 for each pitch above three; 0 or 4 .. 9.",
      "C4 hold D4 hold E4 hold D4 hold, twice: +4 for the very last hold.",
      MakeRule<RepeatedMotif>,
      1,
      "bars_of_others"};
}

}  // namespace rltuner
