// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "rltuner/core/error.h"

namespace rltuner::midi {
namespace {

constexpr std::int64_t kLongestWritten = 0x0fffffff;

// The order at one tick: changes, then ends of earlier notes, then beginnings.
enum Order { kChange, kNoteEnd, kNoteBegin };

struct Event {
  std::int64_t tick = 0;
  Order order = kChange;
  std::uint8_t size = 0;
  std::array<std::uint8_t, 7> bytes{};
};

void Check(bool condition, std::string_view what, std::int64_t value, std::string_view range) {
  if (!condition) Fail("MIDI writer: {} is {}; expected {}", what, value, range);
}

void CheckRange(std::string_view what, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    Fail("MIDI writer: {} is {}; expected {} .. {}", what, value, low, high);
  }
}

class TrackWriter {
 public:
  explicit TrackWriter(std::vector<std::uint8_t>& out) : out_(out) {
    Append("MTrk");
    length_at_ = out_.size();
    out_.resize(out_.size() + 4);
  }

  void Text(std::uint8_t type, std::string_view text) {
    if (text.empty()) return;
    CheckRange("the length of a text", static_cast<std::int64_t>(text.size()), 0, kLongestWritten);
    out_.insert(out_.end(), {0, 0xff, type});
    Quantity(static_cast<std::int64_t>(text.size()));
    Append(text);
  }

  void Add(const Event& event) {
    MoveTo(event.tick);
    out_.insert(out_.end(), event.bytes.begin(), event.bytes.begin() + event.size);
  }

  void Close(std::int64_t end_tick) {
    MoveTo(std::max(end_tick, tick_));
    out_.insert(out_.end(), {0xff, 0x2f, 0});
    const std::size_t length = out_.size() - length_at_ - 4;
    if (length > 0xffffffffU) Fail("MIDI writer: a track of {} bytes; expected < 2^32", length);
    for (std::size_t i = 0; i < 4; ++i) {
      out_[length_at_ + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
    }
  }

 private:
  void Append(std::string_view text) { out_.insert(out_.end(), text.begin(), text.end()); }

  // Writes the delta time; empty text events bridge what one delta can't.
  void MoveTo(std::int64_t tick) {
    for (; tick - tick_ > kLongestWritten; tick_ += kLongestWritten) {
      Quantity(kLongestWritten);
      out_.insert(out_.end(), {0xff, 0x01, 0});
    }
    Quantity(tick - tick_);
    tick_ = tick;
  }

  void Quantity(std::int64_t value) {
    for (int shift = 21; shift > 0; shift -= 7) {
      if (value >> shift != 0) {
        out_.push_back(static_cast<std::uint8_t>(0x80 | (value >> shift & 0x7f)));
      }
    }
    out_.push_back(static_cast<std::uint8_t>(value & 0x7f));
  }

  std::vector<std::uint8_t>& out_;
  std::size_t length_at_ = 0;
  std::int64_t tick_ = 0;
};

Event ChannelEvent(std::int64_t tick, Order order, int status, int first, int second = -1) {
  return {tick,
          order,
          static_cast<std::uint8_t>(second < 0 ? 2 : 3),
          {static_cast<std::uint8_t>(status), static_cast<std::uint8_t>(first),
           static_cast<std::uint8_t>(std::max(second, 0))}};
}

Event ToEvent(const TempoChange& tempo) {
  CheckRange("a tempo in microseconds", tempo.microseconds_per_quarter, 0, 0xffffff);
  const auto value = static_cast<std::uint32_t>(tempo.microseconds_per_quarter);
  return {tempo.tick,
          kChange,
          6,
          {0xff, 0x51, 3, static_cast<std::uint8_t>(value >> 16),
           static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)}};
}

Event ToEvent(const MetreChange& metre) {
  CheckRange("a metre's numerator", metre.numerator, 1, 255);
  const auto denominator = static_cast<unsigned>(metre.denominator);
  Check(metre.denominator >= 1 && metre.denominator <= 1024 && std::has_single_bit(denominator),
        "a metre's denominator", metre.denominator, "a power of two, 1 .. 1024");
  // 24 MIDI clocks to a metronome click and 8 notated 32nds to a quarter are the usual values.
  return {metre.tick,
          kChange,
          7,
          {0xff, 0x58, 4, static_cast<std::uint8_t>(metre.numerator),
           static_cast<std::uint8_t>(std::countr_zero(denominator)), 24, 8}};
}

Event ToEvent(const KeySignature& key) {
  CheckRange("a key's sharps", key.sharps, -7, 7);
  return {key.tick,
          kChange,
          5,
          {0xff, 0x59, 2, static_cast<std::uint8_t>(key.sharps),
           static_cast<std::uint8_t>(!key.mode_known ? 0xff
                                     : key.minor     ? 1
                                                     : 0)}};
}

Event ToEvent(const ProgramChange& program) {
  CheckRange("a program", program.program, 0, 127);
  CheckRange("a channel", program.channel, 0, 15);
  return ChannelEvent(program.tick, kChange, 0xc0 | program.channel, program.program);
}

// A note's events; its end, if it has a length, is sorted to its place by tick.
void AddNote(const Note& note, std::vector<Event>& events) {
  CheckRange("a channel", note.channel, 0, 15);
  CheckRange("a pitch", note.pitch, 0, 127);
  CheckRange("a velocity", note.velocity, 1, 127);
  Check(note.duration >= kHanging, "a duration", note.duration, "0 or more, or hanging");
  events.push_back(
      ChannelEvent(note.onset, kNoteBegin, 0x90 | note.channel, note.pitch, note.velocity));
  if (note.duration == kHanging) return;
  const Order order = note.duration == 0 ? kNoteBegin : kNoteEnd;
  events.push_back(
      ChannelEvent(note.onset + note.duration, order, 0x80 | note.channel, note.pitch, 64));
}

}  // namespace

std::vector<std::uint8_t> Write(const Score& score) {
  CheckRange("the format", score.format, 0, 0xffff);
  CheckRange("the division", score.division, 0, 0xffff);
  CheckRange("the number of tracks", static_cast<std::int64_t>(score.tracks.size()), 1, 0xffff);

  std::vector<std::vector<Event>> tracks(score.tracks.size());
  const auto events_of = [&](int track, std::int64_t tick) -> std::vector<Event>& {
    CheckRange("a track", track, 0, static_cast<std::int64_t>(tracks.size()) - 1);
    Check(tick >= 0, "a tick", tick, "0 or more");
    return tracks[static_cast<std::size_t>(track)];
  };
  const auto add = [&](const auto& changes) {
    for (const auto& each : changes) events_of(each.track, each.tick).push_back(ToEvent(each));
  };
  add(score.tempos);
  add(score.metres);
  add(score.keys);
  add(score.programs);
  for (const Note& note : score.notes) AddNote(note, events_of(note.track, note.onset));

  std::vector<std::uint8_t> out = {'M', 'T', 'h', 'd', 0, 0, 0, 6};
  for (const std::size_t field : {static_cast<std::size_t>(score.format), score.tracks.size(),
                                  static_cast<std::size_t>(score.division)}) {
    out.push_back(static_cast<std::uint8_t>(field >> 8));
    out.push_back(static_cast<std::uint8_t>(field & 0xff));
  }
  for (std::size_t i = 0; i < score.tracks.size(); ++i) {
    TrackWriter track(out);
    track.Text(0x03, score.tracks[i].name);
    if (score.tracks[i].bars_known) track.Text(0x01, kBarsKnown);
    std::ranges::stable_sort(tracks[i], {},
                             [](const Event& e) { return std::pair(e.tick, e.order); });
    for (const Event& event : tracks[i]) track.Add(event);
    track.Close(score.tracks[i].end_tick);
  }
  return out;
}

}  // namespace rltuner::midi
