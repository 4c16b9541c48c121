// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/notation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include "check_script.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/midi/writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

// Every part of `text` that matches, its first group.
std::vector<std::string> All(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), regex), end; i != end; ++i) {
    found.push_back((*i)[1]);
  }
  return found;
}

// The melody as classes again, from the notes and their ties.
std::vector<std::uint8_t> EventsOf(const std::string& xml) {
  std::vector<std::uint8_t> events;
  for (const std::string& note : All(xml, "<note>(.*)</note>")) {
    const int steps = std::stoi(All(note, "<duration>(\\d+)<").at(0));
    int event = kNoteOff;
    if (note.find("<rest/>") == std::string::npos) {
      const std::string step = All(note, "<step>(.)<").at(0);
      const auto alter = All(note, "<alter>(-?\\d)<");
      const int octave = std::stoi(All(note, "<octave>(\\d)<").at(0));
      const int white =
          std::vector<int>{9, 11, 0, 2, 4, 5, 7}.at(static_cast<std::size_t>(step[0] - 'A'));
      event = ClassOf(12 * (octave + 1) + white + (alter.empty() ? 0 : std::stoi(alter[0])));
      if (note.find("<tie type=\"stop\"/>") != std::string::npos) event = kNoEvent;
    }
    events.push_back(static_cast<std::uint8_t>(event));
    events.insert(events.end(), static_cast<std::size_t>(steps - 1), kNoEvent);
  }
  return events;
}

// What sounds at each step: a pitch class event where a note begins, hold, or silence as note off.
std::vector<int> SoundAt(const std::vector<std::uint8_t>& events) {
  std::vector<int> sound;
  bool silent = true;
  for (const int event : events) {
    if (event == kNoteOff) silent = true;
    if (IsNoteOn(event)) silent = false;
    sound.push_back(silent ? kNoteOff : event);
  }
  return sound;
}

TEST(MusicXmlTest, TiesANoteOverTheBarLine) {
  std::vector<std::uint8_t> events(32, kNoEvent);
  events[0] = kNoteOff;
  events[12] = 14;
  events[20] = 16;
  const std::string xml = WriteMusicXml(events, {.quarters_per_minute = 80}, "");
  EXPECT_NE(xml.find("<duration>4</duration><tie type=\"start\"/>"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<duration>4</duration><tie type=\"stop\"/>"), std::string::npos) << xml;
}

// A primer in D, then what is played in Bb.
Playback TwoKeys() {
  return {.music = {},
          .transposition = -2,
          .sharps = -2,
          .pitches = {62, 0, 0, 0, 66, 0, 0, 0, 69, 0, 0, 0, 74, 0, 0, 0},
          .changes_of_key = {{0, 2, Mode::kMajor}, {16, -2, Mode::kMajor}}};
}
const std::vector<std::uint8_t> kInTwoKeys = {14, 1, 1, 1, 18, 1, 1, 1, 21, 1, 1, 1, 26, 1, 1, 1,
                                              14, 1, 1, 1, 18, 1, 1, 1, 21, 1, 1, 1, 26, 1, 1, 1};

TEST(MusicXmlTest, WritesAPrimerInItsOwnKeys) {
  const std::string xml = WriteMusicXml(kInTwoKeys, TwoKeys(), "");
  const std::size_t first = xml.find("<key><fifths>2</fifths>");
  const std::size_t second = xml.find("<key><fifths>-2</fifths>");
  EXPECT_LT(first, xml.find("<step>F</step><alter>1</alter>"));
  EXPECT_LT(second, xml.find("<step>B</step><alter>-1</alter>"));
  EXPECT_LT(xml.find("<measure number=\"2\""), second);
  EXPECT_NE(second, std::string::npos);
}

TEST(AbcTest, WritesAPrimerInItsOwnKeys) {
  EXPECT_THAT(WriteAbc(kInTwoKeys, TwoKeys(), ""),
              testing::HasSubstr("K:Dmaj\nD F A d | [K:Bbmaj] B, D F B |]"));
}

TEST(MusicXmlTest, WritesAccidentalsAndOctaves) {
  const std::string xml =
      WriteMusicXml(std::vector<std::uint8_t>{15, 2, 37, 24}, {.quarters_per_minute = 80}, "");
  EXPECT_NE(xml.find("<step>C</step><alter>1</alter><octave>4</octave>"), std::string::npos);
  EXPECT_NE(xml.find("<step>C</step><octave>3</octave>"), std::string::npos);
  EXPECT_NE(xml.find("<step>B</step><octave>5</octave>"), std::string::npos);
  EXPECT_NE(xml.find("<step>B</step><alter>-1</alter><octave>4</octave>"), std::string::npos);
}

TEST(MusicXmlTest, EscapesTheTitle) {
  const std::string xml =
      WriteMusicXml(std::vector<std::uint8_t>{14}, {.quarters_per_minute = 80}, "a < b & \"c\"");
  EXPECT_NE(xml.find("<work-title>a &lt; b &amp; &quot;c&quot;</work-title>"), std::string::npos);
}

TEST(MusicXmlTest, NoEventsAreABarOfRest) {
  const std::string xml = WriteMusicXml({}, {.quarters_per_minute = 80}, "");
  EXPECT_EQ(All(xml, "<measure number=\"(\\d+)\"").size(), 1U);
  EXPECT_EQ(All(xml, "<duration>(\\d+)<"), std::vector<std::string>{"16"});
}

TEST(MusicXmlTest, AnyMelodyFillsItsBarsAndSoundsTheSame) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::vector<std::uint8_t> events(1 + random.Below(70));
    for (std::uint8_t& event : events) {
      event =
          static_cast<std::uint8_t>(random.Below(3) == 0 ? random.Below(kVocabulary) : kNoEvent);
    }
    const std::string xml = WriteMusicXml(events, {.quarters_per_minute = 100}, "x");
    const auto bars = All(xml, "<measure number=\"\\d+\">([^]*?)</measure>");
    ASSERT_EQ(bars.size(), (events.size() + 15) / 16);
    for (const std::string& bar : bars) {
      int steps = 0;
      for (const std::string& duration : All(bar, "<duration>(\\d+)<"))
        steps += std::stoi(duration);
      EXPECT_EQ(steps, 16);
    }
    EXPECT_EQ(All(xml, "<tie (type=\"start\")/>").size(),
              All(xml, "<tie (type=\"stop\")/>").size());
    std::vector<std::uint8_t> again = EventsOf(xml);
    again.resize(events.size());
    EXPECT_EQ(SoundAt(again), SoundAt(events));
  }
}

// Two bars of a jig in E dorian.
Playback JigPlayback() {
  return {.quarters_per_minute = 120,
          .music = {.metre = {6, 8}, .mode = Mode::kDorian},
          .transposition = 2,
          .program = 73,
          .sharps = 2};
}
const std::vector<std::uint8_t> kJig = {16, 1, 18, 1, 19, 1, 21, 1, 1, 1, 1, 1, 23, 1, 1, 1, 25, 1};

TEST(MusicXmlTest, WritesMetreKeyModeAndProgram) {
  const std::string xml = WriteMusicXml(kJig, JigPlayback(), "");
  EXPECT_NE(xml.find("<fifths>2</fifths><mode>dorian</mode>"), std::string::npos);
  EXPECT_NE(xml.find("<beats>6</beats><beat-type>8</beat-type>"), std::string::npos);
  EXPECT_NE(xml.find("<midi-program>74</midi-program>"), std::string::npos);
  EXPECT_EQ(All(xml, "<measure number=\"(\\d+)\"").size(), 2U);
  EXPECT_NE(xml.find("<duration>6</duration><voice>1</voice><type>quarter</type><dot/>"),
            std::string::npos);
}

TEST(MusicXmlTest, WritesTripletsOfAGridOfTwelve) {
  const std::vector<std::uint8_t> events = {14, 1, 1, 1, 16, 1, 1, 1, 18, 1, 1, 1};
  const std::string xml = WriteMusicXml(events, {.steps_per_quarter = 12}, "");
  EXPECT_EQ(All(xml, "<type>eighth</type>(<time-modification>)").size(), 3U);
}

TEST(AbcTest, WritesATune) {
  EXPECT_EQ(WriteAbc(kJig, JigPlayback(), "A jig"),
            "X:1\nT:A jig\nM:6/8\nL:1/4\nQ:1/4=120\n%%MIDI program 73\n"
            "%%MIDI beat 80 80 80 1\nK:Edor\n"
            "E/2 F/2 G/2 A3/2 | B c/2 z3/2 |]\n");
}

TEST(AbcTest, TheLeadingNoteOfAMinorKeyIsSharp) {
  const std::vector<std::uint8_t> events = {22, 1, 23, 1};  // G sharp, A
  const Playback in_a{.music = {.mode = Mode::kMinor}, .sharps = 0};
  EXPECT_THAT(WriteAbc(events, in_a, ""), testing::HasSubstr("^G/2 A/2"));
  EXPECT_THAT(WriteMusicXml(events, in_a, ""),
              testing::HasSubstr("<step>G</step><alter>1</alter>"));
  const Playback in_c_minor{.music = {.mode = Mode::kMinor}, .transposition = 3, .sharps = -3};
  EXPECT_THAT(WriteAbc(events, in_c_minor, ""), testing::HasSubstr("=B/2 c/2"));
}

TEST(AbcTest, NamesAKeyByItsSignature) {
  const std::vector<std::uint8_t> c = {14, 1, 1, 1};
  EXPECT_THAT(WriteAbc(c, {.transposition = -1, .sharps = -7}, ""),
              testing::HasSubstr("K:Cbmaj\nC"));
  EXPECT_THAT(WriteAbc(c, {.transposition = -1, .sharps = 5}, ""),
              testing::HasSubstr("K:Bmaj\nB,"));
  EXPECT_THAT(WriteAbc(c, {.transposition = 1, .sharps = 7}, ""), testing::HasSubstr("K:C#maj\nC"));
  EXPECT_THAT(WriteAbc(c, {.music = {.mode = Mode::kMinor}, .sharps = -7}, ""),
              testing::HasSubstr("K:Abmin\n"));
}

TEST(AbcTest, SetsAnAccidentalOnceInABar) {
  const std::vector<std::uint8_t> events = {15, 1, 1, 1, 15, 1, 1, 1, 14, 1, 1, 1, 14, 1, 1, 1,
                                            15, 1, 1, 1, 1,  1, 1, 1, 1,  1, 1, 1, 1,  1, 1, 1};
  EXPECT_THAT(WriteAbc(events, {}, ""), testing::HasSubstr("^C C =C C | ^C4 |]"));
}

// By the standard a sign holds in all octaves, to many programs only in its own.
TEST(AbcTest, SetsAccidentalsThatHoldInAnyReading) {
  const std::vector<std::uint8_t> events = {15, 1, 1, 1, 27, 1, 1, 1, 26, 1, 1, 1, 15, 1, 1, 1};
  EXPECT_THAT(WriteAbc(events, {}, ""), testing::HasSubstr("^C ^c =c ^C |]"));
}

// ABC's lengths are halves of halves; abc2midi takes no thirds.
TEST(AbcTest, WritesThirdsOfAQuarterAsTriplets) {
  const std::vector<std::uint8_t> events = {14, 16, 18, 19, 1, 1, 21, 1, 18, 16, 1, 1,
                                            14, 1,  1,  1,  1, 1, 1,  1, 16, 18, 1, 1};
  EXPECT_THAT(WriteAbc(events, {.steps_per_quarter = 3}, ""),
              testing::HasSubstr("(3:2:3C/2 D/2 E/2 F (3:2:2G E/2 D | (3:2:2C4 D/2 E |]"));
}

TEST(AbcTest, WritesFifthsOfAQuarterAsQuintuplets) {
  std::vector<std::uint8_t> events(20, kNoEvent);
  events[0] = events[5] = events[8] = 14;
  EXPECT_THAT(WriteAbc(events, {.steps_per_quarter = 5}, ""),
              testing::HasSubstr("C (5:4:2C3/4 C3 |]"));
}

// The type of a note, with its dot and its tuplet, is as long as its duration on every grid.
TEST(MusicXmlTest, NamesNotesOfEveryGridByTheirLength) {
  const std::vector<std::string> types = {"breve", "whole", "half", "quarter", "eighth",
                                          "16th",  "32nd",  "64th", "128th",   "256th"};
  for (const int grid : {3, 4, 5, 6, 7, 9, 10, 12, 15, 18, 20, 24, 48, 96}) {
    std::vector<std::uint8_t> events;
    for (int steps = 1; steps <= 2 * grid; ++steps) {
      events.push_back(14);
      events.insert(events.end(), static_cast<std::size_t>(steps - 1), kNoEvent);
    }
    const std::string xml = WriteMusicXml(events, {.steps_per_quarter = grid}, "");
    for (const std::string& note : All(xml, "<note>(.*)</note>")) {
      const auto type = std::ranges::find(types, All(note, "<type>(.*)</type>").at(0));
      double steps = 8.0 * grid / static_cast<double>(1 << (type - types.begin()));
      if (note.find("<dot/>") != std::string::npos) steps *= 1.5;
      for (const std::string& actual : All(note, "<actual-notes>(\\d+)<")) {
        steps *= std::stod(All(note, "<normal-notes>(\\d+)<").at(0)) / std::stod(actual);
      }
      EXPECT_NEAR(steps, std::stod(All(note, "<duration>(\\d+)<").at(0)), 1e-9) << grid << note;
    }
  }
}

TEST(AbcTest, TiesOverTheBarLine) {
  std::vector<std::uint8_t> events(32, kNoEvent);
  events[0] = 26;
  EXPECT_THAT(WriteAbc(events, {}, ""), testing::HasSubstr("c4- | c4 |]"));
}

// A pickup of an eighth in 3/4, a bar, and one of 2/4.
const MelodyContext kChanging{.metre = {3, 4}, .pickup = 2, .changes = {{14, {2, 4}}}};
const std::vector<std::uint8_t> kChangingTune = {14, 1, 16, 1,  1, 1, 18, 1,  1, 1, 19,
                                                 1,  1, 1,  21, 1, 1, 1,  14, 1, 1, 1};

TEST(MusicXmlTest, HasThePickupAndChangesOfMetre) {
  const std::string xml = WriteMusicXml(kChangingTune, {.music = kChanging}, "");
  EXPECT_THAT(xml, testing::HasSubstr("<measure number=\"0\" implicit=\"yes\">"));
  EXPECT_THAT(xml, testing::ContainsRegex("number=\"2\">[^m]*<time><beats>2</beats>"));
  EXPECT_THAT(xml, testing::Not(testing::HasSubstr("number=\"3\"")));
}

TEST(AbcTest, HasThePickupAndChangesOfMetre) {
  EXPECT_THAT(WriteAbc(kChangingTune, {.music = kChanging}, ""),
              testing::HasSubstr("C/2 | D E F | [M:2/4] G C |]"));
}

TEST(AbcTest, ALastBarThatLacksThePickupIsNotFilledWithARest) {
  Playback playback;
  playback.music.pickup = 4;
  std::vector<std::uint8_t> events(5 * 16, kNoEvent);
  for (const int at : {0, 4, 20, 36, 52, 68}) events[static_cast<std::size_t>(at)] = 14;
  const std::string abc = WriteAbc(events, playback, "a melody");
  EXPECT_THAT(abc, testing::EndsWith("\nC | C4 | C4 | C4 | C4 |\nC3 |]\n"));
  events.pop_back();
  EXPECT_THAT(WriteAbc(events, playback, "cut"), testing::EndsWith("|\nC11/4 z5/4 |]\n"));
}

TEST(NotationTest, IsReadByOtherPrograms) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "jig.mid", midi::Write(ToMidiScore(kJig, JigPlayback(), "A jig")));
  WriteFileAtomically(folder / "jig.musicxml", WriteMusicXml(kJig, JigPlayback(), "A jig"));
  WriteFileAtomically(folder / "jig.abc", WriteAbc(kJig, JigPlayback(), "A jig"));
  ExpectCheckScriptPasses("python3 " RLTUNER_SOURCE_DIR "/tests/evaluation/check_notation.py " +
                          (folder / "").string());
}

}  // namespace
}  // namespace rltuner
