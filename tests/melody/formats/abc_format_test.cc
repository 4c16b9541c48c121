// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "melody/score_of.h"
#include "rltuner/melody/score_format.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AbcFormatTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v abc2midi > /dev/null") != 0) GTEST_SKIP() << "no abc2midi";
  }

  static midi::Score ReadText(const std::string& text) {
    midi::Score score;
    AbcFormat().read(std::vector<std::uint8_t>(text.begin(), text.end()), "test.abc", score);
    return score;
  }
};

constexpr const char* kJig =
    "X:1\nT:A jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:Ador\n"
    "e|{g}ABc [Ac]2 e|dBG G2d|eAA aed|BcA B2e|ABc ~A2e|dBG Gab|aed BGB|A3 A2:|\n";

TEST_F(AbcFormatTest, ReadsEachTuneAsAPieceOfItsOwn) {
  const midi::Score score =
      ReadText(std::string(kJig) + "\nX:2\nT:B\nM:3/4\nL:1/4\nK:G\nGAB|c2d|\n");
  ASSERT_EQ(score.tracks.size(), 2U);
  EXPECT_TRUE(score.independent_tracks);
  EXPECT_EQ(score.tracks[0].name, "A jig");
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 1U);  // the other is too short
  EXPECT_EQ(extraction.melodies[0].context.metre, (Metre{6, 8}));
  EXPECT_EQ(extraction.melodies[0].context.pickup, 2);
  EXPECT_EQ(extraction.melodies[0].bars, 16);  // with what is repeated
}

TEST_F(AbcFormatTest, KnowsTheFirstBarLine) {
  const std::string rest = "Ad6c|Be6d|cf6e|Gc6B|Ad6c|Be6d|cf6e|]\n";
  const std::string head = "X:1\nM:4/4\nL:1/8\nK:C\n";
  for (const auto& [first, pickup] : {std::pair("Gc6B|", 0),
                                      {"Gc6B-|Bd6c|", 0},
                                      {"G|", 2},
                                      {"(GA)|\\\n", 4},
                                      {"|:\nG|", 2},
                                      {"GA-|A2d4c2|", 4},
                                      {"Gz|", 4},
                                      {"G2-|G8-|G8-|\nG8-|\nG8|", 4},
                                      {"[M:4/4]G|", 2}}) {
    const std::string music = first + rest;
    const Extraction extraction = Extract(ReadText(head + music));
    ASSERT_EQ(extraction.melodies.size(), 1U) << music;
    EXPECT_EQ(extraction.melodies[0].context.pickup, pickup) << music;
  }
}

// No note ends where a bar begins.
TEST_F(AbcFormatTest, KnowsBarLinesThatNotesAreHeldOverOrFollowRests) {
  for (const auto& [tune, pickup] :
       {std::pair("G2-|Gc6B-|Bd6c-|ce6d-|df6e-|ec6B-|Bd6c-|ce6d-|d8|]", 4),
        {"Gc6B-|Bd6c-|ce6d-|df6e-|ec6B-|Bd6c-|ce6d-|d8|]", 0},
        {"G2|AcdBz4|BdecAGz2|cefdz4|dfgez4|ecdBz4|BdecGAz2|cefdz4|d8|]", 4}}) {
    const Extraction extraction = Extract(ReadText(std::string("X:1\nM:4/4\nL:1/8\nK:C\n") + tune));
    ASSERT_EQ(extraction.melodies.size(), 1U) << tune;
    EXPECT_EQ(extraction.melodies[0].context.pickup, pickup) << tune;
    EXPECT_THAT(extraction.melodies[0].context.changes, ElementsAre()) << tune;
  }
}

TEST_F(AbcFormatTest, SaysWhereBarsOfAnotherLengthAre) {
  using Changes = std::vector<LaterMetre>;
  for (const auto& [bars, changes] :
       {std::pair("G2|c4d4|e2|", Changes{{20, {1, 4}}, {24, {4, 4}}}),
        {"G2|c4d4|e2-||", {{20, {1, 4}}, {24, {4, 4}}}},
        {"|:G2|c4d4|e4f2:|G2|", {}},  // a bar in two parts
        {"G2|:c4d4|e4f2:|", {{20, {3, 4}}, {32, {4, 4}}, {48, {3, 4}}, {60, {4, 4}}}},
        {"G2|c4d4|z4||\nM:3/4\ne4f2-|f4z2|[M:4/4]", {{28, {3, 4}}, {52, {4, 4}}}}}) {
    const std::string tune = bars + std::string("ed6c|df6e|ec6B|Bd6c|ce6d|d8|]");
    const Extraction extraction = Extract(ReadText("X:1\nM:4/4\nL:1/8\nK:C\n" + tune));
    ASSERT_EQ(extraction.melodies.size(), 1U) << tune;
    EXPECT_EQ(extraction.melodies[0].context.pickup, 4) << tune;
    EXPECT_EQ(extraction.melodies[0].context.changes, changes) << tune;
  }
}

TEST_F(AbcFormatTest, KnowsTheFirstBarLineOfCutTime) {
  const std::string bars = "C2D2|E2F2|G2A2|B2c2|B2A2|G2F2|E2D2|";
  for (const auto& [first, pickup] : {std::pair("D2|", 8), {"C2D2|", 0}}) {
    const Extraction extraction =
        Extract(ReadText(std::string("X:1\nM:C|\nL:1/4\nK:C\n") + first + bars + "\n"));
    ASSERT_EQ(extraction.melodies.size(), 1U) << first;
    EXPECT_EQ(extraction.melodies[0].context.pickup, pickup) << first;
  }
}

TEST_F(AbcFormatTest, KnowsTheFirstBarLineOfSeveralVoices) {
  const std::string voice = "Gc6B|Ad6c|Be6d|cf6e|Gc6B|Ad6c|Be6d|";
  for (const auto& [head, first, second] :
       {std::array{"K:C\n", "V:1\n", "V:2\n"}, {"V:T clef=treble\nV:B\nK:C\n", "[V:T]", "[V:B]"}}) {
    const std::string music = first + voice + "\n" + second + voice;
    const Extraction extraction = Extract(ReadText("X:1\nM:4/4\nL:1/8\n" + (head + music)));
    ASSERT_EQ(extraction.melodies.size(), 2U) << music;
    for (const auto& melody : extraction.melodies) EXPECT_EQ(melody.context.pickup, 0) << music;
  }
}

TEST_F(AbcFormatTest, PlaysTheNotesOfAChordAtOnce) {
  const midi::Score score = ReadText("X:1\nM:4/4\nL:1/4\nK:C\n[CEG]2 C2|\n");
  ASSERT_EQ(score.notes.size(), 4U);
  EXPECT_EQ(score.notes[0].onset, score.notes[2].onset);
}

TEST_F(AbcFormatTest, ReadsTheInstrument) {
  const midi::Score score = ReadText("X:1\nM:4/4\nL:1/4\nK:C\n%%MIDI program 73\nCDEF|\n");
  ASSERT_EQ(score.programs.size(), 1U);
  EXPECT_EQ(score.programs[0].program, 73);
}

TEST_F(AbcFormatTest, ReadsWhatATransposingInstrumentSounds) {
  for (const std::string head :
       {"%%MIDI transpose -2\nK:Ddor\n", "K:Ddor transpose=-2\n",
        "K:Ddor clef=treble transpose=-2\n", "K:Ddor\n%%MIDI transpose -2\n"}) {
    const midi::Score score = ReadText("X:1\nM:4/4\nL:1/4\n" + head + "DEFG|[K:Bb]B4|\n");
    EXPECT_EQ(score.notes.at(0).pitch, 60) << head;
    EXPECT_EQ(score.keys.at(0).sharps, -2) << head;
    EXPECT_EQ(score.keys.at(0).degree, 2) << head;
    EXPECT_EQ(score.keys.back().sharps, -4) << head;
  }
  for (const std::string head : {"K:Cb\n", "K:Cb transpose=-12\n", "K:Cb transpose=x\n"}) {
    EXPECT_EQ(ReadText("X:1\nL:1/4\n" + head + "CDEF|\n").keys.at(0).sharps, -7) << head;
  }
}

TEST_F(AbcFormatTest, ReadsDrumsAsDrums) {
  const midi::Score score = ReadText("X:1\nL:1/4\nK:C\n%%MIDI channel 10\nCDEF|\n");
  EXPECT_EQ(score.notes.at(0).channel, 9);
}

// Eight bars of equal notes up and down the white keys: no mode can be heard.
TEST_F(AbcFormatTest, BelievesTheModeThatIsDeclared) {
  std::string music;
  for (int i = 0; i < 8; ++i) music += i % 2 == 0 ? "CDEF GABc|" : "cBAG FEDC|";
  for (const auto& [key, mode] : {std::pair("Ddor", Mode::kDorian),
                                  {"D Dorian clef=treble", Mode::kDorian},
                                  {"Gmix", Mode::kMixolydian},
                                  {"E phrygian", Mode::kPhrygian},
                                  {"Am", Mode::kMinor},
                                  {"A aeolian", Mode::kMinor},
                                  {"Flyd", Mode::kLydian},
                                  {"Bloc", Mode::kLocrian},
                                  {"C", Mode::kMajor}}) {
    const std::string tune = std::string("X:1\nM:4/4\nL:1/8\nK:") + key + "\n" + music + "\n";
    const Extraction extraction = Extract(ReadText(tune));
    ASSERT_EQ(extraction.melodies.size(), 1U) << key;
    EXPECT_EQ(extraction.melodies[0].context.mode, mode) << key;
  }
}

TEST_F(AbcFormatTest, ASignatureHasTheModeItIsDeclaredWithFirst) {
  const midi::Score score =
      ReadText("X:1\nM:4/4\nL:1/4\nK:Gmix\nGABc|\nK:Ddor\nd4|[K:F#m]F4|\nK:none\nG4|\n");
  ASSERT_GE(score.keys.size(), 2U);
  EXPECT_EQ(score.keys[0].degree, 7);  // mixolydian; D dorian has the same signature
  EXPECT_EQ(score.keys.at(score.keys.size() - 2).sharps, 3);
  EXPECT_EQ(score.keys.at(score.keys.size() - 2).degree, 9);
}

TEST_F(AbcFormatTest, PlaysThePartsInTheirOrder) {
  const midi::Score score = ReadText("X:1\nP:ABA\nM:4/4\nL:1/1\nK:C\nP:A\nC|D|\nP:B\nG|A|\n");
  std::vector<int> pitches;
  for (const midi::Note& note : score.notes) pitches.push_back(note.pitch);
  EXPECT_THAT(pitches, ElementsAre(60, 62, 67, 69, 60, 62));
}

TEST_F(AbcFormatTest, RefusesWhatIsNoAbc) {
  EXPECT_THAT(ErrorOf([] { ReadText("no tune"); }), HasSubstr("no tune in it"));
  EXPECT_THAT(ErrorOf([] { ReadText("X:1\nK:C\n\n"); }), HasSubstr("no notes"));
}

}  // namespace
}  // namespace rltuner
