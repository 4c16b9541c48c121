// SPDX-License-Identifier: Apache-2.0
// Each rule on a few bars written by hand, and each of its options. Classes: 0 off, 1 hold,
// 14 C4, 15 C#4, 16 D4, 18 E4, 19 F4, 21 G4, 22 Ab4, 23 A4, 25 B4, 26 C5.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "rltuner/core/random.h"
#include "rltuner/melody/autocorrelation.h"
#include "rltuner/melody/encoding.h"
#include "theory/place_all.h"

namespace rltuner {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

using Rewards = std::vector<float>;

TEST(RulesTest, ThoseOfThePaperComeFirst) {
  std::vector<std::string_view> paper;
  std::vector<std::string_view> others;
  for (const RuleInfo& info : Rules()) (info.weight != 0 ? paper : others).push_back(info.name);
  EXPECT_THAT(paper,
              ElementsAre("key", "tonic", "repeat", "autocorrelation", "motif", "repeated_motif",
                          "preferred_intervals", "leap", "high_low_unique"));
  EXPECT_THAT(others, ElementsAre("metre", "phrase", "cadence", "form", "contour",
                                  "steps_and_skips", "rhythm", "subdivision", "beat_notes", "range",
                                  "repetition", "chord_tones", "tonality", "opening"));
  EXPECT_EQ(Rules().front().name, "key");
  EXPECT_EQ(Rules().back().name, "opening");
}

TEST(KeyRuleTest, PunishesNotesOutsideCMajor) {
  EXPECT_EQ(PlaceAll("key", {14, 15, 16, 0, 1, 22}), (Rewards{0, -1, 0, 0, 0, -1}));
}

TEST(KeyRuleTest, TakesAnotherKey) {
  EXPECT_EQ(PlaceAll("key", {18, 20, 21, 19}, "tonic = \"E\"\nscale = \"minor\""),
            (Rewards{0, 0, 0, -1}));
}

// Note by note, of a rule with its defaults.
Rewards InKey(std::string_view rule, const MusicContext& context, const std::vector<int>& events) {
  return PlaceAll(*MakeRule(rule, "", context), events);
}

const MusicContext kDDorian({.tonic = 2, .mode = Mode::kDorian});
const MusicContext kLowAMinor({.tonic = 9, .mode = Mode::kMinor}, {.lowest_pitch = 45});

TEST(KeyRuleTest, FollowsTheKeyOfTheMelody) {
  const MusicContext e_minor({.tonic = 4, .mode = Mode::kMinor});
  EXPECT_EQ(InKey("key", e_minor, {18, 20, 19}), (Rewards{0, 0, -1}));
  EXPECT_EQ(InKey("key", kDDorian, {16, 25, 24}), (Rewards{0, 0, -1}));
}

TEST(TonicRuleTest, FollowsTheKeyOfTheMelody) {
  EXPECT_EQ(InKey("tonic", kDDorian, {16, 14, 16, 1}), (Rewards{3, 0, 0, 3}));
  EXPECT_EQ(InKey("tonic", kLowAMinor, {14, 16, 14, 1}), (Rewards{3, 0, 0, 3}));  // A3
}

TEST(TonicRuleTest, IsInTheRange) {
  const MusicContext whistle({.tonic = 2}, {.lowest_pitch = 72, .highest_pitch = 95});
  EXPECT_EQ(InKey("tonic", whistle, {4, 2}), (Rewards{3, 0}));  // D5
  const MusicContext bass({}, {.lowest_pitch = 28, .highest_pitch = 55});
  EXPECT_EQ(InKey("tonic", bass, {22, 2}), (Rewards{3, 0}));  // C3
}

TEST(PreferredIntervalsRuleTest, FollowsTheKeyOfTheMelody) {
  EXPECT_EQ(InKey("preferred_intervals", kDDorian, {16, 1, 19, 1}), (Rewards{0, 1.5, .75, .375}));
  EXPECT_EQ(InKey("preferred_intervals", kLowAMinor, {14, 1}), (Rewards{0, 1.5}));
}

TEST(KeyRuleTest, ChromaticAllowsEverything) {
  std::vector<int> all(kVocabulary);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(PlaceAll("key", all, "scale = \"chromatic\""), Each(0.0F));
}

TEST(TonicRuleTest, RewardsStartAndFinalNote) {
  EXPECT_EQ(PlaceAll("tonic", {14, 16, 14, 1, 14, 1, 1, 0}), (Rewards{3, 0, 0, 0, 3, 3, 3, 3}));
}

TEST(TonicRuleTest, NoteOffRightAfterTheFinalNoteIsNotRewarded) {
  EXPECT_EQ(PlaceAll("tonic", {16, 14, 0, 0, 1}), (Rewards{0, 3, 0, 3, 3}));
}

TEST(TonicRuleTest, OneEventIsStartAndEnd) {
  EXPECT_EQ(PlaceAll("tonic", {14}), Rewards{3});
  EXPECT_EQ(PlaceAll("tonic", {0}), Rewards{3});
}

TEST(TonicRuleTest, TakesAnotherTonic) {
  EXPECT_EQ(PlaceAll("tonic", {21, 14, 1, 1, 1}, "pitch = 67"), (Rewards{3, 0, 3, 3, 3}));
}

TEST(RepeatRuleTest, SixthEqualNoteIsTooMuch) {
  EXPECT_EQ(PlaceAll("repeat", {14, 14, 14, 14, 14, 14, 14}), (Rewards{0, 0, 0, 0, 0, -100, -100}));
}

TEST(RepeatRuleTest, HoldsBetweenAllowEightNotes) {
  const Rewards rewards = PlaceAll("repeat", {14, 1, 14, 14, 14, 14, 14, 14, 14});
  EXPECT_EQ(rewards.back(), -100);
  EXPECT_EQ(rewards[rewards.size() - 2], 0);
}

TEST(RepeatRuleTest, HoldBeforeTheRunCountsAsBetween) {
  EXPECT_THAT(PlaceAll("repeat", {16, 1, 14, 14, 14, 14, 14, 14, 14}), Each(0.0F));
}

TEST(RepeatRuleTest, AnotherNoteBeginsTheCountAgain) {
  EXPECT_THAT(PlaceAll("repeat", {14, 14, 14, 14, 14, 16, 14, 14, 14, 14, 14}), Each(0.0F));
}

TEST(RepeatRuleTest, ThirdNoteOffIsTooMuch) {
  EXPECT_EQ(PlaceAll("repeat", {14, 0, 1, 0, 1, 0}), (Rewards{0, 0, 0, 0, 0, -100}));
}

TEST(RepeatRuleTest, SixthHoldIsTooMuch) {
  EXPECT_EQ(PlaceAll("repeat", {14, 1, 1, 1, 1, 1, 1}), (Rewards{0, 0, 0, 0, 0, 0, -100}));
}

TEST(RepeatRuleTest, WithoutCountHoldsALongNoteIsNoRepeat) {
  EXPECT_THAT(PlaceAll("repeat", {14, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, "count_holds = false"),
              Each(0.0F));
}

TEST(RepeatRuleTest, WithoutCountHoldsStruckNotesStillCount) {
  EXPECT_EQ(PlaceAll("repeat", {14, 14, 14, 14, 14, 14}, "count_holds = false").back(), -100);
}

TEST(RepeatRuleTest, LimitsAreParameters) {
  const char* limits = "limit = 2\nlimit_with_gaps = 3\nlimit_offs = 100";
  EXPECT_EQ(PlaceAll("repeat", {14, 0, 0, 0, 0}, limits), (Rewards{0, 0, 0, 0, -100}));
  // One hold among them is a gap.
  EXPECT_EQ(PlaceAll("repeat", {14, 0, 0, 1, 0, 0, 0}, limits), (Rewards{0, 0, 0, 0, 0, 0, -100}));
}

TEST(AutocorrelationRuleTest, TwoDifferentValuesCorrelateByMinusHalf) {
  EXPECT_EQ(PlaceAll("autocorrelation", {14, 20}), (Rewards{0, -1.5F}));
}

TEST(AutocorrelationRuleTest, EqualEventsHaveNone) {
  EXPECT_THAT(PlaceAll("autocorrelation", {14, 14, 14, 14}), Each(0.0F));
}

TEST(AutocorrelationRuleTest, AlternationIsPunishedAtEveryLag) {
  // Of n = 4: -3/4, 2/4, -1/4.
  EXPECT_NEAR(PlaceAll("autocorrelation", {14, 16, 14, 16}).back(), -3 * 1.5, 1e-6);
}

TEST(AutocorrelationRuleTest, OverPitchAHeldNoteHasNoVariance) {
  EXPECT_THAT(PlaceAll("autocorrelation", {14, 1, 1, 1, 1}, "over = \"pitch\""), Each(0.0F));
}

TEST(AutocorrelationRuleTest, OverPitchARestKeepsNotesApart) {
  // C4 off D4: no neighbours that sound, one pair at lag 2.
  EXPECT_EQ(PlaceAll("autocorrelation", {14, 0, 16}, "over = \"pitch\""), (Rewards{0, 0, -1.5F}));
}

TEST(AutocorrelationRuleTest, ThresholdIsAParameter) {
  EXPECT_THAT(PlaceAll("autocorrelation", {14, 20}, "threshold = 0.5"), Each(0.0F));
}

TEST(AutocorrelationRuleTest, OverPitchTheSeriesSettlesTies) {
  const auto last = [](std::string_view threshold) {
    return PlaceAll("autocorrelation", {14, 20}, fmt::format("over = \"pitch\"\n{}", threshold))
        .back();
  };
  EXPECT_EQ(last("threshold = 0.5"), 0);
  EXPECT_EQ(last("threshold = 0.4999999999"), -1.5F);
}

// A walk correlates most with its neighbours, so only lag 1 reaches a threshold that is its own
// published coefficient; and none is above it, however the running sums round.
TEST(AutocorrelationRuleTest, TiesOfTheLongestPublishedSeriesAreSettledAsThere) {
  int rounded_up = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    std::vector<int> events = {20};
    RunningAutocorrelation series;
    while (events.size() < kLongestPublished) {
      const int step = static_cast<int>(random.Below(7)) - 3;
      events.push_back(std::clamp(events.back() + step, kFirstNoteOn, kVocabulary - 1));
    }
    for (const int event : events) series.Add(event);
    const std::vector<std::uint8_t> published(events.begin(), events.end());
    const double threshold = PublishedAutocorrelation(published, 1);
    if (series.Coefficients()[0] > threshold) ++rounded_up;
    EXPECT_EQ(PlaceAll("autocorrelation", events, fmt::format("threshold = {}", threshold)).back(),
              0)
        << "seed " << seed;
  }
  EXPECT_GT(rounded_up, 0);
}

TEST(AutocorrelationRuleTest, FindsTheLagsAboveTheThreshold) {
  const auto found = [](const std::vector<int>& events) {
    const auto rule = MakeRule("autocorrelation");
    PlaceAll(*rule, events);
    return rule->fired();
  };
  EXPECT_EQ(found({14, 14}), 0U);               // no variance, no coefficient
  EXPECT_EQ(found({14, 20}), 1U);               // -1/2
  EXPECT_EQ(found({14, 16, 14, 16}), 7U);       // -3/4, 2/4, -1/4
  EXPECT_EQ(found({14, 14, 14, 16}), 2U + 4U);  // -1/12, -1/6, -1/4
}

TEST(MotifRuleTest, ThreePitchesInEightEvents) {
  EXPECT_EQ(PlaceAll("motif", {14, 1, 16, 1, 18, 1, 16, 1}), (Rewards{0, 0, 0, 0, 0, 0, 0, 3}));
}

TEST(MotifRuleTest, FurtherPitchesAddUp) {
  EXPECT_FLOAT_EQ(PlaceAll("motif", {14, 16, 18, 19, 21, 23, 25, 26}).back(), 4.5F);
}

TEST(MotifRuleTest, TwoPitchesAreNone) {
  EXPECT_THAT(PlaceAll("motif", {14, 1, 16, 1, 14, 0, 16, 1, 1}), Each(0.0F));
}

TEST(MotifRuleTest, LengthIsAParameter) {
  EXPECT_EQ(PlaceAll("motif", {14, 16, 18, 1, 1}, "length = 4"), (Rewards{0, 0, 0, 3, 0}));
}

TEST(MotifRuleTest, OfOneEventIsEveryNote) {
  EXPECT_EQ(PlaceAll("motif", {14, 1, 16, 16, 0}, "length = 1\npitches = 1"),
            (Rewards{3, 0, 3, 3, 0}));
}

std::vector<int> Join(std::initializer_list<std::vector<int>> parts) {
  std::vector<int> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const std::vector<int> kMotif = {14, 1, 16, 1, 18, 1, 19, 1};

TEST(RepeatedMotifRuleTest, TheSameEventsAgain) {
  const Rewards rewards = PlaceAll("repeated_motif", Join({kMotif, kMotif}));
  EXPECT_EQ(rewards.back(), 5);
  EXPECT_EQ(std::accumulate(rewards.begin(), rewards.end(), 0.0F), 5);
}

TEST(RepeatedMotifRuleTest, AtAnyDistance) {
  EXPECT_EQ(PlaceAll("repeated_motif", Join({kMotif, {0, 1, 1}, kMotif})).back(), 5);
}

TEST(RepeatedMotifRuleTest, OverlappingIsNotARepeat) {
  // A pattern of 6 events: after 14 of them the window is the same as 6 events before.
  const std::vector<int> six = {14, 1, 16, 1, 18, 1};
  const Rewards rewards = PlaceAll("repeated_motif", Join({six, six, six, six}));
  EXPECT_EQ(rewards[18], 0);
  EXPECT_EQ(rewards[19], 4);  // 12 events after the first
}

TEST(RepeatedMotifRuleTest, TransposedIsNotTheSame) {
  EXPECT_THAT(PlaceAll("repeated_motif", Join({kMotif, {16, 1, 18, 1, 20, 1, 21, 1}})), Each(0.0F));
}

TEST(RepeatedMotifRuleTest, OnceDoesNotPayForHowARepetitionGoesOn) {
  const std::vector<int> events = Join({kMotif, {16, 1}, kMotif, {16, 1, 0}, kMotif});
  Rewards every(events.size(), 0.0F);
  // The motif again, which goes on for two events with three pitches; then a third time.
  every[17] = every[28] = 5;
  every[18] = every[19] = 4;
  ASSERT_EQ(PlaceAll("repeated_motif", events), every);
  Rewards once(events.size(), 0.0F);
  once[17] = once[28] = 5;
  EXPECT_EQ(PlaceAll("repeated_motif", events, "once = true"), once);
}

TEST(RepeatedMotifRuleTest, OnceStillFindsEveryEvent) {
  const auto rule = MakeRule("repeated_motif", "once = true");
  const std::vector<int> events = Join({kMotif, {16}, kMotif, {16}});
  rule->Start(static_cast<int>(events.size()));
  std::vector<unsigned> fired;
  for (const int event : events) {
    rule->Place(event);
    fired.push_back(rule->fired());
  }
  std::vector<unsigned> expected(events.size(), 0);
  expected[16] = expected[17] = 1;
  EXPECT_EQ(fired, expected);
}

TEST(PreferredIntervalsRuleTest, NothingBeforeTheFirstNote) {
  EXPECT_THAT(PlaceAll("preferred_intervals", {0, 1, 14}), Each(0.0F));
}

TEST(PreferredIntervalsRuleTest, HoldsAndOffsPreferCAndG) {
  EXPECT_THAT(PlaceAll("preferred_intervals", {14, 1, 0, 16, 1, 0}),
              Pointwise(FloatNear(1e-6F), Rewards{0, 1.5F, .75F, .4F, .375F, .25F}));
}

TEST(PreferredIntervalsRuleTest, EachInterval) {
  const auto reward = [](int from, int to) {
    return PlaceAll("preferred_intervals", {from, to}).back();
  };
  EXPECT_FLOAT_EQ(reward(14, 21), .5F);   // C G
  EXPECT_FLOAT_EQ(reward(14, 18), .75F);  // C E
  EXPECT_FLOAT_EQ(reward(19, 23), .45F);  // F A
  EXPECT_FLOAT_EQ(reward(16, 23), .1F);   // D A
  EXPECT_FLOAT_EQ(reward(16, 21), .35F);  // D G
  EXPECT_FLOAT_EQ(reward(14, 23), .25F);  // C A
  EXPECT_FLOAT_EQ(reward(14, 25), -1.5F);
  EXPECT_FLOAT_EQ(reward(14, 26), 0);
  EXPECT_FLOAT_EQ(reward(14, 27), -5);
}

TEST(PreferredIntervalsRuleTest, PaperLooksOnlyAtTheFirstNote) {
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {26, 22}).back(), .75F);  // C5 Ab4
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {26, 19}).back(), .5F);   // C5 F4
}

TEST(PreferredIntervalsRuleTest, MendedLooksAtBoth) {
  const char* mended = "in_key_needs_both = true";
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {26, 22}, mended).back(), .45F);
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {26, 19}, mended).back(), .1F);
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {18, 14}, mended).back(), .75F);  // E C
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {21, 14}, mended).back(), .5F);   // G C
}

TEST(PreferredIntervalsRuleTest, TakesAMinorKey) {
  const char* a_minor = "tonic = \"A\"\nthird_semitones = 3";
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {23, 26}, a_minor).back(), .75F);  // A C
  EXPECT_FLOAT_EQ(PlaceAll("preferred_intervals", {18, 1}, a_minor).back(), 1.5F);   // E held
}

TEST(LeapRuleTest, SteppingBackResolves) {
  EXPECT_EQ(PlaceAll("leap", {14, 23, 21, 18, 16, 14}), (Rewards{0, 0, 0, 0, 0, 5}));
}

TEST(LeapRuleTest, SecondLeapTheSameWayIsPunished) {
  EXPECT_EQ(PlaceAll("leap", {14, 21, 28}), (Rewards{0, 0, -5}));
}

TEST(LeapRuleTest, LeapBackAtOnceClosesWithoutReward) {
  EXPECT_EQ(PlaceAll("leap", {14, 21, 14, 14}), (Rewards{0, 0, 0, 0}));
}

TEST(LeapRuleTest, LeapBackAfterSevenEventsResolves) {
  EXPECT_EQ(PlaceAll("leap", {14, 21, 1, 1, 1, 1, 1, 1, 1, 14}).back(), 5);
  EXPECT_EQ(PlaceAll("leap", {14, 21, 1, 1, 1, 1, 1, 1, 14}).back(), 0);
}

TEST(LeapRuleTest, FirstNoteAfterRestsIsNoLeap) {
  EXPECT_THAT(PlaceAll("leap", {1, 30, 30}), Each(0.0F));
}

TEST(LeapRuleTest, SmallestLeapIsAParameter) {
  EXPECT_EQ(PlaceAll("leap", {14, 18, 22}, "smallest = 4"), (Rewards{0, 0, -5}));
  EXPECT_EQ(PlaceAll("leap", {14, 16, 17}, "smallest = 1"), (Rewards{0, 0, -5}));
  EXPECT_EQ(PlaceAll("leap", {18, 16, 14}, "smallest = 1"), (Rewards{0, 0, -5}));
}

TEST(HighLowUniqueRuleTest, BothAtTheLastEvent) {
  EXPECT_EQ(PlaceAll("high_low_unique", {14, 16, 18, 16}), (Rewards{0, 0, 0, 6}));
}

TEST(HighLowUniqueRuleTest, StruckTwiceIsNotUnique) {
  EXPECT_EQ(PlaceAll("high_low_unique", {14, 18, 16, 18, 1}).back(), 3);
}

TEST(HighLowUniqueRuleTest, PaperLetsAHoldBeTheHighest) {
  EXPECT_EQ(PlaceAll("high_low_unique", {0, 0, 1}).back(), 3);
}

TEST(HighLowUniqueRuleTest, PitchesOnlyNeedsANote) {
  EXPECT_EQ(PlaceAll("high_low_unique", {0, 0, 1}, "pitches_only = true").back(), 0);
}

TEST(HighLowUniqueRuleTest, SpreadPaysEachEventForWhatItChanges) {
  // The first note is both; E4 takes the summit from it and loses it; C5 takes it again; the
  // valley is struck a second time.
  EXPECT_EQ(PlaceAll("high_low_unique", {14, 1, 18, 18, 26, 14}, "spread = true"),
            (Rewards{6, 0, 0, -3, 3, -3}));
  EXPECT_EQ(PlaceAll("high_low_unique", {14, 18, 14, 18}, "spread = true\nhighest = 1\nlowest = 5"),
            (Rewards{6, 0, -5, -1}));
}

TEST(HighLowUniqueRuleTest, SpreadAddsUpToTheSame) {
  constexpr std::uint64_t kSeed = 71;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Random random(kSeed, 0);
  std::set<float> sums;
  for (int i = 0; i < 1000; ++i) {
    std::vector<int> events(1 + random.Below(16));
    for (int& event : events) event = static_cast<int>(random.Below(20));
    const auto rule = MakeRule("high_low_unique", "spread = true");
    const Rewards spread = PlaceAll(*rule, events);
    const auto plain_rule = MakeRule("high_low_unique");
    const Rewards plain = PlaceAll(*plain_rule, events);
    const float sum = std::accumulate(spread.begin(), spread.end(), 0.0F);
    ASSERT_EQ(sum, plain.back()) << i;
    ASSERT_EQ(rule->fired(), plain_rule->fired()) << i;
    sums.insert(sum);
  }
  EXPECT_THAT(sums, ElementsAre(0.0F, 3.0F, 6.0F));
}

TEST(HighLowUniqueRuleTest, SpreadFindsNothingBeforeTheEnd) {
  const auto rule = MakeRule("high_low_unique", "spread = true");
  rule->Start(2);
  rule->Place(14);
  EXPECT_EQ(rule->fired(), 0U);
  rule->Place(16);
  EXPECT_EQ(rule->fired(), 3U);
}

class EveryRuleTest : public testing::TestWithParam<int> {
 protected:
  const RuleInfo& info() const { return Rules()[static_cast<std::size_t>(GetParam())]; }
};

TEST_P(EveryRuleTest, StartForgetsTheLastComposition) {
  const auto rule = MakeRule(info().name);
  const std::vector<int> events = Join({kMotif, kMotif, {14, 23, 21, 14, 0, 1, 0, 0}});
  const Rewards first = PlaceAll(*rule, events);
  PlaceAll(*rule, Join({{30}, kMotif, {0, 15}}));
  EXPECT_EQ(PlaceAll(*rule, events), first);
}

TEST_P(EveryRuleTest, CloneGoesOnByItself) {
  const std::vector<int> events = Join({kMotif, {26, 26}, kMotif, {14, 0, 0, 0}});
  const Rewards whole = PlaceAll(*MakeRule(info().name), events);
  const auto rule = MakeRule(info().name);
  rule->Start(static_cast<int>(events.size()));
  Rewards original;
  std::size_t t = 0;
  for (; t < 12; ++t) original.push_back(rule->Place(events[t]));
  const auto clone = rule->Clone();
  Rewards copied = original;
  for (std::size_t i = t; i < events.size(); ++i) copied.push_back(clone->Place(events[i]));
  for (; t < events.size(); ++t) original.push_back(rule->Place(events[t]));
  EXPECT_EQ(copied, whole);
  EXPECT_EQ(original, whole);
}

TEST_P(EveryRuleTest, ParametersAreNamedOnceAndExplained) {
  const auto rule = info().make();
  Settings settings("rule");
  rule->Describe(settings);
  std::set<std::string> names = {"weight"};
  for (const Setting& setting : settings.entries()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_FALSE(setting.help.empty()) << setting.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRuleTest, testing::Range(0, static_cast<int>(Rules().size())),
                         [](const auto& test) {
                           return std::string(Rules()[static_cast<std::size_t>(test.param)].name);
                         });

}  // namespace
}  // namespace rltuner
