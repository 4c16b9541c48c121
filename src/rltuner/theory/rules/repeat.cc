// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/repeat_counter.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Fired: 1 = an event repeated too often.
class Repeat final : public RuleOf<Repeat> {
 public:
  void Describe(Settings& settings) override {
    limits_.Describe(settings);
    settings.Add("reward", &reward_, kLowestReward, kHighestReward,
                 "Reward for a repeat beyond the limit. Move it towards 0 where repeated notes "
                 "belong to the style.");
  }

  void Start(const BarClock& /*clock*/) override { counter_.Start(); }

  float Place(int event, const BarClock& /*clock*/) override {
    const bool too_often = counter_.TooOften(event, limits_);
    counter_.Add(event);
    fired_ = too_often ? 1 : 0;
    return too_often ? static_cast<float>(reward_) : 0;
  }

 private:
  RepeatLimits limits_;
  double reward_ = -100;
  RepeatCounter counter_;
};

}  // namespace

RuleInfo RepeatRule() {
  return {"repeat",
          "-100 for repeating one event too often; never positive.",
          "Six C4 in a row: -100 for the sixth. Three note offs in a row: -100 for the third.",
          MakeRule<Repeat>,
          1,
          "notes_repeated"};
}

}  // namespace rltuner
