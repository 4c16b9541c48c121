// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "rltuner/melody/events.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Findings, at the last event: 1 = the highest note is unique, 2 = the lowest is.
class HighLowUnique final : public Rule {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("pitches_only", &pitches_only_,
             "Whether only notes can be the highest; the paper lets classes 0 and 1 be it in a "
             "composition without notes")
        .Add("highest", &highest_, kLowestReward, kHighestReward, "Of a unique highest note")
        .Add("lowest", &lowest_, kLowestReward, kHighestReward, "Of a unique lowest note");
  }

  void Start(int length) override {
    left_ = length;
    counts_.fill(0);
  }

  float Place(int event) override {
    ++counts_[event];
    findings_ = 0;
    if (--left_ != 0) return 0;
    const auto once = [](int count) { return count > 0; };
    const auto lowest = std::find_if(counts_.begin() + kFirstNoteOn, counts_.end(), once);
    const auto highest = std::find_if(counts_.rbegin(), counts_.rend(), once);
    const bool has_notes = lowest != counts_.end();
    float reward = 0;
    if (highest != counts_.rend() && *highest == 1 && (has_notes || !pitches_only_)) {
      findings_ |= 1;
      reward += static_cast<float>(highest_);
    }
    if (has_notes && *lowest == 1) {
      findings_ |= 2;
      reward += static_cast<float>(lowest_);
    }
    return reward;
  }

  std::unique_ptr<Rule> Clone() const override { return std::make_unique<HighLowUnique>(*this); }

 private:
  bool pitches_only_ = false;
  double highest_ = 3;
  double lowest_ = 3;

  int left_ = 0;
  std::array<int, kVocabulary> counts_{};
};

}  // namespace

RuleInfo HighLowUniqueRule() {
  return {"high_low_unique",
          "At the last event +3 if the highest note occurs once and +3 if the lowest does; 0, 3 or "
          "6.",
          "C4 D4 E4 D4: +6 at the end, both C4 and E4 are struck once.",
          []() -> std::unique_ptr<Rule> { return std::make_unique<HighLowUnique>(); }};
}

}  // namespace rltuner
