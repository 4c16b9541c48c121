// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "rltuner/core/input_rows.h"

namespace rltuner {

// What the networks are fed of B sequences: the last event of each, or, given an InputRows, the K
// rows that it makes of the whole sequence. Not thread-safe.
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

  // All sequences begin; see InputRows::Start.
  void Start(int given, int length) {
    for (const std::unique_ptr<InputRows>& sequence : sequences_) sequence->Start(given, length);
  }

  // events[b] is the next of sequence b; there may be fewer than B. Returns what to feed now,
  // [events.size(), K], which is valid until the next call and as long as `events`.
  std::span<const int> Place(std::span<const int> events) {
    if (sequences_.empty()) return events;
    for (std::size_t b = 0; b < events.size(); ++b) {
      sequences_[b]->Place(events[b]);
      std::ranges::copy(sequences_[b]->rows(),
                        rows_.begin() + static_cast<std::ptrdiff_t>(b) * count_);
    }
    return std::span(rows_).first(events.size() * static_cast<std::size_t>(count_));
  }

  // Sequence `to` goes on from where `from` stands.
  void Copy(int from, int to) {
    if (!sequences_.empty()) sequences_[to] = sequences_[from]->Clone();
  }

 private:
  int count_;
  std::vector<std::unique_ptr<InputRows>> sequences_;  // [B]; empty: the events alone
  std::vector<int> rows_;                              // [B, K]
};

}  // namespace rltuner
