// SPDX-License-Identifier: Apache-2.0
// The interfaces between tuning, what is rewarded, and what the networks are fed: tuning and
// decoding see a vocabulary, rewards and rows of the network's first weights, never music.
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

  // Forgets everything: a sequence of `length` actions begins.
  virtual void Start(int length) = 0;

  // The same at a phase, as InputRows::DrawPhase gives it. Rewards without phases ignore it.
  virtual void StartAt(int /*phase*/, int length) { Start(length); }

  // The reward of `action` as the next one of the sequence; the action then belongs to the
  // sequence. Never called more than `length` times between two Starts.
  virtual float Place(int action) = 0;

  // True once the sequence is over before its length: what follows earns nothing.
  virtual bool Over() const { return false; }

  // A copy with its own state, even in the middle of a sequence.
  virtual std::unique_ptr<Reward> Clone() const = 0;

  // Rewards finished sequences: rewards[b * length + t] is what event t of sequence b earns, both
  // [B, length]; sequence b began at phases[b]. Whatever was begun by Start is forgotten.
  virtual void Judge(std::span<const int> actions, int length, std::span<const int> phases,
                     std::span<float> rewards) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::size_t sequence = i / static_cast<std::size_t>(length);
      if (i % static_cast<std::size_t>(length) == 0) StartAt(phases[sequence], length);
      rewards[i] = Place(actions[i]);
    }
  }

  // True if Judge is better called for many sequences at once and by one thread, for instance
  // because each call enters an interpreter.
  virtual bool JudgesBatches() const { return false; }
};

// A reward that is the sum, over a whole sequence, of features times weights that are to be found
// (tuning/methods/match.h). Rewards without features fail there.
class FeatureReward : public Reward {
 public:
  virtual int features() const = 0;

  // The features of the whole sequence placed since Start.
  virtual void Features(std::span<double> values) const = 0;

  // What the sequence earns besides, whatever the weights.
  virtual double Fixed() const = 0;

  // The mean that each feature should have; [features()].
  virtual std::span<const double> targets() const = 0;

  // The first feature of the table that feature i belongs to: exactly one feature of a table is 1
  // in each sequence, the others are 0. -1: the feature stands alone.
  virtual int TableOf(int feature) const = 0;
};

// Follows one sequence, event by event, and names the rows that are summed for the next event: that
// of the last event and others that may depend on the whole sequence. One object follows one
// sequence; use a clone per thread and per sequence. Nothing allocates after Start.
class InputRows {
 public:
  virtual ~InputRows() = default;

  // K: how many rows each event has. Always the same.
  virtual int count() const = 0;

  // Where in a period the next sequence is to begin: in music, the steps of its pickup. 0, and
  // nothing is drawn, if all sequences begin alike.
  virtual int DrawPhase(Random& /*random*/) const { return 0; }

  // Forgets everything and begins a sequence of `given` events, 1 or more, and then `length`
  // others. A single given event is a priming event: it stands for what is not known and is not
  // part of the sequence. Only a sequence after a priming event has a phase other than 0.
  virtual void Start(int given, int length, int phase) = 0;

  // The next event of the sequence, the given ones first.
  virtual void Place(int event) = 0;

  // After an event, [K]: what the network is fed to predict the next one. The first is the event.
  virtual std::span<const int> rows() const = 0;

  // A copy with its own state, even in the middle of a sequence.
  virtual std::unique_ptr<InputRows> Clone() const = 0;
};

}  // namespace rltuner
