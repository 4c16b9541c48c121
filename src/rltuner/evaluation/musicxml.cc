// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/musicxml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "rltuner/core/markup.h"
#include "rltuner/melody/events.h"

namespace rltuner {
namespace {

constexpr int kBarSteps = 4 * kStepsPerQuarter;
constexpr int kRest = -1;

// A note or a rest, in steps.
struct Sound {
  int pitch;  // MIDI or kRest
  int steps;
};

struct NoteValue {
  int steps;
  const char* type;
  bool dotted;
};
constexpr std::array<NoteValue, 8> kNoteValues = {{{16, "whole", false},
                                                   {12, "half", true},
                                                   {8, "half", false},
                                                   {6, "quarter", true},
                                                   {4, "quarter", false},
                                                   {3, "eighth", true},
                                                   {2, "eighth", false},
                                                   {1, "16th", false}}};

std::vector<Sound> SoundsOf(std::span<const std::uint8_t> events) {
  std::vector<Sound> sounds;
  for (const int event : events) {
    const bool begins =
        IsNoteOn(event) || (event == kNoteOff && !sounds.empty() && sounds.back().pitch != kRest);
    if (begins || sounds.empty()) {
      sounds.push_back({IsNoteOn(event) ? PitchOf(event) : kRest, 0});
    }
    ++sounds.back().steps;
  }
  const int past_bar = static_cast<int>(events.size()) % kBarSteps;
  if (past_bar != 0 || events.empty()) sounds.push_back({kRest, kBarSteps - past_bar});
  return sounds;
}

// The longest note value of at most `steps`. A note that begins off the beat ends with it, so that
// the beats can be read.
const NoteValue& ValueFor(int steps, int position) {
  const int past_beat = position % kStepsPerQuarter;
  const int most = past_beat == 0 ? steps : std::min(steps, kStepsPerQuarter - past_beat);
  for (const NoteValue& value : kNoteValues) {
    if (value.steps <= most) return value;
  }
  return kNoteValues.back();
}

std::string PitchXml(int pitch) {
  static constexpr std::array<const char*, 12> kSteps = {"C", "C", "D", "E", "E", "F",
                                                         "F", "G", "A", "A", "B", "B"};
  static constexpr std::array<int, 12> kAlters = {0, 1, 0, -1, 0, 0, 1, 0, -1, 0, -1, 0};
  const auto pitch_class = static_cast<std::size_t>(pitch % 12);
  const int alter = kAlters[pitch_class];
  return fmt::format("<pitch><step>{}</step>{}<octave>{}</octave></pitch>", kSteps[pitch_class],
                     alter == 0 ? "" : fmt::format("<alter>{}</alter>", alter), pitch / 12 - 1);
}

// One <note>; `from` and `to`: tied to the note before and to the one after.
std::string NoteXml(int pitch, const NoteValue& value, bool from, bool to) {
  std::string xml = "      <note>";
  xml += pitch == kRest ? "<rest/>" : PitchXml(pitch);
  xml += fmt::format("<duration>{}</duration>", value.steps);
  if (from) xml += "<tie type=\"stop\"/>";
  if (to) xml += "<tie type=\"start\"/>";
  xml += fmt::format("<voice>1</voice><type>{}</type>{}", value.type, value.dotted ? "<dot/>" : "");
  if (from || to) {
    xml += fmt::format("<notations>{}{}</notations>", from ? "<tied type=\"stop\"/>" : "",
                       to ? "<tied type=\"start\"/>" : "");
  }
  return xml + "</note>\n";
}

std::string FirstBar(double quarters_per_minute) {
  return fmt::format(
      "      <attributes><divisions>{}</divisions><key><fifths>0</fifths></key>"
      "<time><beats>4</beats><beat-type>4</beat-type></time>"
      "<clef><sign>G</sign><line>2</line></clef></attributes>\n"
      "      <direction placement=\"above\"><direction-type><metronome>"
      "<beat-unit>quarter</beat-unit><per-minute>{:g}</per-minute></metronome></direction-type>"
      "<sound tempo=\"{:g}\"/></direction>\n",
      kStepsPerQuarter, quarters_per_minute, quarters_per_minute);
}

std::string BarsXml(const std::vector<Sound>& sounds, double quarters_per_minute) {
  std::string xml;
  int position = 0;  // steps from the start
  for (const Sound& sound : sounds) {
    for (int left = sound.steps; left > 0;) {
      const int in_bar = position % kBarSteps;
      if (in_bar == 0) {
        if (position > 0) xml += "    </measure>\n";
        xml += fmt::format("    <measure number=\"{}\">\n", position / kBarSteps + 1);
        if (position == 0) xml += FirstBar(quarters_per_minute);
      }
      const NoteValue& value = ValueFor(std::min(left, kBarSteps - in_bar), in_bar);
      const bool note = sound.pitch != kRest;
      xml += NoteXml(sound.pitch, value, note && left < sound.steps, note && left > value.steps);
      position += value.steps;
      left -= value.steps;
    }
  }
  return xml + "    </measure>\n";
}

}  // namespace

std::string WriteMusicXml(std::span<const std::uint8_t> events, double quarters_per_minute,
                          std::string_view title) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" "
      "\"http://www.musicxml.org/dtds/partwise.dtd\">\n"
      "<score-partwise version=\"4.0\">\n";
  if (!title.empty()) {
    xml +=
        fmt::format("  <work><work-title>{}</work-title></work>\n", EscapeXml(std::string(title)));
  }
  xml +=
      "  <identification><encoding><software>rltuner</software></encoding></identification>\n"
      "  <part-list><score-part id=\"P1\"><part-name>Melody</part-name></score-part></part-list>\n"
      "  <part id=\"P1\">\n";
  xml += BarsXml(SoundsOf(events), quarters_per_minute);
  return xml + "  </part>\n</score-partwise>\n";
}

}  // namespace rltuner
