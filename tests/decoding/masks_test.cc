// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/masks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {
namespace {

int IndexOf(const RuleSet& rules, std::string_view name) {
  int rule = 0;
  while (rules.info(rule).name != name) ++rule;
  return rule;
}

// Which events the mask leaves after `so_far`.
std::vector<bool> Left(const ActionMask& mask, const std::vector<int>& so_far) {
  std::vector<float> logits(kVocabulary, 0.0F);
  mask(0, so_far, logits);
  std::vector<bool> left;
  for (const float logit : logits) left.push_back(std::isfinite(logit));
  return left;
}

// Whether the rule would fire for `event` after `so_far`.
bool Fires(RuleSet& rules, int rule, const std::vector<int>& so_far, int event) {
  std::vector<float> by_rule(static_cast<std::size_t>(rules.size()));
  rules.Start(static_cast<int>(so_far.size()) + 1);
  for (const int earlier : so_far) rules.Place(earlier, by_rule);
  rules.Place(event, by_rule);
  return rules.fired(rule) != 0;
}

// Few classes, so that repeats of all kinds come up.
std::vector<int> RepetitiveEvents(Random& random, std::uint32_t length) {
  const std::uint32_t notes = 1 + random.Below(2);
  std::vector<int> events(length);
  for (int& event : events) {
    const auto kind = static_cast<int>(random.Below(notes + 2));
    event = kind < 2 ? kind : 12 + kind;
  }
  return events;
}

class MaskTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(RuleSets, MaskTest, testing::Values("paper", "theory"),
                         [](const auto& test) { return test.param; });

TEST_P(MaskTest, HidesExactlyWhatRuleRepeatWouldFireFor) {
  RuleSet rules = RuleSet::Named(GetParam());
  const int repeat = IndexOf(rules, "repeat");
  const ActionMask mask = MakeMask(rules, {.key = false, .repeat = true});
  Random random(5);
  int hidden = 0;
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    const std::vector<int> so_far = RepetitiveEvents(random, random.Below(28));
    const std::vector<bool> left = Left(mask, so_far);
    for (int event = 0; event < kVocabulary; ++event) {
      ASSERT_EQ(left[event], !Fires(rules, repeat, so_far, event)) << event;
      hidden += left[event] ? 0 : 1;
    }
  }
  EXPECT_GT(hidden, 5);
}

TEST_P(MaskTest, HidesExactlyTheEventsOutsideTheKey) {
  RuleSet rules = RuleSet::Named(GetParam());
  const std::vector<bool> left = Left(MakeMask(rules, {.key = true}), {14, 15});
  for (int event = 0; event < kVocabulary; ++event) {
    EXPECT_EQ(left[event], !Fires(rules, IndexOf(rules, "key"), {14, 15}, event)) << event;
  }
}

TEST(Mask, TakesKeyAndLimitsFromTheRules) {
  const RuleSet rules = RuleSet::FromToml(
      "[rules.key]\ntonic = \"D\"\nweight = 0.0\n[rules.repeat]\nlimit = 1\nreward = 0.0\n",
      "test");
  const std::vector<bool> left = Left(MakeMask(rules, {.key = true, .repeat = true}), {16, 16});
  EXPECT_FALSE(left[14]);  // C is not in D major
  EXPECT_TRUE(left[15]);   // C# is
  EXPECT_FALSE(left[16]);  // D for the third time
}

TEST(Mask, LeavesTheOthersInProportion) {
  std::vector<float> logits(kVocabulary);
  for (int event = 0; event < kVocabulary; ++event) logits[event] = static_cast<float>(event);
  MakeMask(RuleSet::Named("paper"), {.key = true})(0, {}, logits);
  EXPECT_EQ(logits[14], 14.0F);
  EXPECT_EQ(logits[16], 16.0F);
}

}  // namespace
}  // namespace rltuner
