// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/melody_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "training_fixtures.h"

namespace rltuner {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(MelodyWindows, PrimedStepsAskForEveryEvent) {
  const std::vector<std::uint8_t> events = {5, 6, 7};
  const MelodyEvents melody(events);
  EXPECT_EQ(StepsOf(melody, true), 3);
  EXPECT_EQ(InputAt(melody, true, 30, 0), 30);
  EXPECT_EQ(TargetAt(melody, true, 0), 5);
  EXPECT_EQ(InputAt(melody, true, 30, 2), 6);
  EXPECT_EQ(TargetAt(melody, true, 2), 7);
}

TEST(MelodyWindows, UnprimedStepsAskFromTheSecondEventOn) {
  const std::vector<std::uint8_t> events = {5, 6, 7};
  const MelodyEvents melody(events);
  EXPECT_EQ(StepsOf(melody, false), 2);
  EXPECT_EQ(InputAt(melody, false, 30, 0), 5);
  EXPECT_EQ(TargetAt(melody, false, 1), 7);
}

TEST(MelodyWindows, TokensOfTwoBytesAreFedAndAskedForWhole) {
  const std::vector<std::uint16_t> events = {255, 511, 65'535};
  const MelodyEvents melody(events);
  EXPECT_EQ(StepsOf(melody, true), 3);
  EXPECT_EQ(InputAt(melody, true, 30, 2), 511);
  EXPECT_EQ(TargetAt(melody, true, 2), 65'535);
}

TEST(MelodyWindows, ALongMelodyIsCutIntoEqualWindows) {
  const Melodies melodies = PatternMelodies(1, 33);
  MelodyWindows windows(melodies.Spans(), {}, 1, 16, true, 1);
  std::vector<int> steps;
  std::vector<int> firsts;
  for (int i = 0; i < 4; ++i) {
    const MelodyWindow window = windows.Next()[0];
    firsts.push_back(window.first);
    steps.push_back(window.steps);
  }
  EXPECT_THAT(firsts, ElementsAre(0, 11, 22, 0));
  EXPECT_EQ(windows.longest(), 11);
  EXPECT_THAT(steps, Each(11));
}

TEST(MelodyWindows, EveryMelodyIsPlayedOnceBeforeAnyAgain) {
  const Melodies melodies = RandomMelodies(7, 3, 30, 1);
  MelodyWindows windows(melodies.Spans(), {}, 1, 16, true, 1);
  std::map<const std::uint8_t*, int> plays;
  for (int started = 0; started < 14;) {
    const MelodyWindow window = windows.Next()[0];
    if (window.first > 0) continue;
    ++plays[window.melody.bytes().data()];
    ++started;
  }
  EXPECT_EQ(plays.size(), 7);
  for (const auto& [melody, count] : plays) EXPECT_EQ(count, 2);
}

TEST(MelodyWindows, TheLongestWindowComesFirst) {
  const Melodies melodies = RandomMelodies(50, 3, 30, 2);
  MelodyWindows windows(melodies.Spans(), {}, 8, 16, true, 1);
  for (int i = 0; i < 20; ++i) {
    const std::span<const MelodyWindow> batch = windows.Next();
    for (std::size_t b = 1; b < batch.size(); ++b) {
      EXPECT_LE(batch[b].steps, batch[b - 1].steps);
    }
  }
}

// The lengths of so many draws of a single stream.
std::vector<std::size_t> LengthsDrawn(const Melodies& melodies, int draws, int alike) {
  MelodyWindows windows(melodies.Spans(), {}, 1, 64, true, 1, alike);
  std::vector<std::size_t> lengths;
  for (int i = 0; i < draws; ++i) lengths.push_back(windows.Next()[0].melody.size());
  return lengths;
}

TEST(MelodyWindows, DrawsThatShallBeAlikeHaveSimilarLengths) {
  const Melodies melodies = RandomMelodies(803, 3, 60, 4);
  const std::vector<std::size_t> lengths = LengthsDrawn(melodies, 3 * 803, 8);
  int far_apart = 0;
  for (std::size_t run = 0; run + 8 <= lengths.size(); run += 8) {
    const auto [low, high] = std::minmax_element(lengths.begin() + run, lengths.begin() + run + 8);
    far_apart += *high - *low > 2 ? 1 : 0;
  }
  EXPECT_LE(far_apart, 3) << "more than the runs that lie across two passes";
}

TEST(MelodyWindows, RunsOfSimilarLengthComeInRandomOrder) {
  const Melodies melodies = RandomMelodies(803, 3, 60, 5);
  const std::vector<std::size_t> lengths = LengthsDrawn(melodies, 800, 8);
  int longer = 0;
  for (std::size_t i = 8; i < lengths.size(); i += 8) longer += lengths[i] > lengths[i - 8] ? 1 : 0;
  EXPECT_GT(longer, 30);
  EXPECT_LT(longer, 70);
}

TEST(MelodyWindows, EveryMelodyOfSimilarLengthIsPlayedOnceInAPass) {
  const Melodies melodies = RandomMelodies(53, 3, 60, 6);
  MelodyWindows windows(melodies.Spans(), {}, 1, 64, true, 1, 8);
  for (int pass = 0; pass < 5; ++pass) {
    std::set<const std::uint8_t*> played;
    for (int i = 0; i < 53; ++i) played.insert(windows.Next()[0].melody.bytes().data());
    EXPECT_EQ(played.size(), 53);
  }
}

TEST(MelodyWindows, RestoreGoesOnWithSimilarLengths) {
  const Melodies melodies = RandomMelodies(53, 3, 60, 7);
  MelodyWindows one(melodies.Spans(), {}, 5, 64, true, 1, 5);
  for (int i = 0; i < 17; ++i) one.Next();
  MelodyWindows other(melodies.Spans(), {}, 5, 64, true, 1, 5);
  other.Restore(one.draws(), one.positions());
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(other.Next()[4].melody.bytes().data(), one.Next()[4].melody.bytes().data());
  }
}

// With position in bars of 3/4.
MelodyCoding InThreeFour() {
  MelodyCoding coding;
  coding.encoding.inputs = {Input::kEvent, Input::kPosition, Input::kAgreement1};
  coding.context_of = [](MelodyEvents) { return MelodyContext{.metre = {3, 4}}; };
  return coding;
}

TEST(MelodyWindows, InputsGoOnFromWindowToWindow) {
  const Melodies melodies = PatternMelodies(1, 33);
  MelodyWindows windows(melodies.Spans(), InThreeFour(), 1, 16, true, 1);
  windows.Next();
  const MelodyWindow window = windows.Next()[0];
  ASSERT_EQ(window.inputs.size(), 3U * 11);
  EXPECT_EQ(window.inputs[0], 18);       // of step 11 the event before it,
  EXPECT_EQ(window.inputs[1], 38 + 11);  // its place in the bar
  EXPECT_EQ(window.inputs[2], 38 + 32);
}

TEST(MelodyWindows, PiecesOfBarsHaveThePickupBefore) {
  const Melodies melodies = PatternMelodies(1, 30);
  MelodyCoding coding;
  coding.context_of = [](MelodyEvents) { return MelodyContext{.metre = {1, 4}, .pickup = 2}; };
  std::vector<std::size_t> sizes;
  for (const MelodyEvents piece : CutIntoBars(melodies.Spans()[0], coding, 3)) {
    sizes.push_back(piece.size());
  }
  EXPECT_THAT(sizes, ElementsAre(14, 12, 4));
}

TEST(MelodyWindows, RestoreGoesOnWithTheSameInputs) {
  const Melodies melodies = RandomMelodies(11, 3, 60, 3);
  MelodyWindows one(melodies.Spans(), InThreeFour(), 5, 16, true, 1);
  for (int i = 0; i < 17; ++i) one.Next();
  MelodyWindows other(melodies.Spans(), InThreeFour(), 5, 16, true, 1);
  other.Restore(one.draws(), one.positions());
  for (int i = 0; i < 30; ++i) {
    const std::span<const MelodyWindow> expected = one.Next();
    const std::span<const MelodyWindow> found = other.Next();
    for (std::size_t b = 0; b < expected.size(); ++b) {
      ASSERT_TRUE(std::ranges::equal(found[b].inputs, expected[b].inputs));
    }
  }
}

TEST(MelodyWindows, RestoreGoesOnWithTheSameWindows) {
  const Melodies melodies = RandomMelodies(11, 3, 60, 3);
  MelodyWindows one(melodies.Spans(), {}, 5, 16, true, 1);
  for (int i = 0; i < 17; ++i) one.Next();
  MelodyWindows other(melodies.Spans(), {}, 5, 16, true, 1);
  other.Restore(one.draws(), one.positions());
  for (int i = 0; i < 30; ++i) {
    const std::span<const MelodyWindow> expected = one.Next();
    const std::span<const MelodyWindow> found = other.Next();
    for (std::size_t b = 0; b < expected.size(); ++b) {
      EXPECT_EQ(found[b].melody.bytes().data(), expected[b].melody.bytes().data());
      EXPECT_EQ(found[b].first, expected[b].first);
      EXPECT_EQ(found[b].steps, expected[b].steps);
      EXPECT_EQ(found[b].stream, expected[b].stream);
      EXPECT_EQ(found[b].priming_event, expected[b].priming_event);
    }
  }
}

}  // namespace
}  // namespace rltuner
