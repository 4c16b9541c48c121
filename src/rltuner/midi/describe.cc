// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rltuner/core/text.h"

namespace rltuner::midi {
namespace {

constexpr std::size_t kShownChanges = 12;

std::string JsonString(std::string_view text) {
  using Json = nlohmann::json;
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

auto OnsetKey(const Note& note) {
  return std::tuple(note.onset, note.channel, note.pitch, note.velocity, note.track);
}

auto NoteKey(const Note& note) {
  return std::tuple(note.onset, note.duration, note.channel, note.pitch, note.velocity, note.track);
}

// Collects text and hands it on in pieces of some ten KiB.
class PieceWriter {
 public:
  explicit PieceWriter(const TextSink& sink) : sink_(sink) {}
  PieceWriter(const PieceWriter&) = delete;
  PieceWriter& operator=(const PieceWriter&) = delete;

  template <typename... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...);
    if (text_.size() >= kPiece) Flush();
  }

  // `,"name":[item,item,...]`, each item added by `add`.
  template <typename Items, typename AddItem>
  void AddList(std::string_view name, const Items& items, const AddItem& add) {
    Add(",\"{}\":[", name);
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) Add(",");
      add(item);
    }
    Add("]");
  }

  void Flush() {
    sink_(text_);
    text_.clear();
  }

 private:
  static constexpr std::size_t kPiece = 32 << 10;

  const TextSink& sink_;
  std::string text_;
};

void AddNotes(PieceWriter& out, std::vector<Note>& notes) {
  const auto add_track = [&](const Note& note) { out.Add("{}", note.track); };
  std::ranges::sort(notes, {}, OnsetKey);
  out.AddList("onsets", notes, [&](const Note& note) {
    out.Add("[{},{},{},{}]", note.onset, note.channel, note.pitch, note.velocity);
  });
  out.AddList("onset_tracks", notes, add_track);
  std::erase_if(notes, [](const Note& note) { return note.duration == kHanging; });
  std::ranges::sort(notes, {}, NoteKey);
  out.AddList("notes", notes, [&](const Note& note) {
    out.Add("[{},{},{},{},{}]", note.onset, note.duration, note.channel, note.pitch, note.velocity);
  });
  out.AddList("note_tracks", notes, add_track);
}

std::ptrdiff_t HangingNotes(const Score& score) {
  return std::ranges::count(score.notes, kHanging, &Note::duration);
}

std::string DivisionText(const Score& score) {
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
  if (!key.mode_known) {
    const int count = std::abs(key.sharps);
    return Counted(count, key.sharps < 0 ? "flat" : "sharp") + " of unknown mode";
  }
  return key.minor ? fmt::format("{} minor", kMinor[key.sharps + 7])
                   : fmt::format("{} major", kMajor[key.sharps + 7]);
}

// ", channel 0" or ", channels 0, 9" for notes of at least one.
std::string ChannelsOf(std::span<const Note> notes) {
  std::set<int> channels;
  for (const Note& note : notes) channels.insert(note.channel);
  return fmt::format(", channel{} {}", channels.size() == 1 ? "" : "s", fmt::join(channels, ", "));
}

// "name: a at tick 0, b at tick 960, ...", cut after kShownChanges.
template <typename Change, typename ToText>
void AddChanges(PieceWriter& out, std::string_view name, const std::vector<Change>& changes,
                const ToText& to_text) {
  if (changes.empty()) return;
  out.Add("{}:", name);
  const std::size_t shown = std::min(changes.size(), kShownChanges);
  for (std::size_t i = 0; i < shown; ++i) {
    out.Add("{} {} at tick {}", i == 0 ? "" : ",", to_text(changes[i]), changes[i].tick);
  }
  if (shown < changes.size()) out.Add(" and {} more", changes.size() - shown);
  out.Add("\n");
}

}  // namespace

void WriteJson(Score score, const TextSink& sink) {
  std::vector<std::size_t> notes_of_track;  // before the notes are sorted otherwise
  for (std::size_t i = 0; i < score.tracks.size(); ++i) {
    notes_of_track.push_back(score.NotesOfTrack(static_cast<int>(i)).size());
  }
  const std::ptrdiff_t hanging = HangingNotes(score);

  PieceWriter out(sink);
  out.Add("{{\"format\":{},\"division\":{}", score.format, score.division);
  AddNotes(out, score.notes);
  out.AddList("tempos", score.tempos, [&](const TempoChange& tempo) {
    out.Add("[{},{}]", tempo.tick, tempo.microseconds_per_quarter);
  });
  out.AddList("warnings", score.warnings,
              [&](const Warning& warning) { out.Add("{}", JsonString(ToString(warning))); });
  out.Add(",\"independent\":{},\"hanging\":{}", score.independent_tracks, hanging);
  out.AddList("metres", score.metres, [&](const MetreChange& metre) {
    out.Add("[{},{},{}]", metre.tick, metre.numerator, metre.denominator);
  });
  out.AddList("keys", score.keys, [&](const KeySignature& key) {
    out.Add("[{},{},{}]", key.tick, key.sharps, !key.mode_known ? "null" : key.minor ? "1" : "0");
  });
  out.AddList("programs", score.programs, [&](const ProgramChange& program) {
    out.Add("[{},{},{},{}]", program.tick, program.channel, program.program, program.track);
  });
  out.Add(",\"first_track\":0,\"first_channel\":0");
  std::size_t number = 0;
  out.AddList("tracks", score.tracks, [&](const Track& track) {
    out.Add("{{\"name\":{},\"notes\":{},\"end\":{}}}", JsonString(track.name),
            notes_of_track[number++], track.end_tick);
  });
  out.Add("}}");
  out.Flush();
}

void Describe(const Score& score, const TextSink& sink) {
  PieceWriter out(sink);
  out.Add("format {}, {}, {}{}, {}", score.format, DivisionText(score),
          Counted(std::ssize(score.tracks), "track"),
          score.independent_tracks ? " (each a piece of its own)" : "",
          Counted(std::ssize(score.notes), "note"));
  if (const auto hanging = HangingNotes(score); hanging > 0) out.Add(" ({} never ended)", hanging);
  out.Add(", {} long\n", Counted(score.EndTick(), "tick"));
  out.Add("tracks and channels count from 0; channel 9 is percussion\n");

  for (std::size_t i = 0; i < score.tracks.size(); ++i) {
    const Track& track = score.tracks[i];
    const auto notes = score.NotesOfTrack(static_cast<int>(i));
    out.Add("track {}: {}, ends at tick {}", i, Counted(std::ssize(notes), "note"), track.end_tick);
    if (!notes.empty()) {
      const auto [low, high] = std::ranges::minmax_element(notes, {}, &Note::pitch);
      out.Add("{}, pitches {} to {}", ChannelsOf(notes), low->pitch, high->pitch);
    }
    if (!track.name.empty()) out.Add(", {}", JsonString(track.name));
    out.Add("\n");
  }
  AddChanges(out, "tempos", score.tempos, [](const TempoChange& tempo) {
    return tempo.microseconds_per_quarter == 0
               ? std::string("0 microseconds a quarter")
               : fmt::format("{:.6g} quarters a minute", 60e6 / tempo.microseconds_per_quarter);
  });
  AddChanges(out, "metres", score.metres, [](const MetreChange& metre) {
    return fmt::format("{}/{}", metre.numerator, metre.denominator);
  });
  AddChanges(out, "keys", score.keys, KeyName);
  AddChanges(out, "programs", score.programs, [](const ProgramChange& program) {
    return fmt::format("{} on track {}, channel {}", program.program, program.track,
                       program.channel);
  });
  for (const Warning& warning : score.warnings) out.Add("warning: {}\n", ToString(warning));
  out.Flush();
}

}  // namespace rltuner::midi
