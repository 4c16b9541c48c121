// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/replay_buffer.h"

#include <cassert>

#include "rltuner/nn/simd.h"

namespace rltuner {

ReplayBuffer::ReplayBuffer(const Layout& layout) : layout_(layout) {
  const std::size_t slots = Slots();
  inputs_.resize(slots * layout.inputs);
  actions_.resize(slots);
  last_.resize(slots);
  rewards_.resize(slots);
  states_.resize(slots * layout.state_size);
  if (layout.keeps_log_prior) log_priors_.resize(slots * layout.vocabulary);
  if (layout.keeps_after_last) {
    after_last_states_.resize(slots * layout.state_size);
    if (layout.keeps_log_prior) after_last_log_priors_.resize(slots * layout.vocabulary);
    if (layout.inputs > 1) after_last_inputs_.resize(slots * layout.inputs);
  }
}

void ReplayBuffer::Add(const Played& played) {
  const auto keep = [slot = cursor_](const auto& row, auto* rows) {
    std::ranges::copy(row, rows->begin() + slot * static_cast<std::ptrdiff_t>(row.size()));
  };
  assert(static_cast<int>(played.state.size()) == layout_.state_size);
  assert(static_cast<int>(played.inputs.size()) == layout_.inputs);
  keep(played.inputs, &inputs_);
  actions_[cursor_] = played.action;
  rewards_[cursor_] = played.reward;
  last_[cursor_] = played.last ? 1 : 0;
  keep(played.state, &states_);
  if (layout_.keeps_log_prior) keep(played.log_prior, &log_priors_);
  if (played.last && layout_.keeps_after_last) {
    keep(played.state_after, &after_last_states_);
    if (layout_.keeps_log_prior) keep(played.log_prior_after, &after_last_log_priors_);
    if (layout_.inputs > 1) keep(played.inputs_after, &after_last_inputs_);
  }
  cursor_ = NextSlot(cursor_);
  size_ = std::min(size_ + 1, layout_.capacity);
}

void ReplayBuffer::AddToLastRewards(std::span<const float> amounts) {
  const int count = std::min(static_cast<int>(amounts.size()), size_);
  for (int back = 1; back <= count; ++back) {
    rewards_[SlotBefore(cursor_, back)] += amounts[amounts.size() - back];
  }
}

void ReplayBuffer::Prefetch(int index, bool after_add) const {
  const int slot = after_add ? SlotBefore(cursor_, sampleable_after_add() - index)
                             : SlotBefore(cursor_, size_ - index);
  const auto fetch = [slot](const auto& values) {
    simd::Prefetch(std::span(values).subspan(static_cast<std::size_t>(slot), 1));
  };
  simd::Prefetch(Row(inputs_, slot, layout_.inputs));
  fetch(actions_);
  fetch(last_);
  fetch(rewards_);
  simd::Prefetch(Row(states_, slot, layout_.state_size));
  // Usually there is an s'. Checking would mean waiting for memory.
  simd::Prefetch(Row(states_, NextSlot(slot), layout_.state_size));
  if (layout_.keeps_log_prior) {
    simd::Prefetch(Row(log_priors_, NextSlot(slot), layout_.vocabulary));
  }
}

ReplayBuffer::Transition ReplayBuffer::at(int index) const {
  assert(index >= 0 && index < sampleable());
  const int slot = SlotBefore(cursor_, size_ - index);
  const int next = NextSlot(slot);
  Transition transition{.action = actions_[slot],
                        .reward = rewards_[slot],
                        .last = last_[slot] != 0,
                        .inputs = Row(inputs_, slot, layout_.inputs),
                        .state = Row(states_, slot, layout_.state_size)};
  const auto next_inputs = [&](const std::vector<std::int32_t>& rows, int row) {
    return layout_.inputs > 1 ? Row(rows, row, layout_.inputs) : Row(actions_, slot, 1);
  };
  if (!transition.last) {
    transition.next_inputs = next_inputs(inputs_, next);
    transition.next_state = Row(states_, next, layout_.state_size);
    if (layout_.keeps_log_prior) {
      transition.next_log_prior = Row(log_priors_, next, layout_.vocabulary);
    }
  } else if (layout_.keeps_after_last) {
    transition.next_inputs = next_inputs(after_last_inputs_, slot);
    transition.next_state = Row(after_last_states_, slot, layout_.state_size);
    if (layout_.keeps_log_prior) {
      transition.next_log_prior = Row(after_last_log_priors_, slot, layout_.vocabulary);
    }
  }
  return transition;
}

void ReplayBuffer::VisitState(StateArchive* archive) {
  archive->Numbers<std::int64_t>("replay.counters", size_, cursor_);
  archive->Require(size_ >= 0 && size_ <= layout_.capacity && cursor_ >= 0 && cursor_ < Slots() &&
                       (size_ == layout_.capacity || size_ == cursor_),
                   "replay.counters");
  // Until the ring is full, only its first slots and the one being played are in use.
  const std::size_t used = size_ < layout_.capacity ? cursor_ + 1 : Slots();
  const auto visit = [&](const char* name, auto& rows) {
    const std::size_t width = rows.size() / Slots();
    if (width > 0) archive->Array(name, std::span(rows).first(used * width));
  };
  const auto require_below = [&](int limit, const std::vector<std::int32_t>& rows) {
    const auto known = [limit](int row) { return row >= 0 && row < limit; };
    archive->Require(std::ranges::all_of(rows, known), "replay.events");
  };
  visit("replay.events", inputs_);
  visit("replay.actions", actions_);
  visit("replay.after_last_events", after_last_inputs_);
  require_below(layout_.vocabulary + layout_.context, inputs_);
  require_below(layout_.vocabulary, actions_);
  require_below(layout_.vocabulary + layout_.context, after_last_inputs_);
  visit("replay.last", last_);
  visit("replay.rewards", rewards_);
  visit("replay.states", states_);
  visit("replay.log_priors", log_priors_);
  visit("replay.after_last_states", after_last_states_);
  visit("replay.after_last_log_priors", after_last_log_priors_);
}

}  // namespace rltuner
