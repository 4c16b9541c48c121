// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

using ::testing::ElementsAre;

const std::string kDrum = "%%MIDI drum dzzzzzzz 35 1\n%%MIDI drumon\n";

// The lines of music of a tune in 6/8.
std::string Cleaned(const std::string& music) {
  const std::vector<std::string> tunes = AbcTunes("X:7\nM:6/8\nL:1/8\nK:D\n" + music + "\n");
  const std::string head = "X:1\nM:6/8\nL:1/8\nK:D\n" + kDrum;
  return tunes.size() == 1 && tunes[0].starts_with(head) ? tunes[0].substr(head.size()) : "else";
}

TEST(AbcTunes, NumbersTunesAndEndsThemAtAnEmptyLine) {
  EXPECT_THAT(AbcTunes("words\nX:5\nT:One\nK:G\nGAB|\n\nmore words\nX:9\nK:D\r\nd2|\r\n"),
              ElementsAre("X:1\nT:One\nK:G\n" + kDrum + "GAB|\n", "X:2\nK:D\n" + kDrum + "d2|\n"));
}

TEST(AbcTunes, TakesNoTuneWithoutAKey) {
  EXPECT_THAT(AbcTunes("X:1\nT:One\nGAB|\n"), ElementsAre());
}

TEST(AbcTunes, PassesOverAByteOrderMark) {
  EXPECT_THAT(AbcTunes("\xEF\xBB\xBFX:1\nK:G\nGAB|\n"),
              ElementsAre("X:1\nK:G\n" + kDrum + "GAB|\n"));
}

TEST(AbcTunes, TakesMetreAndLengthFromTheHeadOfTheFile) {
  EXPECT_THAT(AbcTunes("%abc-2.1\nM:3/4\nL:1/4\n\nL:1/2\nX:1\nK:G\nGAB|\n\nX:2\nL:1/8\nK:G\nB6|\n"),
              ElementsAre("X:1\nM:3/4\nL:1/4\nK:G\n" + kDrum + "GAB|\n",
                          "X:2\nM:3/4\nL:1/4\nL:1/8\nK:G\n" + kDrum + "B6|\n"));
}

TEST(AbcTunes, TakesNoWordsForNotes) {
  EXPECT_EQ(Cleaned("ABc|\nw: la\n+: bad face\n%%begintext\nbad face\n%%endtext\ndef|"),
            "ABc|\ndef|\n");
}

TEST(AbcTunes, KeepsInstrumentChannelAndPitch) {
  for (const std::string kept : {"program 73", "channel 10", "transpose -12", "nobarlines"}) {
    EXPECT_EQ(Cleaned("%%MIDI " + kept + "\nABc|"), "%%MIDI " + kept + "\nABc|\n");
  }
  EXPECT_EQ(Cleaned("%%MIDI drumon\n%%MIDI transposes\nABc|"), "ABc|\n");
}

TEST(AbcTunes, LeavesOutGraceNotesOrnamentsChordNamesAndComments) {
  EXPECT_EQ(Cleaned("{ga}\"Am\"~A.B !trill!c T(def) % slow"), "AB c (def) \n");
}

TEST(AbcTunes, KeepsNotesBetweenMarksThatOnceEndedLines) {
  EXPECT_EQ(Cleaned("ABc d! efg !fed"), "ABc d efg fed\n");
}

TEST(AbcTunes, TakesNoFingeringForALength) {
  EXPECT_EQ(Cleaned("!4!A !0!B!1!c (!3!d!5!e) +2+f"), "A Bc (de) f\n");
}

TEST(AbcTunes, TakesNoForteForNotes) {
  EXPECT_EQ(Cleaned("!f!A !ff!B +f+c +fff+d !mf!e +fa+"), "A B c d e [fa]\n");
}

TEST(AbcTunes, KeepsChordsInBothWritings) { EXPECT_EQ(Cleaned("+Ace+ [Ac]2"), "[Ace] [Ac]2\n"); }

TEST(AbcTunes, KeepsFieldsWithinLines) {
  EXPECT_EQ(Cleaned("ABc [M:9/8] def"), "ABc [M:9/8] def\n");
}

TEST(AbcTunes, TakesANoteBeforeARepeatSignForNoField) {
  EXPECT_EQ(Cleaned("ABc def\nd:|\ne::f|"), "ABc def\nd| :|\ne| ::f|\n");
}

TEST(AbcTunes, PutsAPlainBarLineBeforeEveryOther) {
  EXPECT_EQ(Cleaned("|:A|dfa:|B||[|d|]e::f:|1 g:|2 a|1 b :||: c"),
            "| |:A|dfa| :|B| ||[|d| |]e| ::f| :|1 g| :|2 a|1 b | :||: c\n");
}

TEST(AbcTunes, LeavesNoLineEmpty) { EXPECT_EQ(Cleaned("\\\nABc|\n~\ndef|"), "ABc|\ndef|\n"); }

}  // namespace
}  // namespace rltuner
