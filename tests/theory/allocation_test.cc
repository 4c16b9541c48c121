// SPDX-License-Identifier: Apache-2.0
// The rules judge every event of a tuning run: they must not wait for the memory manager.
#include <gtest/gtest.h>

#include <vector>

#include "allocation_count.h"
#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {
namespace {

constexpr int kLength = 200;

void PlaceComposition(RuleSet& rules, Random& random, std::span<float> by_rule) {
  rules.Start(kLength);
  for (int i = 0; i < kLength; ++i) {
    const int event = static_cast<int>(random.Below(kVocabulary));
    if (by_rule.empty()) {
      rules.Place(event);
    } else {
      rules.Place(event, by_rule);
    }
  }
}

class RuleSetAllocation : public testing::TestWithParam<const char*> {};

TEST_P(RuleSetAllocation, NoneAfterTheFirstComposition) {
  RuleSet rules = RuleSet::Named(GetParam());
  Random random(1);
  std::vector<float> by_rule(static_cast<std::size_t>(rules.size()));
  PlaceComposition(rules, random, by_rule);
  EXPECT_EQ(AllocationsOf([&] {
              for (int i = 0; i < 20; ++i) PlaceComposition(rules, random, {});
              for (int i = 0; i < 20; ++i) PlaceComposition(rules, random, by_rule);
            }),
            0);
}

INSTANTIATE_TEST_SUITE_P(EverySet, RuleSetAllocation, testing::Values("paper", "theory", "song"),
                         [](const testing::TestParamInfo<const char*>& set) {
                           return std::string(set.param);
                         });

}  // namespace
}  // namespace rltuner
