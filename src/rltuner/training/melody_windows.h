// SPDX-License-Identifier: Apache-2.0
// From melodies to batches: every stream of a batch plays melodies one after another, window by
// window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/melody/model_inputs.h"

namespace rltuner {

// The purposes of random numbers in training. Each has its own streams, numbered by a counter of
// the run, so a checkpoint needs only the counters.
enum class RandomPurpose : std::uint64_t { kWeights, kOrder, kPriming, kDropout, kHeldOutPriming };

constexpr std::uint64_t StreamOf(RandomPurpose purpose, std::int64_t number) {
  return (static_cast<std::uint64_t>(purpose) << 48U) + static_cast<std::uint64_t>(number);
}

// A view of a melody's events: one byte each, as in datasets, or two for tokens of any vocabulary.
class MelodyEvents {
 public:
  MelodyEvents() = default;
  MelodyEvents(std::span<const std::uint8_t> from) : bytes_(from) {}  // NOLINT(google-explicit-*)
  MelodyEvents(std::span<const std::uint16_t> from) : wide_(from) {}  // NOLINT(google-explicit-*)

  std::size_t size() const { return bytes_.size() + wide_.size(); }
  int operator[](std::size_t i) const { return wide_.empty() ? bytes_[i] : wide_[i]; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }  // empty for wide events

 private:
  std::span<const std::uint8_t> bytes_;
  std::span<const std::uint16_t> wide_;
};

// The number of steps of a melody. With priming, the network is fed event p - 1 at step p (the
// priming event at step 0) and predicts event p. Without priming, it is fed event p and predicts
// event p + 1.
inline int StepsOf(MelodyEvents melody, bool prime) {
  return static_cast<int>(melody.size()) - (prime ? 0 : 1);
}
inline int InputAt(MelodyEvents melody, bool prime, int priming_event, int step) {
  if (!prime) return melody[step];
  return step == 0 ? priming_event : melody[step - 1];
}
inline int TargetAt(MelodyEvents melody, bool prime, int step) {
  return melody[prime ? step : step + 1];
}

// How melodies are coded, and the context of each.
struct MelodyCoding {
  Encoding encoding = {};
  std::function<MelodyContext(MelodyEvents)> context_of = {};  // none: 4/4 and major
};

// Cuts a melody into parts of `bars` bars, 1 or more; the pickup belongs to the first part.
std::vector<MelodyEvents> CutIntoBars(MelodyEvents melody, const MelodyCoding& coding, int bars);

// The inputs that a network is fed of one melody, K at each step.
class MelodyFeed {
 public:
  explicit MelodyFeed(const MelodyCoding& coding);

  int count() const { return inputs_ ? inputs_->count() : 1; }
  void Start(const MelodyCoding& coding, MelodyEvents melody, bool prime, int priming_event);
  // The inputs of the next step, [K]; valid until the next call.
  std::span<const int> Next();

 private:
  std::optional<MelodyInputs> inputs_;  // none: the event alone
  MelodyEvents melody_;
  bool prime_ = true;
  int priming_event_ = 0, step_ = 0, event_ = 0;
};

// Steps first .. first + steps - 1 of a melody, for one stream.
struct MelodyWindow {
  int stream = 0;
  MelodyEvents melody;
  int priming_event = 0;
  int first = 0;  // 0: the stream's state must be zero
  int steps = 0;
  std::span<const int> inputs = {};  // [steps, K], what the network is fed
};

// Every melody is played once before any is played again, in a new random order each time. A melody
// of more than steps_per_window steps is cut into windows whose lengths differ by at most one step.
// The whole state is a position in each stream and the number of melodies drawn.
//
// With `alike` above 1, each group of `alike` consecutive draws has melodies of similar length,
// which reduces the padding of a batch. Otherwise the order stays random.
class MelodyWindows {
 public:
  struct Position {
    std::int64_t draw = 0;  // the number of the draw that gave the stream its melody
    std::int64_t step = 0;  // where the next window begins
  };

  // The melodies must outlive the object. At least one must have a step (asserted).
  MelodyWindows(std::span<const MelodyEvents> melodies, MelodyCoding coding, int streams,
                int steps_per_window, bool prime, std::uint64_t seed, int alike = 1);

  // Steps of a window: the mean over a pass, and the maximum.
  double mean_steps() const { return mean_steps_; }
  int longest() const { return longest_; }

  // K.
  int inputs() const { return feeds_[0].count(); }

  // The next window of every stream, longest first; equally long windows come in the order of their
  // streams. Their inputs are valid until the next call.
  std::span<const MelodyWindow> Next();

  // For checkpoints: after Restore, Next continues where the other object stopped.
  std::int64_t draws() const { return draws_; }
  std::span<const Position> positions() const { return positions_; }
  void Restore(std::int64_t draws, std::span<const Position> positions);

 private:
  int WindowsIn(int steps) const { return (steps + steps_per_window_ - 1) / steps_per_window_; }
  // The steps of the first window of a melody, which is the longest.
  int LongestOf(int steps) const { return (steps + WindowsIn(steps) - 1) / WindowsIn(steps); }
  void ShuffleFor(std::int64_t pass);
  void PutAlikeTogether(std::int64_t pass, Random& random);
  std::uint32_t MelodyOf(std::int64_t draw);
  void StartMelody(int stream);
  void Fill(int stream, std::uint32_t melody);

  std::vector<MelodyEvents> melodies_;
  MelodyCoding coding_;
  int steps_per_window_;
  bool prime_;
  std::uint64_t seed_;
  int alike_;
  double mean_steps_ = 0;
  int longest_ = 0;
  std::int64_t draws_ = 0;
  std::int64_t pass_ = -1;  // order_ is the order of this pass through all melodies
  std::vector<std::uint32_t> order_;
  std::vector<Position> positions_;    // [streams]
  std::vector<MelodyWindow> current_;  // [streams], by stream
  std::vector<MelodyWindow> windows_;  // [streams], longest first
  std::vector<MelodyFeed> feeds_;      // [streams]
  std::vector<int> inputs_;            // [streams, steps_per_window, K]
};

}  // namespace rltuner
