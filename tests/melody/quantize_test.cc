// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace rltuner {
namespace {

constexpr Grid kGrid{480, 4};  // 120 ticks a step

// "start-end:pitch start-end:pitch".
std::string Quantized(const std::vector<TickNote>& notes, QuantizationCounts* counts = nullptr) {
  std::string text;
  for (const GridNote& note : QuantizeVoice(notes, kGrid)) {
    if (counts != nullptr) counts->Add(note.counts);
    if (!text.empty()) text += ' ';
    text += std::to_string(note.start) + '-' + std::to_string(note.end) + ':' +
            std::to_string(note.pitch) + (note.polyphonic ? "!" : "");
  }
  return text;
}

TEST(Grid, RoundsToTheNearestStepAndUpInTheMiddle) {
  EXPECT_EQ(kGrid.Step(0), 0);
  EXPECT_EQ(kGrid.Step(59), 0);
  EXPECT_EQ(kGrid.Step(60), 1);
  EXPECT_EQ(kGrid.Step(120), 1);
  EXPECT_EQ(kGrid.Step(179), 1);
}

TEST(Grid, MeasuresTheDistanceToTheStep) {
  EXPECT_EQ(kGrid.Distance(120), 0);
  EXPECT_EQ(kGrid.Distance(150), 120);  // a quarter of a step
  EXPECT_EQ(kGrid.Distance(90), 120);
}

TEST(Grid, HasRoomForTheLongestTicks) {
  EXPECT_EQ(kGrid.Step(std::int64_t{1} << 52), (std::int64_t{1} << 52) / 120);
}

TEST(QuantizeVoice, PutsEighthTripletsOnThreeSteps) {
  EXPECT_EQ(Quantized({{0, 160, 60}, {160, 320, 62}, {320, 480, 64}}), "0-1:60 1-3:62 3-4:64");
}

TEST(QuantizeVoice, KeepsTheNoteNearestToAStepThatTwoShare) {
  QuantizationCounts counts;
  // Sixteenth triplets: 0, .67, 1.33, then 2. The second and the third both round to step 1 and are
  // equally far from it; the first of them stays.
  EXPECT_EQ(Quantized({{0, 80, 60}, {80, 160, 62}, {160, 240, 64}, {240, 360, 65}}, &counts),
            "0-1:60 1-2:62 2-3:65");
  EXPECT_EQ(counts.merged_notes, 1);
  EXPECT_EQ(Quantized({{70, 118, 60}, {118, 240, 62}}), "1-2:62");
}

TEST(QuantizeVoice, GivesANoteWithoutLengthOneStep) {
  EXPECT_EQ(Quantized({{0, 0, 60}, {480, 490, 62}}), "0-1:60 4-5:62");
}

TEST(QuantizeVoice, CutsTheLowerNoteWhereAHigherOneBegins) {
  EXPECT_EQ(Quantized({{0, 960, 48}, {240, 480, 72}}), "0-2:48! 2-4:72!");
}

TEST(QuantizeVoice, DropsTheLowerNoteUnderAHigherOne) {
  QuantizationCounts counts;
  EXPECT_EQ(Quantized({{0, 960, 72}, {240, 480, 48}}, &counts), "0-8:72!");
  EXPECT_EQ(counts.dropped_notes, 1);
}

TEST(QuantizeVoice, KeepsTheHighestOfAChord) {
  EXPECT_EQ(Quantized({{0, 480, 67}, {0, 480, 64}, {0, 480, 60}}), "0-4:67!");
}

TEST(QuantizeVoice, TakesAShortOverlapForLegato) {
  EXPECT_EQ(Quantized({{0, 300, 72}, {240, 480, 60}}), "0-2:72 2-4:60");
}

TEST(QuantizeVoice, TakesTheSamePitchForANewStroke) {
  EXPECT_EQ(Quantized({{0, 960, 60}, {240, 960, 60}}), "0-2:60 2-8:60");
}

TEST(QuantizeVoice, AddsUpTheOnsetErrors) {
  QuantizationCounts counts;
  Quantized({{0, 120, 60}, {150, 240, 62}, {330, 480, 64}}, &counts);
  EXPECT_EQ(counts.notes, 3);
  EXPECT_DOUBLE_EQ(counts.error_steps, .5);
}

TEST(QuantizeVoice, NeverOverlapsAndNeverGoesBack) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<TickNote> notes(50);
    for (TickNote& note : notes) {
      note.onset = random() % 5000;
      note.end = note.onset + random() % 700;
      note.pitch = static_cast<int>(random() % 128);
    }
    std::sort(notes.begin(), notes.end(), [](const TickNote& a, const TickNote& b) {
      return a.onset != b.onset ? a.onset < b.onset : a.pitch > b.pitch;
    });
    QuantizationCounts counts;
    const std::vector<GridNote> voice = QuantizeVoice(notes, kGrid);
    for (std::size_t i = 0; i < voice.size(); ++i) {
      counts.Add(voice[i].counts);
      ASSERT_LT(voice[i].start, voice[i].end);
      if (i > 0) {
        ASSERT_LE(voice[i - 1].end, voice[i].start);
      }
    }
    ASSERT_EQ(counts.notes,
              static_cast<std::int64_t>(voice.size()) + counts.merged_notes + counts.dropped_notes);
  }
}

}  // namespace
}  // namespace rltuner
