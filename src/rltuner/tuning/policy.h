// SPDX-License-Identifier: Apache-2.0
// How a model plays: from a network's outputs to the distribution of the next action.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/core/reward.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// log_policy[a] = log softmax(logits / temperature)[a]; temperature 0 puts everything on the argmax
// (0 there, -infinity elsewhere). A logit of -infinity is never played; at least one must be
// finite. The spans may be the same.
void LogPolicy(std::span<const float> logits, float temperature, std::span<float> log_policy);

// LogPolicy, and probabilities[a] = exp(log_policy[a]): exactly 0 for masked actions.
void PolicyDistribution(std::span<const float> logits, float temperature,
                        std::span<float> log_policy, std::span<float> probabilities);

// Draws actions, each with these probabilities. At least one probability must be above 0; rounding
// may leave their sum slightly off 1. Several actions are drawn by systematic sampling, so their
// shares are as near to the probabilities as possible.
void DrawActions(std::span<const float> probabilities, Random& random, std::span<int> actions);

// Systematic resampling: counts[i] is how often i is drawn, draws * shares[i] rounded up or down.
// The shares add up to 1, and the counts to `draws`.
void DrawCounts(std::span<const double> shares, int draws, Random& random, std::span<int> counts);

// The inputs of the networks for B sequences: the last event of each or, given an InputRows, the K
// rows that it computes from the whole sequence. Not thread-safe.
class SequenceInputs {
 public:
  // `rows` is cloned; null: K = 1.
  SequenceInputs(const InputRows* rows, int batch) : count_(CountOf(rows)) {
    for (int b = 0; rows != nullptr && b < batch; ++b) sequences_.push_back(rows->Clone());
    if (rows != nullptr) rows_.resize(static_cast<std::size_t>(batch) * count_);
  }

  // K.
  int count() const { return count_; }
  static int CountOf(const InputRows* rows) { return rows == nullptr ? 1 : rows->count(); }

  // Starts sequence b at phases[b]; see InputRows::Start. There may be fewer than B phases, or none
  // if all are 0.
  void Start(int given, int length, std::span<const int> phases = {}) {
    for (std::size_t b = 0; b < sequences_.size(); ++b) {
      sequences_[b]->Start(given, length, b < phases.size() ? phases[b] : 0);
    }
  }

  // events[b] is the next event of sequence b; there may be fewer than B. Returns the rows to feed
  // now, [events.size(), K]. They are valid until the next call, and only while `events` is.
  std::span<const int> Place(std::span<const int> events) {
    if (sequences_.empty()) return events;
    for (std::size_t b = 0; b < events.size(); ++b) {
      sequences_[b]->Place(events[b]);
      std::ranges::copy(sequences_[b]->rows(),
                        rows_.begin() + static_cast<std::ptrdiff_t>(b) * count_);
    }
    return std::span(rows_).first(events.size() * static_cast<std::size_t>(count_));
  }

  // Sequence `to` continues from the state of `from`.
  void Copy(int from, int to) {
    if (!sequences_.empty()) sequences_[to] = sequences_[from]->Clone();
  }

 private:
  int count_;
  std::vector<std::unique_ptr<InputRows>> sequences_;  // [B]; empty: the events alone
  std::vector<int> rows_;                              // [B, K]
};

// Plays B sequences at once, each with states of its own that start at zero. V = vocabulary. If the
// Note RNN itself plays, it runs only once per step. Nothing allocates after construction. Not
// thread-safe: threads share the networks, and each has its own Policy.
class Policy {
 public:
  Policy(const PolicyNetworks& networks, int batch);

  int batch() const { return batch_; }
  int vocabulary() const { return vocabulary_; }

  // Starts all sequences, as SequenceInputs::Start.
  void Reset(int given = 1, int length = 0, std::span<const int> phases = {});

  // Feeds events[b] (0 .. V-1), and what else the networks hear, to sequence b of both networks.
  // Fewer than B events move only the first sequences.
  void Step(std::span<const int> events);

  // Sequence `to` continues from the state of sequence `from`. The next Step updates the logits and
  // the log_prior of `to`.
  void CopyState(int from, int to);

  // Logits of sequence b after the last Step, [V]: the log policy at temperature 1, up to a
  // constant. Writable, so that a caller can rule actions out (-infinity) before it calls
  // LogPolicy.
  std::span<float> logits(int row) { return Row(logits_, row); }

  // log p(a|s) of the Note RNN, [V]: normalised, at temperature 1.
  std::span<const float> log_prior(int row) const {
    return {log_prior_.data() + static_cast<std::ptrdiff_t>(row) * vocabulary_,
            static_cast<std::size_t>(vocabulary_)};
  }

 private:
  std::span<float> Row(FloatBuffer& rows, int row) const {
    return {rows.data() + static_cast<std::ptrdiff_t>(row) * vocabulary_,
            static_cast<std::size_t>(vocabulary_)};
  }

  PolicyNetworks networks_;
  int batch_, vocabulary_;
  SequenceInputs inputs_;
  BatchStepper stepper_;
  std::optional<BatchStepper> note_rnn_stepper_;  // none when the Note RNN plays
  FloatBuffer logits_;                            // [B, V]
  FloatBuffer log_prior_;                         // [B, V]
};

}  // namespace rltuner
