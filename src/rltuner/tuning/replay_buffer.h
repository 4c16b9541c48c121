// SPDX-License-Identifier: Apache-2.0
// The last transitions played, with the LSTM state that each was played from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/nn/aligned.h"
#include "rltuner/tuning/state_archive.h"

namespace rltuner {

// A ring of slots, one an event: the state s = (last event, LSTM state), the action a, the reward
// r. The next state s' is the next slot's s, so it is stored once; only where a composition ends
// and its last event bootstraps has s' a place of its own. Structure of arrays: a minibatch gathers
// rows. Nothing allocates after construction. Not thread-safe.
class ReplayBuffer {
 public:
  struct Layout {
    int capacity;           // transitions
    int state_size;         // floats of an LSTM state
    int vocabulary;         // V
    bool keeps_log_prior;   // whether slots hold log p(.|s), [V]
    bool keeps_after_last;  // whether a last event has an s'
  };

  explicit ReplayBuffer(const Layout& layout);

  // The transition being played: first its state, then what the Note RNN says of it, then the end.
  void Begin(int event, std::span<const float> state);
  void SetLogPrior(std::span<const float> log_prior);  // only if the layout keeps it
  void End(int action, float reward, bool last);
  // The rewards of the last amounts.size() transitions that ended, the newest last, grow by these.
  void AddToLastRewards(std::span<const float> amounts);
  // After End with last = true, if the layout keeps it: the state that the composition ended in.
  void SetAfterLast(std::span<const float> state, std::span<const float> log_prior);

  // Transitions whose s' is known, index 0 the oldest: those that ended before the one that is
  // being played, or was played last. So they are the same before and after End.
  int sampleable() const {
    return playing_ ? std::min(size_, layout_.capacity - 1) : std::max(0, size_ - 1);
  }

  struct Transition {
    int event, action;
    float reward;
    bool last;
    std::span<const float> state;           // [S]
    std::span<const float> next_state;      // [S]; empty if last and not kept
    std::span<const float> next_log_prior;  // [V]; empty if not kept
  };
  Transition at(int index) const;  // 0 .. sampleable() - 1
  // Starts to bring a transition nearer.
  void Prefetch(int index) const;

  void Save(StateWriter* writer) const;
  void Restore(const StateReader& reader);

 private:
  std::span<const float> Row(const FloatBuffer& rows, int slot, int width) const {
    return {rows.data() + static_cast<std::ptrdiff_t>(slot) * width,
            static_cast<std::size_t>(width)};
  }
  int Slots() const { return layout_.capacity + 1; }
  int SlotOf(int index) const;
  int NextSlot(int slot) const { return slot + 1 == Slots() ? 0 : slot + 1; }

  Layout layout_;
  int size_ = 0;    // ended transitions, at most capacity
  int cursor_ = 0;  // the slot being played, or played next
  bool playing_ = false;
  std::vector<std::int32_t> events_, actions_;
  std::vector<std::uint8_t> last_;
  FloatBuffer rewards_;
  FloatBuffer states_;      // [slots, S]
  FloatBuffer log_priors_;  // [slots, V] or empty
  FloatBuffer after_last_states_, after_last_log_priors_;
};

}  // namespace rltuner
