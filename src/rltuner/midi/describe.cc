// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>
#include <vector>

namespace rltuner {
namespace {

constexpr std::size_t kShownChanges = 12;

std::string JsonString(std::string_view text) {
  using Json = nlohmann::json;
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

auto OnsetKey(const Note& note) {
  return std::tuple(note.onset, note.channel, note.pitch, note.velocity);
}

auto NoteKey(const Note& note) {
  return std::tuple(note.onset, note.duration, note.channel, note.pitch, note.velocity);
}

// Appends `"name":[item,item,...]`, each item by `append`.
template <typename Items, typename AppendItem>
void AppendList(fmt::memory_buffer& out, std::string_view name, const Items& items,
                const AppendItem& append) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[", name);
  std::string_view separator;
  for (const auto& item : items) {
    out.append(separator);
    separator = ",";
    append(item);
  }
  out.push_back(']');
}

void AppendNotes(fmt::memory_buffer& out, std::vector<Note> notes) {
  auto to = std::back_inserter(out);
  std::sort(notes.begin(), notes.end(),
            [](const Note& a, const Note& b) { return OnsetKey(a) < OnsetKey(b); });
  AppendList(out, "onsets", notes, [&](const Note& note) {
    fmt::format_to(to, "[{},{},{},{}]", note.onset, note.channel, note.pitch, note.velocity);
  });
  notes.erase(std::remove_if(notes.begin(), notes.end(),
                             [](const Note& note) { return note.duration == kHanging; }),
              notes.end());
  std::sort(notes.begin(), notes.end(),
            [](const Note& a, const Note& b) { return NoteKey(a) < NoteKey(b); });
  AppendList(out, "notes", notes, [&](const Note& note) {
    fmt::format_to(to, "[{},{},{},{},{}]", note.onset, note.duration, note.channel, note.pitch,
                   note.velocity);
  });
}

std::ptrdiff_t HangingNotes(const MidiScore& score) {
  return std::count_if(score.notes.begin(), score.notes.end(),
                       [](const Note& note) { return note.duration == kHanging; });
}

std::string DivisionText(const MidiScore& score) {
  if (const auto ticks = score.TicksPerQuarter()) return fmt::format("{} ticks a quarter", *ticks);
  if (const auto ticks = score.SmpteTicksPerSecond()) {
    return fmt::format("{:.6g} ticks a second (SMPTE)", *ticks);
  }
  return fmt::format("division {}, ticks have no length", score.division);
}

std::string KeyName(const KeySignature& key) {
  constexpr const char* kMajor[] = {"Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C",
                                    "G",  "D",  "A",  "E",  "B",  "F#", "C#"};
  constexpr const char* kMinor[] = {"Ab", "Eb", "Bb", "F",  "C",  "G",  "D", "A",
                                    "E",  "B",  "F#", "C#", "G#", "D#", "A#"};
  return key.minor ? fmt::format("{} minor", kMinor[key.sharps + 7])
                   : fmt::format("{} major", kMajor[key.sharps + 7]);
}

// "name: a at tick 0, b at tick 960, ...", cut after kShownChanges.
template <typename Change, typename ToText>
void AppendChanges(std::string& out, std::string_view name, const std::vector<Change>& changes,
                   const ToText& to_text) {
  if (changes.empty()) return;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{}:", name);
  const std::size_t shown = std::min(changes.size(), kShownChanges);
  for (std::size_t i = 0; i < shown; ++i) {
    fmt::format_to(to, "{} {} at tick {}", i == 0 ? "" : ",", to_text(changes[i]), changes[i].tick);
  }
  if (shown < changes.size()) fmt::format_to(to, " and {} more", changes.size() - shown);
  out += '\n';
}

}  // namespace

std::string ToJson(const MidiScore& score) {
  fmt::memory_buffer out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{{\"format\":{},\"division\":{}", score.format, score.division);
  AppendNotes(out, score.notes);
  AppendList(out, "tempos", score.tempos, [&](const TempoChange& tempo) {
    fmt::format_to(to, "[{},{}]", tempo.tick, tempo.microseconds_per_quarter);
  });
  AppendList(out, "warnings", score.warnings,
             [&](const Warning& warning) { out.append(JsonString(ToString(warning))); });
  fmt::format_to(to, ",\"independent\":{},\"hanging\":{}", score.independent_tracks,
                 HangingNotes(score));
  AppendList(out, "metres", score.metres, [&](const MetreChange& metre) {
    fmt::format_to(to, "[{},{},{}]", metre.tick, metre.numerator, metre.denominator);
  });
  AppendList(out, "keys", score.keys, [&](const KeySignature& key) {
    fmt::format_to(to, "[{},{},{}]", key.tick, key.sharps, key.minor ? 1 : 0);
  });
  int number = 0;
  AppendList(out, "tracks", score.tracks, [&](const Track& track) {
    fmt::format_to(to, "{{\"name\":{},\"notes\":{},\"end\":{}}}", JsonString(track.name),
                   score.NotesOfTrack(number++).size(), track.end_tick);
  });
  out.push_back('}');
  return fmt::to_string(out);
}

std::string Describe(const MidiScore& score) {
  std::string out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "format {}, {}, {} tracks{}, {} notes", score.format, DivisionText(score),
                 score.tracks.size(), score.independent_tracks ? " (each a piece of its own)" : "",
                 score.notes.size());
  if (const auto hanging = HangingNotes(score); hanging > 0) {
    fmt::format_to(to, " ({} never ended)", hanging);
  }
  fmt::format_to(to, ", {} ticks long\n", score.EndTick());

  for (std::size_t i = 0; i < score.tracks.size(); ++i) {
    const Track& track = score.tracks[i];
    const auto notes = score.NotesOfTrack(static_cast<int>(i));
    fmt::format_to(to, "track {}: {} notes, ends at tick {}", i, notes.size(), track.end_tick);
    if (!notes.empty()) {
      const auto [low, high] =
          std::minmax_element(notes.begin(), notes.end(),
                              [](const Note& a, const Note& b) { return a.pitch < b.pitch; });
      fmt::format_to(to, ", pitches {} to {}", low->pitch, high->pitch);
    }
    if (!track.name.empty()) fmt::format_to(to, ", {}", JsonString(track.name));
    out += '\n';
  }
  AppendChanges(out, "tempos", score.tempos, [](const TempoChange& tempo) {
    return tempo.microseconds_per_quarter == 0
               ? std::string("0 microseconds a quarter")
               : fmt::format("{:.6g} quarters a minute", 60e6 / tempo.microseconds_per_quarter);
  });
  AppendChanges(out, "metres", score.metres, [](const MetreChange& metre) {
    return fmt::format("{}/{}", metre.numerator, metre.denominator);
  });
  AppendChanges(out, "keys", score.keys, KeyName);
  AppendChanges(out, "programs", score.programs, [](const ProgramChange& program) {
    return fmt::format("{} on track {}, channel {}", program.program, program.track,
                       program.channel);
  });
  for (const Warning& warning : score.warnings) {
    fmt::format_to(to, "warning: {}\n", ToString(warning));
  }
  return out;
}

}  // namespace rltuner
