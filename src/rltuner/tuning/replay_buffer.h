// SPDX-License-Identifier: Apache-2.0
// The last transitions played, each with the LSTM state before it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "rltuner/core/state_archive.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// A ring of slots, one per event. A slot has the state s = (inputs, LSTM state), the action a and
// the reward r. The inputs are K rows, of which the first is the last event. The next state s' is
// the s of the next slot, so each state is stored once. Only if the last event of a composition
// bootstraps is its s' stored separately. The memory is a structure of arrays, from which a
// minibatch gathers rows. Nothing allocates after construction. Not thread-safe.
class ReplayBuffer {
 public:
  struct Layout {
    int capacity;           // transitions
    int state_size;         // floats of an LSTM state
    int vocabulary;         // V
    bool keeps_log_prior;   // whether slots have log p(.|s), [V]
    bool keeps_after_last;  // whether a last event has an s'
    int inputs = 1;         // K
    int context = 0;        // rows of inputs besides the vocabulary
  };

  explicit ReplayBuffer(const Layout& layout);

  // One event as it was played. Spans that the layout does not keep are not read.
  struct Played {
    std::span<const int> inputs;       // [K], heard in s
    std::span<const float> state;      // [S], before they are heard
    std::span<const float> log_prior;  // [V]
    int action;
    float reward;
    bool last;  // of its composition
    // For a last event: the state in which the composition ended.
    std::span<const float> state_after;      // [S]
    std::span<const float> log_prior_after;  // [V]
    std::span<const int> inputs_after = {};  // [K]; if K is 1, the action is used instead
  };
  void Add(const Played& played);
  // Adds these amounts to the rewards of the last transitions, the newest last.
  void AddToLastRewards(std::span<const float> amounts);

  // Transitions whose s' is known: all but the newest. Index 0 is the oldest.
  int sampleable() const { return std::max(0, size_ - 1); }
  // As sampleable(), once another transition has been added.
  int sampleable_after_add() const { return std::min(size_, layout_.capacity - 1); }

  struct Transition {
    int action;
    float reward;
    bool last;
    std::span<const int> inputs;                 // [K]
    std::span<const float> state;                // [S]
    std::span<const int> next_inputs = {};       // [K]; empty if last and not kept
    std::span<const float> next_state = {};      // [S]; the same
    std::span<const float> next_log_prior = {};  // [V]; empty if not kept
  };
  Transition at(int index) const;  // 0 .. sampleable() - 1
  // Starts to load a transition: the one that at(index) returns now or, if `after_add`, the one
  // that it will return once another transition has been added.
  void Prefetch(int index, bool after_add) const;

  void VisitState(StateArchive* archive);

 private:
  template <typename Rows>
  auto Row(const Rows& rows, int slot, int width) const {
    return std::span(rows).subspan(static_cast<std::size_t>(slot) * width,
                                   static_cast<std::size_t>(width));
  }
  int Slots() const { return layout_.capacity + 1; }
  int SlotBefore(int slot, int by) const { return slot < by ? slot - by + Slots() : slot - by; }
  int NextSlot(int slot) const { return slot + 1 == Slots() ? 0 : slot + 1; }

  Layout layout_;
  int size_ = 0;                      // transitions, at most capacity
  int cursor_ = 0;                    // the slot of the next one
  std::vector<std::int32_t> inputs_;  // [slots, K]
  std::vector<std::int32_t> actions_;
  std::vector<std::uint8_t> last_;
  FloatBuffer rewards_;
  FloatBuffer states_;      // [slots, S]
  FloatBuffer log_priors_;  // [slots, V] or empty
  FloatBuffer after_last_states_, after_last_log_priors_;
  std::vector<std::int32_t> after_last_inputs_;  // [slots, K], or empty
};

}  // namespace rltuner
