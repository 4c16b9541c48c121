// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rltuner/core/settings.h"

namespace rltuner {

// The total reward for a count or a kind. "0 1 3" gives 0 while nothing is counted, 1 for one, and
// 3 for two or more; "0 1 ..." continues with 2 for two and 3 for three. Method `match` matches
// whole tables, because with a single weight some counts would occur never or always
// (tuning/methods/match.cc).
class RewardTable {
 public:
  explicit RewardTable(std::string text) : text_(std::move(text)) {}

  void Describe(Settings& settings, const char* name, const char* help) {
    settings.Add(name, &text_, {}, help);
  }
  // Reads the text: 1 .. 64 numbers of magnitude up to `most`, separated by spaces, and perhaps
  // "..." after two or more of them. If `entries` is given, the text must have exactly that many
  // numbers, or as many as `repeats` has: number i then stands for repeats[i] entries. Anything
  // else is an Error.
  void Prepare(const char* name, int entries = 0, double most = 1000,
               std::span<const int> repeats = {});

  void Start() { at_ = 0; }
  // Moves on to `entry` and returns the change of the total.
  float MoveTo(int entry) {
    const double before = paid();
    at_ = entry;
    return static_cast<float>(paid() - before);
  }
  float Advance() { return MoveTo(at_ + 1); }  // to the next count
  double paid() const {
    const int last = static_cast<int>(values_.size()) - 1;
    const double value = values_[static_cast<std::size_t>(at_ < last ? at_ : last)];
    return at_ > last ? value + (at_ - last) * further_ : value;
  }

  // The current entry; the last one also stands for all higher counts.
  int at() const { return at_ < size() ? at_ : size() - 1; }
  int size() const { return goes_on_ ? kOpenSize : static_cast<int>(values_.size()); }

  // Replaces the text.
  void Set(std::span<const double> values);

 private:
  static constexpr int kOpenSize = 9;

  std::string text_;
  std::vector<double> values_ = std::vector<double>(1);
  bool goes_on_ = false;
  double further_ = 0;  // added for each entry after the last, if the text ends in "..."
  int at_ = 0;
};

}  // namespace rltuner
