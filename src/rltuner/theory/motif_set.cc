// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/motif_set.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace rltuner {
namespace {

constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;  // odd, with well-mixed bits

}  // namespace

void MotifSet::Start(int length, int motif_length) {
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

MotifSet::Slot& MotifSet::Find(std::uint64_t hash, int begin) {
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

bool MotifSet::Add(int event, bool is_motif) {
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

}  // namespace rltuner
