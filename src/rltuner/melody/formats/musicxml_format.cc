// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <set>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/formats/musicxml_file.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

constexpr int kTicksPerQuarter = 10'080;  // holds 2, 3, 5, 7 and 9 notes in the time of a quarter
constexpr std::int64_t kMostTicks = std::int64_t{1} << 40;

bool RecognizesMusicXml(std::span<const std::uint8_t> beginning) {
  return AsText(beginning).starts_with("<score-partwise");
}

int Clamped(const pugi::xml_node& node, const char* child, int lowest, int highest, int otherwise) {
  const pugi::xml_text text = node.child(child).text();
  return std::clamp(text.as_int(otherwise), lowest, highest);
}

// "3+2" is 5; 0 if it is no number.
int BeatsOf(std::string_view text) {
  int sum = 0, number = 0;
  for (const char c : text) {
    if (c == '+') {
      sum += std::exchange(number, 0);
    } else if (c >= '0' && c <= '9') {
      number = std::min(10 * number + c - '0', 1000);
    } else if (c != ' ') {
      return 0;
    }
  }
  return sum + number;
}

// Quarter notes per minute by a direction's metronome mark; 0 if it has none with a number.
double MarkedTempo(const pugi::xml_node& direction) {
  constexpr std::array<std::string_view, 6> kUnits = {"whole",  "half", "quarter",
                                                      "eighth", "16th", "32nd"};
  for (const pugi::xml_node& type : direction.children("direction-type")) {
    const pugi::xml_node mark = type.child("metronome");
    const auto unit = std::ranges::find(kUnits, mark.child("beat-unit").text().get());
    if (unit == kUnits.end() || mark.child("beat-unit").next_sibling("beat-unit")) continue;
    const double quarters =
        std::ldexp(mark.child("beat-unit-dot") ? 6 : 4, -static_cast<int>(unit - kUnits.begin()));
    return quarters * mark.child("per-minute").text().as_double();
  }
  return 0;
}

using Measures = std::vector<pugi::xml_node>;

// The numbers of the measures as repeats and endings have them played.
std::vector<std::size_t> Repeated(const Measures& measures) {
  const auto is_for = [](std::string_view ending, int time) {  // "1, 2" is for both
    return ending.find(static_cast<char>('0' + time)) != ending.npos;
  };
  std::vector<std::size_t> played;
  std::size_t start = 0;
  int time = 1;
  std::string_view ending;
  for (std::size_t i = 0; i < measures.size(); ++i) {
    bool repeats = false, ends = false;
    for (const pugi::xml_node& line : measures[i].children("barline")) {
      const std::string_view direction = line.child("repeat").attribute("direction").value();
      const std::string_view type = line.child("ending").attribute("type").value();
      if (direction == "forward" && std::exchange(start, i) != i) time = 1;
      if (type == "start") ending = line.child("ending").attribute("number").value();
      repeats = repeats || direction == "backward";
      ends = ends || repeats || (!type.empty() && type != "start");
    }
    const bool plays = time == 1 || ending.empty() || is_for(ending, time);
    if (plays) played.push_back(i);
    if (!ends) continue;
    const pugi::xml_node after = measures[i].next_sibling("measure").child("barline");
    const std::string_view next = after.child("ending").attribute("number").value();
    if (plays && repeats && time < 4 &&
        (time == 1 || is_for(ending, time + 1) || is_for(next, time + 1))) {
      ++time;
      i = start - 1;
    } else if (next.empty()) {
      start = i + 1;
      time = 1;
    }
    ending = "";
  }
  return played;
}

// One part, measure by measure.
class PartReader {
 public:
  Measures written;                  // in the order of the file
  std::set<std::int64_t> bar_lines;  // of the first part

  PartReader(midi::Score& score, std::string name, const pugi::xml_node& instrument, bool first)
      : score_(score), name_(std::move(name)), first_part_(first) {
    channel_ = Clamped(instrument, "midi-channel", 1, 16, 1) - 1;
    program_ = Clamped(instrument, "midi-program", 1, 128, 1) - 1;
  }

  void Read(const pugi::xml_node& measure) {
    const std::int64_t begin = now_;
    end_ = now_;
    if (first_part_) bar_lines.insert(now_);
    for (const pugi::xml_node& item : measure) {
      const std::string_view kind = item.name();
      if (kind == "note") {
        ReadNote(item);
      } else if (kind == "backup") {
        now_ = std::max(begin, now_ - Duration(item));
      } else if (kind == "forward") {
        Advance(Duration(item));
      } else if (kind == "attributes") {
        ReadAttributes(item);
      } else if (kind == "direction" || kind == "sound") {
        const pugi::xml_node sound = kind == "sound" ? item : item.child("sound");
        ReadTempo(sound.attribute("tempo") ? sound.attribute("tempo").as_double()
                                           : MarkedTempo(item));
      }
    }
    now_ = end_;
  }

  void Close() {
    for (const auto& [voice, track] : tracks_) {
      score_.tracks[static_cast<std::size_t>(track)].end_tick = now_;
      score_.tracks[static_cast<std::size_t>(track)].bars_known = !score_.metres.empty();
      for (midi::KeySignature key : keys_) {
        key.track = track;
        score_.keys.push_back(key);
      }
      score_.programs.push_back({0, program_, channel_, track});
    }
  }

 private:
  std::int64_t Duration(const pugi::xml_node& item) const {
    const double ticks = item.child("duration").text().as_double() * kTicksPerQuarter / divisions_;
    return ticks > 0 && ticks < 1e9 ? std::llround(ticks) : 0;
  }

  void Advance(std::int64_t ticks) {
    now_ = std::min(now_ + ticks, kMostTicks);
    end_ = std::max(end_, now_);
  }

  void ReadAttributes(const pugi::xml_node& item) {
    if (item.child("divisions")) {
      const double divisions = item.child("divisions").text().as_double();
      if (divisions >= 1e-3 && divisions <= 1e9) divisions_ = divisions;
    }
    if (const pugi::xml_node move = item.child("transpose")) {
      chromatic_ =
          Clamped(move, "chromatic", -48, 48, 0) + 12 * Clamped(move, "octave-change", -4, 4, 0);
    }
    if (const pugi::xml_node key = item.child("key"); key.child("fifths")) {
      const std::string_view mode = key.child("mode").text().get();
      const int fifths = Clamped(key, "fifths", -7, 7, 0);
      // Seven fifths are a semitone. The sounding key is written with as few signs as possible.
      const int sharps =
          chromatic_ % 12 == 0 ? fifths : ((fifths + 7 * chromatic_ + 5) % 12 + 12) % 12 - 5;
      keys_.push_back({now_, sharps, mode == "minor", 0, mode == "major" || mode == "minor"});
      // Programs write major when they know no mode.
      const std::optional<Mode> named = mode == "major" ? std::nullopt : FindMode(mode);
      if (named) keys_.back().degree = WhiteKey(*named).tonic;
    }
    if (const pugi::xml_node time = item.child("time")) {
      int beats = 0, type = 0;
      for (pugi::xml_node part = time.child("beats"); part; part = part.next_sibling("beats")) {
        const int part_type = part.next_sibling("beat-type").text().as_int();
        if (part_type < 1 || part_type > 1024 ||
            !std::has_single_bit(static_cast<unsigned>(part_type))) {
          return;
        }
        const int finer = std::max(type, part_type);  // 3/8 and 2/4 are 7/8
        beats = (type > 0 ? beats * (finer / type) : 0) +
                BeatsOf(part.text().get()) * (finer / part_type);
        type = finer;
        if (beats < 1 || beats > 255) return;
      }
      if (beats < 1) return;  // such as music without a metre
      if (first_part_) score_.metres.push_back({now_, beats, type, 0});
    }
  }

  void ReadTempo(double tempo) {
    if (!first_part_ || !(tempo >= 4 && tempo <= 1000)) return;
    score_.tempos.push_back({now_, static_cast<int>(std::lround(60e6 / tempo)), 0});
  }

  void ReadNote(const pugi::xml_node& note) {
    if (note.child("grace") || note.child("cue")) return;
    const std::int64_t duration = Duration(note);
    const bool chord = !note.child("chord").empty();
    const std::int64_t onset = chord ? last_onset_ : now_;
    last_onset_ = onset;
    if (!chord) Advance(duration);
    const pugi::xml_node pitch = note.child("pitch");
    if (!pitch) return;  // a rest, or percussion without pitch
    constexpr std::array<int, 7> kSemitones = {9, 11, 0, 2, 4, 5, 7};  // A .. G
    const std::string_view step = pitch.child("step").text().get();
    if (step.size() != 1 || step[0] < 'A' || step[0] > 'G') return;
    const int midi = 12 * (Clamped(pitch, "octave", -1, 10, 4) + 1) +
                     kSemitones[static_cast<std::size_t>(step[0] - 'A')] +
                     Clamped(pitch, "alter", -3, 3, 0) + chromatic_;
    if (midi < 0 || midi > 127) return;
    const int track = TrackOf(note.child("voice").text().get());
    const bool to = !note.find_child_by_attribute("tie", "type", "start").empty();
    // The tied note, in score_.notes. Not all programs say where a tie stops.
    const std::pair held{track, midi};
    if (const auto open = ties_.find(held); open != ties_.end()) {
      midi::Note& before = score_.notes[open->second];
      const bool goes_on = before.onset + before.duration == onset;
      if (goes_on) before.duration += duration;
      if (!goes_on || !to) ties_.erase(open);
      if (goes_on) return;
    }
    if (to) ties_[held] = score_.notes.size();
    score_.notes.push_back({onset, duration, track, static_cast<std::uint8_t>(channel_),
                            static_cast<std::uint8_t>(midi), 80});
  }

  int TrackOf(const std::string& voice) {
    const auto [found, is_new] = tracks_.try_emplace(voice, static_cast<int>(score_.tracks.size()));
    if (is_new) {
      score_.tracks.push_back(
          {tracks_.size() == 1 ? name_ : fmt::format("{} (voice {})", name_, voice), 0});
    }
    return found->second;
  }

  midi::Score& score_;
  std::string name_;
  bool first_part_;
  int channel_, program_;
  int chromatic_ = 0;
  double divisions_ = 1;
  std::int64_t now_ = 0, end_ = 0, last_onset_ = 0;  // ticks; `end_` of the measure
  std::vector<midi::KeySignature> keys_;
  std::map<std::string, int> tracks_;                // by voice
  std::map<std::pair<int, int>, std::size_t> ties_;  // by track and pitch
};

// The numbers of the measures as they are played. The first part has the repeats, any part may have
// the first jump, such as D.C. After it nothing is repeated, and of endings the last is played.
std::vector<std::size_t> Played(const std::vector<PartReader*>& parts) {
  const std::size_t count = parts.front()->written.size();
  const auto mark_of = [&](std::size_t i, const char* attribute) -> std::string_view {
    const auto has = [&](auto& node) { return node.attribute(attribute); };
    for (const PartReader* part : parts) {
      if (i >= part->written.size()) continue;
      if (const auto sound = part->written[i].find_node(has))
        return sound.attribute(attribute).value();
    }
    return "";
  };
  const auto find = [&](const char* attribute, std::string_view mark) {
    std::size_t i = 0;
    while (i < count && mark_of(i, attribute) != mark) ++i;
    return i;
  };
  std::vector<std::size_t> played = Repeated(parts.front()->written);
  std::vector<std::size_t> last(count);  // where a measure is played last, from 1; 0: nowhere
  for (std::size_t i = 0; i < played.size(); ++i) last[played[i]] = i + 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (last[i] == 0) continue;
    const std::string_view segno = mark_of(i, "dalsegno");
    if (segno.empty() && mark_of(i, "dacapo") != "yes") continue;
    std::size_t next = segno.empty() ? 0 : find("segno", segno);
    if (next < count) played.resize(last[i]);
    bool to_coda = false;
    for (std::size_t latest = 0; next < count; ++next) {
      if (last[next] <= latest) continue;  // an earlier ending
      latest = last[next];
      played.push_back(next);
      if (mark_of(next, "fine") == "yes") break;
      const std::string_view coda = mark_of(next, "tocoda");
      if (coda.empty() || std::exchange(to_coda, true)) continue;
      const std::size_t to = find("coda", coda);
      if (to > next && to < count) next = to - 1;
    }
    break;
  }
  return played;
}

void ReadMusicXml(std::span<const std::uint8_t> bytes, std::string_view source,
                  midi::Score& score) {
  score.Clear();
  const pugi::xml_document document = ParseMusicXml(bytes, source);
  const bool timewise = !document.child("score-timewise").empty();
  const pugi::xml_node root = document.child(timewise ? "score-timewise" : "score-partwise");
  if (!root) {
    Fail("{}: the root is <{}>, expected MusicXML's <score-partwise> or <score-timewise>", source,
         document.document_element().name());
  }
  score.format = 1;
  score.division = kTicksPerQuarter;
  std::map<std::string, PartReader> parts;
  std::vector<PartReader*> readers;
  for (const pugi::xml_node& part : root.child("part-list").children("score-part")) {
    parts.try_emplace(part.attribute("id").value(), score, part.child("part-name").text().get(),
                      part.child("midi-instrument"), parts.empty());
  }
  for (const pugi::xml_node& outer : root.children(timewise ? "measure" : "part")) {
    for (const pugi::xml_node& inner : outer.children(timewise ? "part" : "measure")) {
      const char* const id = (timewise ? inner : outer).attribute("id").value();
      const auto part = parts.try_emplace(id, score, "", pugi::xml_node(), parts.empty()).first;
      if (part->second.written.empty()) readers.push_back(&part->second);
      part->second.written.push_back(inner);
    }
  }
  const auto played = readers.empty() ? std::vector<std::size_t>() : Played(readers);
  std::set<std::int64_t> bar_lines;
  for (PartReader* part : readers) {
    for (const std::size_t i : played) {
      if (i < part->written.size()) part->Read(part->written[i]);
    }
    bar_lines.merge(part->bar_lines);
  }
  for (auto& [id, part] : parts) part.Close();
  if (score.tracks.empty()) score.tracks.emplace_back();
  std::ranges::stable_sort(score.notes, {}, [](auto& n) { return std::pair(n.track, n.onset); });
  StateMetres(bar_lines, score);
  score.SortChanges();
}

}  // namespace

ScoreFormat MusicXmlFormat() {
  return {"MusicXML", {".musicxml", ".xml", ".mxl"}, RecognizesMusicXml, ReadMusicXml};
}

}  // namespace rltuner
