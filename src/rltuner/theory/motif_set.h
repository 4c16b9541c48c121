// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rltuner {

// Tells whether the motif that has just ended was played before in the composition. Windows are
// found by a rolling hash and then compared event by event, so an answer is never wrong. Start
// allocates only for a greater length than ever before.
class MotifSet {
 public:
  // A composition of at most `length` events, motifs of `motif_length`.
  void Start(int length, int motif_length);

  // Adds the next event. Returns true if the last motif_length events are a motif and the same
  // events, in the same order, ended before it began. `is_motif` must depend on those events only.
  bool Add(int event, bool is_motif);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t generation = 0;  // of the composition that wrote it
    std::int32_t begin = 0;
  };

  Slot& Find(std::uint64_t hash, int begin);

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

}  // namespace rltuner
