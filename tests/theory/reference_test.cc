// SPDX-License-Identifier: Apache-2.0
// The fast rules against plain ones, on random compositions of many kinds and lengths.
#include <gtest/gtest.h>

#include <cmath>

#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule_set.h"
#include "theory/random_events.h"
#include "theory/reference_rules.h"

namespace rltuner {
namespace {

// Compares every `stride`-th event, the first few and the last few.
void ExpectSame(const char* set, const reference::Mends& mends, const reference::Events& x,
                int stride) {
  RuleSet rules = RuleSet::Named(set);
  const int length = static_cast<int>(x.size());
  rules.Start(length);
  std::vector<float> actual(static_cast<std::size_t>(rules.size()));
  for (int t = 0; t < length; ++t) {
    rules.Place(x[t], actual);
    if (t % stride != 0 && t > 40 && t < length - 5) continue;
    const std::vector<double> expected = reference::Rewards(x, t, mends);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i])) continue;
      ASSERT_NEAR(actual[i], expected[i], 1e-4)
          << set << ", rule " << rules.info(static_cast<int>(i)).name << ", event " << t << " of "
          << length;
    }
  }
}

class ReferenceTest : public testing::TestWithParam<int> {
 protected:
  void Compare(std::uint64_t seed, int length, int stride) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const auto x = RandomEvents(random, static_cast<EventKind>(GetParam()), length);
    ExpectSame("paper", reference::kPaper, x, stride);
    ExpectSame("theory", reference::kTheory, x, stride);
  }
};

TEST_P(ReferenceTest, EqualAtEveryShortLength) {
  for (int length = 1; length <= 70; ++length) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) Compare(seed, length, 1);
    if (HasFatalFailure()) return;
  }
}

TEST_P(ReferenceTest, EqualAtThePapersLength) {
  for (std::uint64_t seed = 100; seed < 300 && !HasFatalFailure(); ++seed) Compare(seed, 32, 1);
}

TEST_P(ReferenceTest, EqualAtLength700) { Compare(1, 700, 5); }

TEST_P(ReferenceTest, EqualAtLength5000) { Compare(2, 5000, 211); }

INSTANTIATE_TEST_SUITE_P(Kinds, ReferenceTest, testing::Range(0, static_cast<int>(kEventKinds)));

}  // namespace
}  // namespace rltuner
