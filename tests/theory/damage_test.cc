// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/damage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rltuner/theory/rule_set.h"
#include "theory/random_events.h"

namespace rltuner {
namespace {

// Every other one has a pickup of a beat.
Tunes SomeTunes() {
  Tunes tunes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const std::vector<int> events = RandomEvents(random, kWalk, 64);
    tunes.events.emplace_back(events.begin(), events.end());
    tunes.contexts.emplace_back(MelodyContext{.pickup = seed % 2 == 1 ? 4 : 0});
  }
  return tunes;
}

class EveryDamageTest : public testing::TestWithParam<int> {
 protected:
  const DamageInfo& damage() const { return Damages()[static_cast<std::size_t>(GetParam())]; }
};

TEST_P(EveryDamageTest, KeepsTheLengthAndChangesMostTunes) {
  const Tunes tunes = SomeTunes();
  int changed = 0;
  for (std::size_t i = 0; i < tunes.events.size(); ++i) {
    Random random(1, i);
    const std::vector<std::uint8_t> damaged = damage().apply(tunes, i, random);
    ASSERT_EQ(damaged.size(), tunes.events[i].size());
    EXPECT_TRUE(std::ranges::all_of(damaged, [](int event) { return event < kVocabulary; }));
    changed += damaged != tunes.events[i] ? 1 : 0;
  }
  EXPECT_GE(changed, 18) << damage().name;
}

INSTANTIATE_TEST_SUITE_P(Damages, EveryDamageTest,
                         testing::Range(0, static_cast<int>(Damages().size())),
                         [](const testing::TestParamInfo<int>& test) {
                           return std::string(Damages()[test.param].name);
                         });

std::vector<std::uint8_t> Damaged(std::string_view name, std::size_t tune = 0) {
  const Tunes tunes = SomeTunes();
  Random random(2);
  return DamageNamed(name).apply(tunes, tune, random);
}

TEST(DamageTest, ShuffledBarsAreTheSameBars) {
  const auto bars = [](const std::vector<std::uint8_t>& events, int pickup = 0) {
    std::vector<std::vector<std::uint8_t>> all;
    for (int at = pickup; at + 16 <= 64; at += 16) {
      all.emplace_back(events.begin() + at, events.begin() + at + 16);
    }
    std::ranges::sort(all);
    return all;
  };
  EXPECT_EQ(bars(Damaged("bars_shuffled")), bars(SomeTunes().events[0]));
  const std::vector<std::uint8_t> tune = SomeTunes().events[1];
  const std::vector<std::uint8_t> damaged = Damaged("bars_shuffled", 1);
  EXPECT_EQ(bars(damaged, 4), bars(tune, 4));
  EXPECT_TRUE(std::equal(tune.begin(), tune.begin() + 4, damaged.begin())) << "the pickup stays";
  EXPECT_TRUE(std::equal(tune.end() - 12, tune.end(), damaged.end() - 12)) << "and the short bar";
}

TEST(DamageTest, PitchesAloneChangeWhereTheRhythmIsKept) {
  const std::vector<std::uint8_t> tune = SomeTunes().events[0];
  for (const char* name :
       {"pitches_shuffled", "pitches_drawn_anew", "octaves_drawn_anew", "transposed"}) {
    const std::vector<std::uint8_t> damaged = Damaged(name);
    for (std::size_t t = 0; t < tune.size(); ++t) {
      EXPECT_EQ(std::min<int>(damaged[t], 2), std::min<int>(tune[t], 2)) << name << " " << t;
    }
  }
}

TEST(DamageTest, EveryRuleNamesOne) {
  for (const RuleInfo& rule : Rules()) {
    EXPECT_EQ(std::ranges::count(Damages(), rule.damage, &DamageInfo::name), 1) << rule.name;
  }
}

}  // namespace
}  // namespace rltuner
