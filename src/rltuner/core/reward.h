// SPDX-License-Identifier: Apache-2.0
// The interfaces from which tuning and decoding get rewards and network inputs. Tuning and decoding
// know a vocabulary, rewards and rows of the network's input weights, but not music.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace rltuner {

class Random;

// Rewards one sequence of actions, one action at a time. A reward may depend on everything placed
// since Start. One object follows one sequence; use a clone per thread and per sequence.
class Reward {
 public:
  virtual ~Reward() = default;

  // Forgets everything and begins a sequence of `length` actions.
  virtual void Start(int length) = 0;

  // Starts a sequence at a phase (InputRows::DrawPhase). Rewards without phases ignore it.
  virtual void StartAt(int /*phase*/, int length) { Start(length); }

  // Appends `action` to the sequence and returns its reward. Called at most `length` times after
  // each Start.
  virtual float Place(int action) = 0;

  // True once the sequence has ended early: further actions earn nothing.
  virtual bool Over() const { return false; }

  // A copy with its own state, even in the middle of a sequence.
  virtual std::unique_ptr<Reward> Clone() const = 0;

  // Rewards B finished sequences: sets rewards[b * length + t] to the reward of event t of sequence
  // b, which began at phases[b]. Discards the sequence begun by Start.
  virtual void Judge(std::span<const int> actions, int length, std::span<const int> phases,
                     std::span<float> rewards) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::size_t sequence = i / static_cast<std::size_t>(length);
      if (i % static_cast<std::size_t>(length) == 0) StartAt(phases[sequence], length);
      rewards[i] = Place(actions[i]);
    }
  }

  // True if Judge should get many sequences per call, from one thread, for instance because each
  // call enters an interpreter.
  virtual bool JudgesBatches() const { return false; }
};

// A reward whose sum over a sequence is a fixed part plus weights times features. Method `match`
// finds the weights (tuning/methods/match.cc) and accepts no other rewards.
class FeatureReward : public Reward {
 public:
  virtual int features() const = 0;

  // The features of the whole sequence placed since Start.
  virtual void Features(std::span<double> values) const = 0;

  // The fixed part: the reward of the sequence with all weights 0.
  virtual double Fixed() const = 0;

  // The mean that each feature should have; [features()].
  virtual std::span<const double> targets() const = 0;

  // The first feature of the table that `feature` belongs to; -1 if it belongs to none. In each
  // sequence exactly one feature of the table is 1 and its others are 0.
  virtual int TableOf(int feature) const = 0;
};

// Follows one sequence, event by event. Gives the rows of input weights that are summed as the
// network's input: that of the last event, and rows that may depend on the whole sequence. One
// object follows one sequence; use a clone per thread and per sequence. Nothing allocates after
// Start.
class InputRows {
 public:
  virtual ~InputRows() = default;

  // K, the number of rows for each event; constant.
  virtual int count() const = 0;

  // Draws the phase, or position in a period, at which the next sequence begins. In music this is
  // the length of its pickup. Returns 0 and draws nothing if all sequences begin alike.
  virtual int DrawPhase(Random& /*random*/) const { return 0; }

  // Forgets everything and begins a sequence of `given` events, 1 or more, and then `length`
  // others. A single given event is a priming event: it stands for an unknown past and is not part
  // of the sequence. Only a sequence after a priming event has a phase other than 0.
  virtual void Start(int given, int length, int phase) = 0;

  // The next event of the sequence, the given ones first.
  virtual void Place(int event) = 0;

  // [K] rows from which the network predicts the next event. The first is the last event placed.
  virtual std::span<const int> rows() const = 0;

  // A copy with its own state, even in the middle of a sequence.
  virtual std::unique_ptr<InputRows> Clone() const = 0;
};

}  // namespace rltuner
