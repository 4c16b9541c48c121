// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "test_support.h"

namespace rltuner {
namespace {

TEST(Metre, CompoundMetresHaveBeatsOfThreeEighths) {
  EXPECT_EQ((Metre{6, 8}.BeatSteps(4)), 6);
  EXPECT_EQ((Metre{3, 8}.BeatSteps(4)), 2);
  EXPECT_EQ((Metre{6, 4}.BeatSteps(4)), 4);
}

TEST(Metre, FitsAGridOfWholeBeats) {
  EXPECT_TRUE((Metre{5, 4}.FitsGrid(3)));
  EXPECT_FALSE((Metre{3, 8}.FitsGrid(3)));
  EXPECT_FALSE((Metre{6, 8}.FitsGrid(3)));  // nine steps, but beats of four and a half
  EXPECT_TRUE((Metre{6, 8}.FitsGrid(2)));
}

TEST(ParseMetre, RefusesWhatIsNone) {
  for (const char* text : {"", "4", "4/", "3/5", "0/4", "4/4/4", "65/4"}) {
    EXPECT_THAT(ErrorOf([&] { ParseMetre(text, "--metre"); }), testing::StartsWith("--metre "));
  }
  EXPECT_EQ(ParseMetre("6/8", "--metre"), (Metre{6, 8}));
}

PitchClassWeights Notes(std::initializer_list<int> pitches) {
  PitchClassWeights weights{};
  for (int pitch : pitches) weights[pitch % 12] += 1;
  return weights;
}

TEST(MajorTonic, FollowsTheCircleOfFifths) {
  const std::array<int, 15> expected = {11, 6, 1, 8, 3, 10, 5, 0, 7, 2, 9, 4, 11, 6, 1};
  for (int sharps = -7; sharps <= 7; ++sharps) {
    EXPECT_EQ(MajorTonic(sharps), expected[sharps + 7]) << sharps << " sharps";
  }
}

TEST(SemitonesToC, TakesTheShorterWay) {
  for (int tonic = 0; tonic < 12; ++tonic) {
    const int semitones = SemitonesToC(tonic);
    EXPECT_GE(semitones, -6);
    EXPECT_LE(semitones, 5);
    EXPECT_EQ((tonic + semitones + 12) % 12, 0);
  }
}

TEST(EstimateMajorTonic, FindsEveryMajorScale) {
  for (int tonic = 0; tonic < 12; ++tonic) {
    PitchClassWeights weights{};
    for (int degree : {0, 2, 4, 5, 7, 9, 11, 12}) weights[(tonic + degree) % 12] += 1;
    EXPECT_EQ(EstimateMajorTonic(weights), tonic);
  }
}

TEST(EstimateMajorTonic, GivesTheRelativeMajorOfAMinorMelody) {
  // A minor with a raised seventh: A B C D E F G# A E A.
  EXPECT_EQ(EstimateMajorTonic(Notes({69, 71, 72, 74, 76, 77, 80, 69, 76, 69, 74, 72, 71, 69})), 0);
}

TEST(EstimateMajorTonic, ChoosesByProfileWhereTwoKeysHoldAllNotes) {
  // C D E G A lies in C, F and G major; the stressed C and G speak for C.
  EXPECT_EQ(EstimateMajorTonic(Notes({60, 60, 60, 62, 64, 64, 67, 67, 69, 60})), 0);
}

TEST(EstimateMajorTonic, PassesOverAFewChromaticNotes) {
  PitchClassWeights weights = Notes({62, 64, 66, 67, 69, 71, 73, 62, 66, 69, 62});  // D major
  weights[8] += .5;
  EXPECT_EQ(EstimateMajorTonic(weights), 2);
}

TEST(EstimateMajorTonic, IsNothingWithoutNotes) {
  EXPECT_EQ(EstimateMajorTonic(PitchClassWeights{}), std::nullopt);
}

TEST(ParseKey, TakesATonicAndAMode) {
  EXPECT_EQ(ParseKey("D dorian", "--key"), (Key{2, Mode::kDorian}));
  EXPECT_EQ(ParseKey("e MINOR", "--key"), (Key{4, Mode::kMinor}));
  EXPECT_EQ(ParseKey("Bb", "--key"), (Key{10, Mode::kMajor}));
  EXPECT_EQ(ParseKey("F#m", "--key"), (Key{6, Mode::kMinor}));
  EXPECT_EQ(ParseKey("A aeolian", "--key"), (Key{9, Mode::kMinor}));
  EXPECT_EQ(ParseKey("C Ionian", "--key"), (Key{0, Mode::kMajor}));
  EXPECT_EQ(ParseKey("F# mixolydian", "--key"), (Key{6, Mode::kMixolydian}));
  EXPECT_EQ(ParseKey("Cb major", "--key"), (Key{11, Mode::kMajor}));
}

TEST(ParseMode, IgnoresCaseAsKeysDo) {
  EXPECT_EQ(ParseMode("Dorian", "--mode"), ParseKey("D Dorian", "--key").mode);
}

TEST(ParseKey, RefusesOthers) {
  for (const char* text : {"", "H", "dorian", "D durian", " D", "D##"}) {
    EXPECT_THAT(ErrorOf([&] { ParseKey(text, "--key"); }), testing::HasSubstr("--key")) << text;
  }
}

TEST(Key, HasTheSignatureOfItsMajorKey) {
  EXPECT_EQ(ParseKey("D dorian", "").Sharps(), 0);
  EXPECT_EQ(ParseKey("E minor", "").Sharps(), 1);
  EXPECT_EQ(ParseKey("F major", "").Sharps(), -1);
  EXPECT_EQ(ParseKey("C# minor", "").Sharps(), 4);
}

TEST(Key, HasTheSignatureOfItsWrittenName) {
  EXPECT_EQ(ParseKey("Eb minor", "").Sharps(), -6);
  EXPECT_EQ(ParseKey("D# minor", "").Sharps(), 6);
  EXPECT_EQ(ParseKey("Gb", "").Sharps(), -6);
  EXPECT_EQ(ParseKey("Cb", "").Sharps(), -7);
  EXPECT_EQ(ParseKey("C#", "").Sharps(), 7);
  EXPECT_EQ(ParseKey("A# minor", "").Sharps(), 7);
  EXPECT_EQ(ParseKey("Eb phrygian", "").Sharps(), -7);
  EXPECT_EQ(ParseKey("Fb", "").Sharps(), 4);  // eight flats are no signature
  EXPECT_EQ(ParseKey("G# major", "").Sharps(), -4);
}

// Readers of ABC find the signature by the tonic's name: E# locrian has sharps, F locrian flats.
TEST(Key, NamesTheTonicAsItsSignatureDoes) {
  constexpr std::array<int, kModes> kFifths = {0, 3, 2, 4, -1, 1, 5};  // above the major tonic
  for (int tonic = 0; tonic < 12; ++tonic) {
    for (int mode = 0; mode < kModes; ++mode) {
      const Key key{tonic, static_cast<Mode>(mode)};
      const std::string name = key.Text().substr(0, 2);
      const int natural = static_cast<int>(std::string("FCGDAEB").find(name[0])) - 1;
      const int sign = name[1] == '#' ? 7 : name[1] == 'b' ? -7 : 0;
      EXPECT_EQ(key.Sharps(), natural + sign - kFifths[static_cast<std::size_t>(mode)])
          << key.Text();
    }
  }
}

TEST(Key, IsReadBackFromItsText) {
  for (int tonic = 0; tonic < 12; ++tonic) {
    for (int mode = 0; mode < kModes; ++mode) {
      const Key key{tonic, static_cast<Mode>(mode)};
      EXPECT_EQ(ParseKey(key.Text(), ""), key) << key.Text();
    }
  }
}

// Of equal notes of a scale, and more on tonic and fifth.
Mode ModeOf(Mode mode) {
  const Key key = WhiteKey(mode);
  PitchClassWeights weights = Notes({0, 2, 4, 5, 7, 9, 11});
  weights[static_cast<std::size_t>(key.tonic)] += 3;
  weights[static_cast<std::size_t>((key.tonic + 7) % 12)] += 2;
  return EstimateMode(weights, key.tonic);
}

TEST(EstimateMode, FindsTheModesOfFolkTunes) {
  for (const Mode mode : {Mode::kMajor, Mode::kMinor, Mode::kDorian, Mode::kMixolydian}) {
    EXPECT_EQ(ModeOf(mode), mode) << ModeName(mode);
  }
}

}  // namespace
}  // namespace rltuner
