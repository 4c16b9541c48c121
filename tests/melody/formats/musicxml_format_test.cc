// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "melody/score_of.h"
#include "rltuner/core/utf8_names.h"
#include "rltuner/melody/score_format.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> BytesOf(std::string_view text) { return {text.begin(), text.end()}; }

midi::Score ReadXml(const std::vector<std::uint8_t>& bytes) {
  midi::Score score;
  MusicXmlFormat().read(bytes, "test.musicxml", score);
  return score;
}

std::string Document(const std::string& measures, const std::string& instrument = "") {
  return "<?xml version=\"1.0\"?><score-partwise><part-list><score-part id=\"P1\">"
         "<part-name>Flute</part-name>" +
         instrument + "</score-part></part-list><part id=\"P1\">" + measures +
         "</part></score-partwise>";
}

std::string NoteXml(const std::string& step, int duration, const std::string& more = "") {
  return "<note><pitch><step>" + step + "</step><octave>4</octave></pitch><duration>" +
         std::to_string(duration) + "</duration>" + more + "</note>";
}

constexpr const char* kThreeFour =
    "<attributes><divisions>2</divisions><key><fifths>1</fifths></key><time><beats>3</beats>"
    "<beat-type>4</beat-type></time></attributes>";

// What begins in quarters at which pitch for how long.
std::string Notes(const midi::Score& score) {
  std::string text;
  for (const midi::Note& note : score.notes) {
    text += fmt::format("{}{}:{}:{}", text.empty() ? "" : " ", note.pitch,
                        static_cast<double>(note.onset) / score.division,
                        static_cast<double>(note.duration) / score.division);
  }
  return text;
}

TEST(MusicXmlFormat, ReadsNotesRestsAndChords) {
  const midi::Score score =
      ReadXml(BytesOf(Document(std::string("<measure>") + kThreeFour + NoteXml("C", 2) +
                               "<note><rest/><duration>1</duration></note>" + NoteXml("E", 3) +
                               NoteXml("G", 3, "<chord/>") + "</measure>")));
  EXPECT_EQ(Notes(score), "60:0:1 64:1.5:1.5 67:1.5:1.5");
  EXPECT_EQ(score.tracks.at(0).name, "Flute");
  EXPECT_EQ(score.metres.at(0).numerator, 3);
  EXPECT_EQ(score.keys.at(0).sharps, 1);
}

TEST(MusicXmlFormat, ReadsTheModeBesideMajorAndMinor) {
  const auto degree = [](const std::string& mode) {
    const std::string attributes =
        "<attributes><key><fifths>0</fifths><mode>" + mode + "</mode></key></attributes>";
    return ReadXml(BytesOf(Document("<measure>" + attributes + NoteXml("D", 1) + "</measure>")))
        .keys.at(0)
        .degree;
  };
  EXPECT_EQ(degree("dorian"), 2);
  EXPECT_EQ(degree("mixolydian"), 7);
  EXPECT_EQ(degree("aeolian"), 9);
  EXPECT_EQ(degree("major"), -1);  // programs write it for want of anything else
  EXPECT_EQ(degree("none"), -1);
}

TEST(MusicXmlFormat, JoinsTiedNotesAndLeavesOutGraceNotes) {
  const midi::Score score = ReadXml(BytesOf(
      Document(std::string("<measure>") + kThreeFour + NoteXml("C", 6, "<tie type=\"start\"/>") +
               "</measure><measure>" + NoteXml("C", 2, "<tie type=\"stop\"/>") +
               "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>" +
               NoteXml("E", 4) + "</measure>")));
  EXPECT_EQ(Notes(score), "60:0:4 64:4:2");
}

TEST(MusicXmlFormat, HoldsATiedNoteToTheNextIfItsEndIsNotSaid) {
  const std::string start = "<tie type=\"start\"/>";
  const midi::Score score = ReadXml(BytesOf(
      Document(std::string("<measure>") + kThreeFour + NoteXml("C", 4) + NoteXml("D", 2, start) +
               "</measure><measure>" + NoteXml("D", 2) + NoteXml("D", 2) + NoteXml("E", 2, start) +
               "</measure><measure>" + NoteXml("F", 2) + NoteXml("E", 4) + "</measure>")));
  EXPECT_EQ(Notes(score), "60:0:2 62:2:2 62:4:1 64:5:1 65:6:1 64:7:2");
}

TEST(MusicXmlFormat, GivesEachVoiceATrack) {
  const midi::Score score = ReadXml(
      BytesOf(Document(std::string("<measure>") + kThreeFour + NoteXml("C", 6, "<voice>1</voice>") +
                       "<backup><duration>6</duration></backup>" +
                       NoteXml("E", 6, "<voice>2</voice>") + "</measure>")));
  EXPECT_EQ(Notes(score), "60:0:3 64:0:3");
  ASSERT_EQ(score.tracks.size(), 2U);
  EXPECT_EQ(score.tracks[1].name, "Flute (voice 2)");
}

TEST(MusicXmlFormat, ReadsWhatATransposingInstrumentSounds) {
  const midi::Score score = ReadXml(BytesOf(
      Document("<measure><attributes><divisions>1</divisions><transpose><chromatic>-2</chromatic>"
               "</transpose><key><fifths>2</fifths></key></attributes>" +
               NoteXml("D", 4) + "</measure>")));
  EXPECT_EQ(Notes(score), "60:0:4");
  EXPECT_EQ(score.keys.at(0).sharps, 0);
}

TEST(MusicXmlFormat, SaysThatAnIncompleteFirstBarIsAPickup) {
  std::string measures = std::string("<measure number=\"0\" implicit=\"yes\">") + kThreeFour +
                         NoteXml("D", 2) + "</measure>";
  for (int i = 0; i < 8; ++i) {
    measures +=
        "<measure>" + NoteXml(std::string(1, "GABCDEFG"[i]), 4) + NoteXml("D", 2) + "</measure>";
  }
  ExtractionOptions options;
  const Extraction extraction = Extract(ReadXml(BytesOf(Document(measures))), options);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].context.pickup, 4);
  EXPECT_EQ(extraction.melodies[0].context.metre, (Metre{3, 4}));
}

// Unlike a MIDI file, whose pickup is estimated: here from the long notes behind short ones.
TEST(MusicXmlFormat, SaysThatAFullFirstBarIsNoPickup) {
  std::string measures;
  for (int i = 0; i < 8; ++i) {
    measures += std::string("<measure>") + (i == 0 ? kThreeFour : "") + NoteXml("D", 1) +
                NoteXml(std::string(1, "GABCDEFG"[i]), 4) + NoteXml("D", 1) + "</measure>";
  }
  midi::Score score = ReadXml(BytesOf(Document(measures)));
  EXPECT_EQ(Extract(score).melodies.at(0).context.pickup, 0);
  score.tracks[0].bars_known = false;
  EXPECT_EQ(Extract(score).melodies.at(0).context.pickup, 2);
}

// A measure of one note with what its bar lines say.
std::string Measure(const std::string& step, const std::string& left, const std::string& right) {
  const auto line = [](const std::string& signs) { return "<barline>" + signs + "</barline>"; };
  return "<measure>" + line(left) + NoteXml(step, 4) + line(right) + "</measure>";
}

// The steps of the notes in the order in which they sound.
std::string StepsPlayed(const std::string& measures) {
  std::string steps;
  for (const midi::Note& note : ReadXml(BytesOf(Document(measures))).notes) {
    steps += "C D EF G A B"[note.pitch - 60];
  }
  return steps;
}

constexpr const char* kForward = "<repeat direction=\"forward\"/>";
constexpr const char* kBackward = "<repeat direction=\"backward\"/>";

std::string Ending(const std::string& number, const std::string& type) {
  return "<ending number=\"" + number + "\" type=\"" + type + "\"/>";
}

TEST(MusicXmlFormat, PlaysRepeats) {
  EXPECT_EQ(StepsPlayed(Measure("C", "", "") + Measure("D", "", kBackward) + Measure("E", "", "")),
            "CDCDE");
  EXPECT_EQ(
      StepsPlayed(Measure("C", "", "") + Measure("D", kForward, "") + Measure("E", "", kBackward) +
                  Measure("F", kForward, kBackward) + Measure("G", "", kBackward)),
      "CDEDEFFGG");
}

TEST(MusicXmlFormat, PlaysTheEndingsOfRepeats) {
  const std::string first = Measure("D", Ending("1", "start"), Ending("1", "stop") + kBackward) +
                            Measure("E", Ending("2", "start"), Ending("2", "discontinue"));
  EXPECT_EQ(StepsPlayed(Measure("C", kForward, "") + first + Measure("F", "", kBackward)),
            "CDCEFF");
  const std::string three =
      Measure("D", Ending("1, 2", "start"), Ending("1, 2", "stop") + kBackward) +
      Measure("E", Ending("3", "start"), Ending("3", "stop"));
  EXPECT_EQ(StepsPlayed(Measure("C", "", "") + three + Measure("F", "", "")), "CDCDCEF");
  const std::string only = Measure("D", Ending("1", "start"), Ending("1", "stop") + kBackward);
  EXPECT_EQ(StepsPlayed(Measure("C", "", "") + only + Measure("F", "", kBackward)), "CDCFF");
}

std::string Sound(const std::string& step, const std::string& mark) {
  return "<measure>" + NoteXml(step, 4) + "<direction><sound " + mark + "/></direction></measure>";
}

TEST(MusicXmlFormat, PlaysDaCapoAndDalSegno) {
  const std::string dacapo = "dacapo=\"yes\"", dalsegno = "dalsegno=\"s\"";
  const auto bars = [](const std::string& middle, const std::string& last) {
    return Measure("C", "", "") + Sound("D", middle) + Measure("E", "", kBackward) +
           Sound("F", last);
  };
  EXPECT_EQ(StepsPlayed(bars("fine=\"yes\"", dacapo)), "CDECDEFCD");
  EXPECT_EQ(StepsPlayed(bars("", dacapo)), "CDECDEFCDEF");
  EXPECT_EQ(StepsPlayed(bars("segno=\"s\"", dalsegno)), "CDECDEFDEF");
  EXPECT_EQ(StepsPlayed(bars("", dalsegno)), "CDECDEF");  // to no sign
  EXPECT_EQ(StepsPlayed(bars("tocoda=\"c\"", dacapo) + Sound("G", "coda=\"c\"")), "CDECDEFCDG");
}

TEST(MusicXmlFormat, PlaysTheLastEndingAfterAJump) {
  const std::string endings = Measure("D", Ending("1", "start"), Ending("1", "stop") + kBackward) +
                              Measure("E", Ending("2", "start"), Ending("2", "discontinue"));
  EXPECT_EQ(StepsPlayed(Measure("C", kForward, "") + endings + Sound("F", "dacapo=\"yes\"")),
            "CDCEFCEF");
}

// 0.9 MB. To search for the sign of every mark, played or not, would take 20 seconds.
TEST(MusicXmlFormat, ThousandsOfMarksThatAreNotPlayedMeanNothing) {
  std::string bars = Measure("C", Ending("1", "start"), Ending("1", "stop") + kBackward) +
                     Measure("D", Ending("9", "start"), "");
  for (int i = 0; i < 20'000; ++i) bars += "<measure><sound dalsegno=\"none\"/></measure>";
  EXPECT_EQ(StepsPlayed(bars + Measure("E", "", Ending("9", "stop"))), "C");
}

TEST(MusicXmlFormat, AllPartsJumpTogether) {
  const std::string bars = Measure("C", "", "") + Measure("D", "", "");
  const midi::Score score = ReadXml(
      BytesOf("<score-partwise><part id=\"A\">" + bars + "</part><part id=\"B\">" +
              Measure("E", "", "") + Sound("F", "dacapo=\"yes\"") + "</part></score-partwise>"));
  EXPECT_EQ(score.NotesOfTrack(0).size(), 4U);
  EXPECT_EQ(score.NotesOfTrack(1).size(), 4U);
}

TEST(MusicXmlFormat, PlaysNothingWithoutEnd) {
  const std::string endings =
      Measure("D", Ending("1,2,3,4,5,6,7,8,9", "start"), Ending("1", "stop") + kBackward);
  EXPECT_EQ(StepsPlayed(Measure("C", kForward, "") + endings + Measure("E", "", "")), "CDCDCDCDE");
}

TEST(MusicXmlFormat, SaysWhereBarsOfAnotherLengthAre) {
  int count = 0;
  const auto bar = [&](int notes) {
    std::string text = "<measure>";
    while (notes-- > 0) text += NoteXml(std::string(1, "GABCDEF"[count++ % 7]), 2);
    return text + "</measure>";
  };
  std::string measures = std::string("<measure>") + kThreeFour + NoteXml("D", 6) + "</measure>";
  for (const int notes : {3, 3, 1, 3, 3, 2, 1, 3, 3, 2}) measures += bar(notes);
  const Extraction extraction = Extract(ReadXml(BytesOf(Document(measures))));
  ASSERT_EQ(extraction.melodies.size(), 1U);
  const MelodyContext& context = extraction.melodies[0].context;
  EXPECT_EQ(context.pickup, 0);
  // The bar in two parts and the short last bar are of the metre.
  EXPECT_EQ(context.changes, (std::vector<LaterMetre>{{36, {1, 4}}, {40, {3, 4}}}));
}

TEST(MusicXmlFormat, AddsThePartsOfAMetre) {
  const auto metre_of = [](const std::string& time) {
    const midi::Score score = ReadXml(
        BytesOf(Document("<measure><attributes><time>" + time + "</time></attributes></measure>")));
    return score.metres.empty()
               ? "none"
               : fmt::format("{}/{}", score.metres[0].numerator, score.metres[0].denominator);
  };
  EXPECT_EQ(metre_of("<beats>3+2</beats><beat-type>8</beat-type>"), "5/8");
  EXPECT_EQ(metre_of("<beats>3</beats><beat-type>8</beat-type><beats>2</beats><beat-type>4"
                     "</beat-type>"),
            "7/8");
  EXPECT_EQ(metre_of("<senza-misura/>"), "none");
  EXPECT_EQ(metre_of("<beats>3</beats><beat-type>7</beat-type>"), "none");
  EXPECT_EQ(metre_of("<beats>999</beats><beat-type>4</beat-type>"), "none");
}

TEST(MusicXmlFormat, LeavesOutPercussion) {
  const midi::Score score = ReadXml(
      BytesOf(Document("<measure>" + NoteXml("C", 4) + "</measure>",
                       "<midi-instrument><midi-channel>10</midi-channel></midi-instrument>")));
  EXPECT_EQ(score.notes.at(0).channel, 9);
}

TEST(MusicXmlFormat, ReadsTimewiseScores) {
  const midi::Score score =
      ReadXml(BytesOf("<score-timewise><measure><part id=\"P1\">" + NoteXml("C", 4) +
                      "</part></measure><measure><part id=\"P1\">" + NoteXml("D", 4) +
                      "</part></measure></score-timewise>"));
  EXPECT_EQ(Notes(score), "60:0:4 62:4:4");
}

// A .mxl of files and their contents.
std::vector<std::uint8_t> Zip(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<std::uint8_t> bytes(1 << 20);
  std::size_t used = 0;
  const Utf8Names names;
  archive* const writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const auto& [name, text] : files) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

TEST(MusicXmlFormat, ReadsTheTempoOfAMetronomeMark) {
  const auto microseconds = [](const std::string& mark, const std::string& sound = "") {
    const midi::Score score = ReadXml(BytesOf(
        Document("<measure><direction><direction-type><words>Lively</words></direction-type>"
                 "<direction-type><metronome>" +
                 mark + "</metronome></direction-type>" + sound + "</direction>" + NoteXml("C", 4) +
                 "</measure>")));
    return score.tempos.empty() ? 0 : score.tempos[0].microseconds_per_quarter;
  };
  const std::string quarter = "<beat-unit>quarter</beat-unit>", dot = "<beat-unit-dot/>";
  EXPECT_EQ(microseconds(quarter + "<per-minute>60</per-minute>"), 1'000'000);
  EXPECT_EQ(microseconds(quarter + dot + "<per-minute>80</per-minute>"), 500'000);
  EXPECT_EQ(microseconds("<beat-unit>half</beat-unit><per-minute>60</per-minute>"), 500'000);
  EXPECT_EQ(microseconds("<beat-unit>eighth</beat-unit><per-minute>120</per-minute>"), 1'000'000);
  // What is to sound counts more than what is written.
  EXPECT_EQ(microseconds(quarter + "<per-minute>60</per-minute>", "<sound tempo=\"90\"/>"),
            666'667);
  for (const std::string said : {"<per-minute>fast</per-minute>", "<beat-unit>half</beat-unit>"}) {
    EXPECT_EQ(microseconds(quarter + said), 0) << said;
  }
  EXPECT_EQ(microseconds("<beat-unit>day</beat-unit><per-minute>60</per-minute>"), 0);
}

TEST(MusicXmlFormat, ReadsTheFileThatAnArchiveNames) {
  const std::string container =
      "<container><rootfiles><rootfile full-path=\"b.xml\"/></rootfiles></container>";
  EXPECT_EQ(
      Notes(ReadXml(Zip({{"a.xml", "<html/>"},
                         {"META-INF/container.xml", container},
                         {"b.xml", Document("<measure>" + NoteXml("C", 4) + "</measure>")}}))),
      "60:0:4");
}

TEST(MusicXmlFormat, ReadsArchivesWithAnyNames) {
  const std::string music = Document("<measure>" + NoteXml("C", 4) + "</measure>");
  for (const std::string name : {"F\xC3\xBCr Elise.xml", "score", "SCORE.XML", "a.musicxml"}) {
    const std::string container =
        "<container><rootfiles><rootfile full-path=\"" + name + "\"/></rootfiles></container>";
    EXPECT_EQ(Notes(ReadXml(Zip({{"Caf\xC3\xA9.png", "picture"},
                                 {"META-INF/container.xml", container},
                                 {name, music}}))),
              "60:0:4")
        << name;
  }
}

// macOS puts what it knows of a file before the file.
TEST(MusicXmlFormat, ReadsArchivesPackedByMacOs) {
  const std::string music = Document("<measure>" + NoteXml("C", 4) + "</measure>");
  EXPECT_EQ(Notes(ReadXml(Zip({{"__MACOSX/._a.xml", "no music"}, {"a.xml", music}}))), "60:0:4");
}

TEST(MusicXmlFormat, RefusesAnArchiveThatUnpacksWithoutEnd) {
  EXPECT_THAT(ErrorOf([] {
                ReadXml(Zip({{"a.xml", std::string(40 << 20, ' ')}}));
              }),
              HasSubstr("unpacks to more than 16 MiB"));
}

TEST(MusicXmlFormat, ExpandsNoEntities) {
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE score-partwise [<!ENTITY a \"aaaaaaaaaa\">"
      "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
      "<score-partwise><part-list><score-part id=\"P1\"><part-name>&b;&x;</part-name></score-part>"
      "</part-list><part id=\"P1\"><measure>" +
      NoteXml("C", 4) + "</measure></part></score-partwise>";
  EXPECT_EQ(ReadXml(BytesOf(bomb)).tracks.at(0).name, "&b;&x;");
}

TEST(MusicXmlFormat, ReadsADocumentOfAnyDepth) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  EXPECT_THAT(ErrorOf([&] { ReadXml(BytesOf(deep)); }), HasSubstr("not XML"));
  for (int i = 0; i < 200'000; ++i) deep += "</a>";
  EXPECT_THAT(ErrorOf([&] { ReadXml(BytesOf(deep)); }), HasSubstr("the root is <a>"));
}

TEST(MusicXmlFormat, TakesNoDurationAtItsWord) {
  for (const char* duration : {"-4", "1e300", "nan", "x", "99999999999999999999"}) {
    const midi::Score score = ReadXml(BytesOf(Document(
        std::string("<measure><note><pitch><step>C</step><octave>4</octave></pitch><duration>") +
        duration + "</duration></note></measure>")));
    EXPECT_EQ(Notes(score), "60:0:0") << duration;
  }
}

}  // namespace
}  // namespace rltuner
