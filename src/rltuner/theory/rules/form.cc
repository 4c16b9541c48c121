// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rltuner/core/error.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/bar_memory.h"
#include "rltuner/theory/reward_table.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Bars return: as they were, transposed, or in rhythm only (repetition as the ground of form:
// Schoenberg, 1967; Caplin, 1998). A bar returns if it is like its counterpart: with a form such as
// AABA the same bar of an earlier section of that letter, otherwise the bar so many bars back.
class Form final : public RuleOf<Form> {
 public:
  void Describe(Settings& settings) override {
    returns_.Describe(settings, "returns",
                      "Total reward for 0, 1, 2, ... bars that return. Let it stop rising where "
                      "further returns are not wanted.");
    settings
        .Add("like", &like_, {"exact", "transposed", "rhythm"},
             "What a bar must have in common with its counterpart. Choose transposed for "
             "sequences.")
        .Add("bars_back", &bars_back_, 0, 1024,
             "Bars to the counterpart; 0: any bar before. Set it to the length of a phrase.")
        .Add("form", &form_, {},
             "Sections of equal length, such as AABA; then bars_back is unused. Give one to fix "
             "the plan of the melody.")
        .Add("forbidden", &forbidden_, kLowestReward, kHighestReward,
             "With a form: reward for a bar like the same bar of a section with another letter. "
             "Lower it if sections sound alike.");
  }
  void Prepare(const MusicContext& /*context*/) override {
    returns_.Prepare("rules.form: returns");
    const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (form_.size() > 64 || !std::ranges::all_of(form_, is_letter)) {
      Fail("rules.form: form is \"{}\", expected up to 64 capital letters such as AABA", form_);
    }
  }
  void Start(const BarClock& clock) override {
    memory_.Start(clock.bars());
    returns_.Start();
    first_ = 0;
  }

  float Place(int event, const BarClock& clock) override {
    if (clock.bar() < 0) return 0;
    memory_.Add(Code(event));
    return clock.ends_bar() ? static_cast<float>(EndBar(clock)) : 0;
  }
  RewardTable* table() override { return &returns_; }

 private:
  int Code(int event) {
    if (!IsNoteOn(event) || like_[0] == 'e') return event;
    if (like_[0] == 'r') return kFirstNoteOn;
    if (first_ == 0) first_ = event;
    return kFirstNoteOn + 128 + event - first_;
  }

  double EndBar(const BarClock& clock) {
    const bool known = memory_.EndBar();
    const int bar = clock.bar();
    first_ = 0;
    if (!form_.empty()) return EndBarOfForm(bar, clock.bars());
    const bool returns =
        bars_back_ == 0 ? known : bar >= bars_back_ && memory_.LastIsLike(bar - bars_back_);
    return returns ? returns_.Advance() : 0;
  }

  double EndBarOfForm(int bar, int all) {
    const int letters = static_cast<int>(form_.size());
    const int bars = (all + letters - 1) / letters;  // of a section
    const int section = bar / bars;
    double reward = 0;
    for (int other = 0; other < section && section < letters; ++other) {
      if (!memory_.LastIsLike(other * bars + bar % bars)) continue;
      if (form_[static_cast<std::size_t>(other)] == form_[static_cast<std::size_t>(section)]) {
        return returns_.Advance();
      }
      reward = forbidden_;
    }
    return reward;
  }

  RewardTable returns_{"0 1 ..."};
  std::string like_ = "exact";
  int bars_back_ = 4;
  std::string form_;
  double forbidden_ = -1;

  BarMemory memory_;
  int first_ = 0;  // note-on of the bar; 0 = none yet
};

}  // namespace

RuleInfo FormRule() {
  return {.name = "form",
          .summary =
              "+1 for each bar that repeats the bar four bars earlier, or one that a form such as "
              "AABA names.",
          .example = "Bar 5 is bar 1: +1 for the last event of bar 5.",
          .make = MakeRule<Form>,
          .weight = 0,
          .damage = "bars_shuffled"};
}

}  // namespace rltuner
