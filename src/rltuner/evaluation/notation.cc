// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/notation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "rltuner/core/markup.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {
namespace {

constexpr int kRest = -1;

// A note or a rest, or the part of one in a bar, in steps.
struct Sound {
  int pitch;  // MIDI or kRest
  int steps;
  bool from = false, to = false;  // tied to the one before and to the one after
};
struct Bar {
  Metre metre;
  Playback::Signature key;
  int position;  // of its first step; above 0 in a pickup
  std::vector<Sound> sounds = {};
};

// The last bar is filled with a rest, unless it lacks the steps of the pickup.
std::vector<Bar> BarsOf(std::span<const std::uint8_t> events, const Playback& playback) {
  std::vector<Sound> sounds;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const int event = events[i];
    const bool note = event >= kFirstNoteOn;
    const bool begins =
        note || (event == kNoteOff && !sounds.empty() && sounds.back().pitch != kRest);
    if (begins || sounds.empty()) sounds.push_back({note ? playback.Pitch(event, i) : kRest, 0});
    ++sounds.back().steps;
  }
  const Bars grid(playback.music, playback.steps_per_quarter);
  const auto length = static_cast<int>(events.size());
  const Bars::Position end = grid.At(length);
  const bool is_whole = end.position == 0 || grid.CompletesPickup(length);
  if (!is_whole || events.empty()) sounds.push_back({kRest, end.bar_steps - end.position});
  const std::vector<Playback::Signature> keys = playback.Signatures();
  auto key = keys.begin();
  std::vector<Bar> bars;
  int step = 0, next_bar = 0;
  for (const Sound& sound : sounds) {
    for (int left = sound.steps; left > 0;) {
      if (step == next_bar) {
        const Bars::Position place = grid.At(step);
        while (key + 1 != keys.end() && (key + 1)->step <= step) ++key;
        bars.push_back({place.metre, *key, place.position});
        while (grid.At(next_bar).bar == place.bar) ++next_bar;
      }
      const int steps = std::min(left, next_bar - step);
      const bool note = sound.pitch != kRest;
      bars.back().sounds.push_back(
          {sound.pitch, steps, note && left < sound.steps, note && left > steps});
      step += steps;
      left -= steps;
    }
  }
  return bars;
}

struct Spelling {
  char step;
  int alter, octave;  // 4: that of middle C
};

// Spells a pitch by its place on the line of fifths: C# Eb F# Ab Bb in C major.
Spelling SpellingOf(int pitch, int flattest) {
  const int fifths = flattest + ((7 * (pitch % 12) - flattest) % 12 + 12) % 12;
  const int letter = ((fifths + 1) % 7 + 7) % 7;
  const int alter = (fifths + 1 - letter) / 7;
  return {"FCGDAEB"[letter], alter, (pitch - alter) / 12 - 1};
}

struct NoteValue {
  int steps;
  std::string_view type;
  bool dotted;
  int tuplet;  // so many in the time of the power of two below; 1: none
};

// The number of notes in whose time a tuplet is played: 2 for 3, 4 for 5, 8 for 9.
int InTimeOf(int tuplet) { return static_cast<int>(std::bit_floor(static_cast<unsigned>(tuplet))); }

// The longest note value of at most `steps`. To keep the beats readable, a note that begins off the
// beat ends with it, and a note that begins on a beat of three parts lasts whole beats if it can.
NoteValue ValueFor(int steps, int position, const Metre& metre, int steps_per_quarter) {
  constexpr std::array<std::string_view, 10> kTypes = {"breve",  "whole", "half", "quarter",
                                                       "eighth", "16th",  "32nd", "64th",
                                                       "128th",  "256th"};  // 1 / 96 is a tuplet's
  constexpr std::size_t kLongestInTuplet = 3;
  const int beat = metre.BeatSteps(steps_per_quarter);
  const int past_beat = position % beat;
  const int most = past_beat == 0 ? steps : std::min(steps, beat - past_beat);
  const bool whole_beats =
      beat * metre.denominator > 4 * steps_per_quarter && past_beat == 0 && most >= beat;
  NoteValue best{};
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    const auto consider = [&](int over, int under, int tuplet) {
      const int parts = 8 * steps_per_quarter * over, in_step = under << i;
      const int length = parts / in_step;
      if (parts % in_step != 0 || length > most || length <= best.steps) return;
      if (whole_beats && length % beat != 0) return;
      best = {length, kTypes[i], tuplet == 1 && under > 1, tuplet};
    };
    consider(1, 1, 1);
    consider(3, 2, 1);
    for (int tuplet = 3; i >= kLongestInTuplet && tuplet <= steps_per_quarter; tuplet += 2) {
      if (steps_per_quarter % tuplet == 0) consider(InTimeOf(tuplet), tuplet, tuplet);
    }
  }
  return best;
}

std::string NoteXml(const Sound& sound, const NoteValue& value, int flattest) {
  std::string xml = "      <note>";
  if (sound.pitch == kRest) {
    xml += "<rest/>";
  } else {
    const auto [step, alter, octave] = SpellingOf(sound.pitch, flattest);
    xml += fmt::format("<pitch><step>{}</step>{}<octave>{}</octave></pitch>", step,
                       alter == 0 ? "" : fmt::format("<alter>{}</alter>", alter), octave);
  }
  xml += fmt::format("<duration>{}</duration>", value.steps);
  if (sound.from) xml += "<tie type=\"stop\"/>";
  if (sound.to) xml += "<tie type=\"start\"/>";
  xml += fmt::format(
      "<voice>1</voice><type>{}</type>{}{}", value.type, value.dotted ? "<dot/>" : "",
      value.tuplet == 1 ? ""
                        : fmt::format("<time-modification><actual-notes>{}</actual-notes>"
                                      "<normal-notes>{}</normal-notes></time-modification>",
                                      value.tuplet, InTimeOf(value.tuplet)));
  if (sound.from || sound.to) {
    xml += fmt::format("<notations>{}{}</notations>", sound.from ? "<tied type=\"stop\"/>" : "",
                       sound.to ? "<tied type=\"start\"/>" : "");
  }
  return xml + "</note>\n";
}

std::string KeyXml(const Playback& playback, const Playback::Signature& key) {
  const bool known = playback.sharps || key.mode != Mode::kMajor;
  return fmt::format("<key><fifths>{}</fifths>{}</key>", key.sharps,
                     known ? fmt::format("<mode>{}</mode>", ModeName(key.mode)) : "");
}

std::string TimeXml(const Metre& metre) {
  return fmt::format("<time><beats>{}</beats><beat-type>{}</beat-type></time>", metre.numerator,
                     metre.denominator);
}

std::string FirstBar(const Playback& playback, const Bar& bar, bool low) {
  return fmt::format(
      "      <attributes><divisions>{}</divisions>{}"
      "{}<clef><sign>{}</sign><line>{}</line></clef></attributes>\n"
      "      <direction placement=\"above\"><direction-type><metronome>"
      "<beat-unit>quarter</beat-unit><per-minute>{:g}</per-minute></metronome></direction-type>"
      "<sound tempo=\"{:g}\" dynamics=\"{:.4g}\"/></direction>\n",
      playback.steps_per_quarter, KeyXml(playback, bar.key), TimeXml(bar.metre), low ? 'F' : 'G',
      low ? 4 : 2, playback.quarters_per_minute, playback.quarters_per_minute,
      playback.velocity / .9);  // percent of MusicXML's 90
}

// A length in quarter notes, perhaps within a tuplet: 3 in the time of 2, 5 in the time of 4.
struct AbcLength {
  int over, under;  // a power of two, as programs expect it
  int tuplet;       // 1: none
};

AbcLength AbcLengthOf(int steps, int steps_per_quarter) {
  const int divisor = std::gcd(steps, steps_per_quarter);
  const int over = steps / divisor, under = steps_per_quarter / divisor;
  const int twos = under & -under;
  const int tuplet = under / twos;
  const int in_tuplet = twos * InTimeOf(tuplet);
  const int common = std::gcd(over, in_tuplet);
  return {over / common, in_tuplet / common, tuplet};
}

// The prefix of the sounds that share the first one's tuplet until the quarter ends, such as
// "(3:2:2" for two sounds; "" if the first is in no tuplet. Sets `left` to the number of sounds.
std::string AbcTuplet(std::span<const Sound> sounds, int position, int steps_per_quarter,
                      int* left) {
  const int tuplet = AbcLengthOf(sounds[0].steps, steps_per_quarter).tuplet;
  *left = 0;
  if (tuplet == 1) return "";
  for (const Sound& sound : sounds) {
    const bool ends = *left > 0 && position % steps_per_quarter == 0;
    if (ends || AbcLengthOf(sound.steps, steps_per_quarter).tuplet != tuplet) break;
    position += sound.steps;
    ++*left;
  }
  return fmt::format("({}:{}:{}", tuplet, InTimeOf(tuplet), *left);
}

// "Ddor"
std::string AbcKey(const Playback::Signature& signature) {
  const int tonic = KeyOf(signature.sharps, signature.mode).tonic;
  const Spelling spelling = SpellingOf(tonic, signature.sharps - 1);
  const char* const sign = spelling.alter < 0 ? "b" : spelling.alter > 0 ? "#" : "";
  return fmt::format("{}{}{}", spelling.step, sign, ModeName(signature.mode).substr(0, 3));
}

// The accidentals of a bar. By the standard, a sign holds for the note in all octaves; many
// programs apply it only in the octave where it is written. A sign is therefore written wherever
// either reading needs it.
class AbcSigns {
 public:
  explicit AbcSigns(int sharps) : sharps_(sharps) {}

  std::string_view For(const Spelling& note) {
    constexpr std::string_view kFlats = "BEADGCF", kSharps = "FCGDAEB";
    const std::string_view altered =
        (sharps_ < 0 ? kFlats : kSharps).substr(0, static_cast<std::size_t>(std::abs(sharps_)));
    const bool of_key = altered.find(note.step) != altered.npos;
    const int by_key = of_key ? (sharps_ < 0 ? -1 : 1) : 0;
    int& in_octave = in_octave_.try_emplace({note.step, note.octave}, by_key).first->second;
    int& in_all = in_all_.try_emplace(note.step, by_key).first->second;
    if (note.alter == in_octave && note.alter == in_all) return "";
    in_octave = in_all = note.alter;
    constexpr std::array<std::string_view, 5> kSigns = {"__", "_", "=", "^", "^^"};
    const int sign = std::clamp(note.alter, -2, 2) + 2;
    return kSigns[static_cast<std::size_t>(sign)];
  }

 private:
  int sharps_;
  std::map<std::pair<char, int>, int> in_octave_;  // alterations in force, by step and octave
  std::map<char, int> in_all_;                     // by step
};

}  // namespace

std::string WriteMusicXml(std::span<const std::uint8_t> events, const Playback& playback,
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
  xml += fmt::format(
      "  <identification><encoding><software>rltuner</software></encoding></identification>\n"
      "  <part-list><score-part id=\"P1\"><part-name>Melody</part-name><score-instrument "
      "id=\"P1-I1\"><instrument-name>Melody</instrument-name></score-instrument><midi-instrument "
      "id=\"P1-I1\"><midi-channel>1</midi-channel><midi-program>{}</midi-program></"
      "midi-instrument></score-part></part-list>\n"
      "  <part id=\"P1\">\n",
      playback.program + 1);
  int number = 0, pitches = 0, notes = 0;
  const std::vector<Bar> bars = BarsOf(events, playback);
  for (const Bar& bar : bars) {
    for (const Sound& sound : bar.sounds) {
      notes += sound.pitch != kRest ? 1 : 0;
      pitches += std::max(sound.pitch, 0);
    }
  }
  for (const Bar& bar : bars) {
    const bool pickup = bar.position > 0;
    number += pickup ? 0 : 1;
    xml +=
        fmt::format("    <measure number=\"{}\"{}>\n", number, pickup ? " implicit=\"yes\"" : "");
    if (&bar == &bars[0]) {
      xml += FirstBar(playback, bar, pitches < 55 * notes);
    } else {
      const Bar& before = (&bar)[-1];
      if (bar.key.step != before.key.step) {
        xml += fmt::format("      <attributes>{}</attributes>\n", KeyXml(playback, bar.key));
      }
      if (bar.metre != before.metre) {
        xml += fmt::format("      <attributes>{}</attributes>\n", TimeXml(bar.metre));
      }
    }
    int position = bar.position;
    for (const Sound& sound : bar.sounds) {
      for (int left = sound.steps; left > 0;) {
        const NoteValue value = ValueFor(left, position, bar.metre, playback.steps_per_quarter);
        const bool note = sound.pitch != kRest;
        xml += NoteXml({sound.pitch, value.steps, note && (sound.from || left < sound.steps),
                        note && (sound.to || left > value.steps)},
                       value, bar.key.flattest());
        position += value.steps;
        left -= value.steps;
      }
    }
    xml += "    </measure>\n";
  }
  return xml + "  </part>\n</score-partwise>\n";
}

std::string WriteAbc(std::span<const std::uint8_t> events, const Playback& playback,
                     std::string_view title) {
  constexpr int kBarsInALine = 4;
  std::string line(title);
  std::ranges::replace_if(
      line, [](char c) { return c < ' '; }, ' ');
  std::string abc = fmt::format(
      "X:1\nT:{0}\nM:{1}/{2}\nL:1/4\nQ:1/4={3:g}\n%%MIDI program {4}\n%%MIDI beat {5} {5} {5} 1\n"
      "K:{6}\n",
      line.empty() ? "Melody" : line, playback.music.metre.numerator,
      playback.music.metre.denominator, playback.quarters_per_minute, playback.program,
      playback.velocity, AbcKey(playback.Signatures()[0]));
  int number = 0, key_step = 0;
  Metre metre = playback.music.metre;
  for (const Bar& bar : BarsOf(events, playback)) {
    if (bar.metre != metre) abc += fmt::format("[M:{}] ", bar.metre.Text());
    metre = bar.metre;
    if (bar.key.step != key_step) abc += fmt::format("[K:{}] ", AbcKey(bar.key));
    key_step = bar.key.step;
    AbcSigns signs(bar.key.sharps);
    int position = bar.position, in_tuplet = 0;
    for (std::size_t i = 0; i < bar.sounds.size(); ++i) {
      const Sound& sound = bar.sounds[i];
      if (in_tuplet == 0) {
        abc += AbcTuplet(std::span(bar.sounds).subspan(i), position, playback.steps_per_quarter,
                         &in_tuplet);
      }
      in_tuplet = std::max(in_tuplet - 1, 0);
      position += sound.steps;
      if (sound.pitch == kRest) {
        abc += "z";
      } else {
        const Spelling note = SpellingOf(sound.pitch, bar.key.flattest());
        abc += signs.For(note);
        abc += note.octave > 4 ? static_cast<char>(note.step - 'A' + 'a') : note.step;
        abc.append(static_cast<std::size_t>(std::max(note.octave - 5, 0)), '\'');
        abc.append(static_cast<std::size_t>(std::max(4 - note.octave, 0)), ',');
      }
      const auto [over, under, tuplet] = AbcLengthOf(sound.steps, playback.steps_per_quarter);
      if (over != 1) abc += std::to_string(over);
      if (under != 1) abc += fmt::format("/{}", under);
      abc += sound.to ? "- " : " ";
    }
    number += bar.position > 0 ? 0 : 1;
    abc += number > 0 && number % kBarsInALine == 0 ? "|\n" : "| ";
  }
  abc.back() = abc.back() == ' ' ? ']' : abc.back();
  if (abc.ends_with("|\n")) abc.insert(abc.size() - 1, "]");
  return abc.ends_with('\n') ? abc : abc + "\n";
}

}  // namespace rltuner
