// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

using ::testing::ElementsAre;

// The lines of music of a tune in 6/8.
std::string Cleaned(const std::string& music) {
  const std::vector<std::string> tunes = AbcTunes("X:7\nM:6/8\nL:1/8\nK:D\n" + music + "\n");
  return tunes.size() == 1 ? tunes[0].substr(tunes[0].find("K:D\n") + 4) : "not one tune";
}

TEST(AbcTunes, NumbersTunesAndEndsThemAtAnEmptyLine) {
  EXPECT_THAT(AbcTunes("words\nX:5\nT:One\nK:G\nGAB|\n\nmore words\nX:9\nK:D\r\nd2|\r\n"),
              ElementsAre("X:1\nT:One\nK:G\nGAB|\n", "X:2\nK:D\nd2|\n"));
}

TEST(AbcTunes, TakesNoTuneWithoutAKey) {
  EXPECT_THAT(AbcTunes("X:1\nT:One\nGAB|\n"), ElementsAre());
}

TEST(AbcTunes, PassesOverAByteOrderMark) {
  EXPECT_THAT(AbcTunes("\xEF\xBB\xBFX:1\nK:G\nGAB|\n"), ElementsAre("X:1\nK:G\nGAB|\n"));
}

TEST(AbcTunes, TakesMetreAndLengthFromTheHeadOfTheFile) {
  EXPECT_THAT(
      AbcTunes("%abc-2.1\nM:3/4\nL:1/4\n\nL:1/2\nX:1\nK:G\nGAB|\n\nX:2\nL:1/8\nK:G\nB6|\n"),
      ElementsAre("X:1\nM:3/4\nL:1/4\nK:G\nGAB|\n", "X:2\nM:3/4\nL:1/4\nL:1/8\nK:G\nB6|\n"));
}

TEST(AbcTunes, TakesNoWordsForNotes) {
  EXPECT_EQ(Cleaned("ABc|\nw: la\n+: bad face\n%%begintext\nbad face\n%%endtext\ndef|"),
            "ABc|[M:6/8]\ndef|\n");
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
  EXPECT_EQ(Cleaned("ABc def\nd:|\ne::f|"), "ABc def\nd:|\ne::f|\n");
}

TEST(AbcTunes, StatesTheMetreAgainBehindTheFirstBar) {
  EXPECT_EQ(Cleaned("|:A|dfa afd|\nB|"), "|:A|[M:6/8]dfa afd|\nB|\n");
}

TEST(AbcTunes, StatesTheMetreBehindABarThatEndsItsLine) {
  EXPECT_EQ(Cleaned("A|\\\ndfa afd|\nB|"), "A|[M:6/8]\ndfa afd|\nB|\n");
  EXPECT_EQ(Cleaned("A|:\ndfa|"), "A|:[M:6/8]\ndfa|\n");
  EXPECT_EQ(Cleaned("|:\nA|dfa|"), "|:\nA|[M:6/8]dfa|\n");
  EXPECT_EQ(Cleaned("dfa afd|]"), "dfa afd|]\n");  // nothing begins there
  EXPECT_EQ(Cleaned("dfa afd:|\nfaf|"), "dfa afd:|\nfaf|\n");
}

TEST(AbcTunes, StatesTheMetreOfTheFieldBeforeTheBarLine) {
  EXPECT_EQ(Cleaned("[K:Bb]|:A|d3 d3|"), "[K:Bb]|:A|[M:6/8]d3 d3|\n");
  EXPECT_EQ(Cleaned("[M:9/8]A|d3 d3 d3|"), "[M:9/8]A|[M:9/8]d3 d3 d3|\n");
  EXPECT_EQ(Cleaned("[M:C|] A2|[M:3/4]d4 d4|"), "[M:C|] A2|[M:2/2][M:3/4]d4 d4|\n");
  EXPECT_EQ(Cleaned("M:3/4\nA|d2 d2 d2|"), "M:3/4\nA|[M:3/4]d2 d2 d2|\n");
  EXPECT_EQ(Cleaned("[M:none]A|d3|"), "[M:none]A|d3|\n");
}

// Whose name would be a bar line to the programs that read it.
TEST(AbcTunes, StatesCutTimeInNumbers) {
  EXPECT_THAT(AbcTunes("X:1\nM:C|\nL:1/8\nK:D\nA2|d4 f4|\n"),
              ElementsAre("X:1\nM:C|\nL:1/8\nK:D\nA2|[M:2/2]d4 f4|\n"));
}

// Before them abc2midi would put it.
TEST(AbcTunes, StatesTheMetreBehindNoRestAndNoHeldNote) {
  EXPECT_EQ(Cleaned("A-|Afa|dfa|"), "A-|Afa|[M:6/8]dfa|\n");
  EXPECT_EQ(Cleaned("(A- )|Az|dfa|def|"), "(A- )|Az|dfa|[M:6/8]def|\n");
  EXPECT_EQ(Cleaned("A-|Afa:|dfa|"), "A-|Afa:|dfa|\n");
  EXPECT_EQ(Cleaned("A-|Afa-|\nadf-|fed|def|"), "A-|Afa-|\nadf-|fed|[M:6/8]def|\n");
  EXPECT_EQ(Cleaned("A-|Afa-|[M:3/4]a3-|adf|fed|"), "A-|Afa-|[M:3/4]a3-|adf|[M:3/4]fed|\n");
  EXPECT_EQ(Cleaned("A-|[M:3/4]A3-|\nAdf|def|"), "A-|[M:3/4]A3-|\nAdf|[M:3/4]def|\n");
}

TEST(AbcTunes, LeavesNoLineEmpty) {
  EXPECT_EQ(Cleaned("\\\nABc|\n~\ndef|"), "ABc|[M:6/8]\ndef|\n");
}

TEST(AbcTunes, KeepsEndingsTogether) { EXPECT_EQ(Cleaned("A|1 dfa|"), "A|1 dfa|\n"); }

}  // namespace
}  // namespace rltuner
