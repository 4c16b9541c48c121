// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/musicxml.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/melody/events.h"

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
  const std::string xml = WriteMusicXml(events, 80, "");
  EXPECT_NE(xml.find("<duration>4</duration><tie type=\"start\"/>"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<duration>4</duration><tie type=\"stop\"/>"), std::string::npos) << xml;
}

TEST(MusicXmlTest, WritesAccidentalsAndOctaves) {
  const std::string xml = WriteMusicXml(std::vector<std::uint8_t>{15, 2, 37, 24}, 80, "");
  EXPECT_NE(xml.find("<step>C</step><alter>1</alter><octave>4</octave>"), std::string::npos);
  EXPECT_NE(xml.find("<step>C</step><octave>3</octave>"), std::string::npos);
  EXPECT_NE(xml.find("<step>B</step><octave>5</octave>"), std::string::npos);
  EXPECT_NE(xml.find("<step>B</step><alter>-1</alter><octave>4</octave>"), std::string::npos);
}

TEST(MusicXmlTest, EscapesTheTitle) {
  const std::string xml = WriteMusicXml(std::vector<std::uint8_t>{14}, 80, "a < b & \"c\"");
  EXPECT_NE(xml.find("<work-title>a &lt; b &amp; &quot;c&quot;</work-title>"), std::string::npos);
}

TEST(MusicXmlTest, NoEventsAreABarOfRest) {
  const std::string xml = WriteMusicXml({}, 80, "");
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
    const std::string xml = WriteMusicXml(events, 100, "x");
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

}  // namespace
}  // namespace rltuner
