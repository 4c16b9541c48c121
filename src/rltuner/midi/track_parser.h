// SPDX-License-Identifier: Apache-2.0
// Reads the events of one track chunk. Internal to the reader; include reader.h instead.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rltuner/midi/damage_log.h"
#include "rltuner/midi/score.h"

namespace rltuner::midi {

// Limits that keep the memory of a score below 64 MiB for every file.
inline constexpr std::size_t kMaximumNotes = 2'000'000;
inline constexpr std::size_t kMaximumChanges = 30'000;  // of tempo, metre, key, program: each
inline constexpr std::size_t kMaximumNameBytes = 128;
inline constexpr int kMaximumTracks = 65'535;

// The last tick of a score: late enough for any music, early enough that sums and products of ticks
// fit in 64 bits.
inline constexpr std::int64_t kLastTick = std::int64_t{1} << 48;

// How the reading of a track ended.
struct TrackEnd {
  std::size_t position = 0;   // the byte after the last one that was understood
  bool end_of_track = false;  // with an end-of-track event
  bool stopped = false;       // at a byte that makes no sense; the bytes after it are not read
};

// True if "MTrk" is at `position` with a length that the file has room for.
bool HasTrackAt(std::span<const std::uint8_t> file, std::size_t position);

// The number of data bytes of a channel message with this status, 0x80 .. 0xEF.
constexpr int DataBytes(std::uint8_t status) { return (status & 0xe0) == 0xc0 ? 1 : 2; }

// Reads the events of one track after another and appends them to a score, in one pass without an
// allocation per event. A damaged event is read in the way in which most of the following events
// make sense. If no way does, the rest of the track is skipped.
class TrackParser {
 public:
  TrackParser(std::span<const std::uint8_t> file, Score& score, DamageLog& log);

  // Reads the events in [begin, limit) as track number `track`, which must be the last of
  // score.tracks. Never reads at or beyond `limit`, which is at most the file's size. `stated_end`
  // is where the chunk ends by its stated length; an end of track before it may be ignored.
  TrackEnd Parse(int track, std::size_t begin, std::size_t limit, std::uint64_t stated_end);

  // True if kMaximumNotes was reached: nothing more should be read.
  bool full() const { return full_; }

 private:
  // Note-ons of one channel and pitch that are not ended yet, oldest first: indices into the notes.
  // While a note is in a queue, its duration is the link to the next note.
  struct Queue {
    std::int32_t head = -1, tail = -1;
    bool used = false;
  };
  enum class Step { kGoOn, kEndOfTrack, kStop };

  // How events with a data byte over 127 are read. Decided once per track.
  enum class Repair {
    kUndecided,
    kInPlace,       // the byte stands for a data byte
    kSkipRealTime,  // a byte F8..FE does not belong to the event; others stand for data bytes
    kProbe          // as the next events suggest, decided each time
  };

  // The result of looking ahead at an event without reading it.
  enum class Reading { kNonsense, kClean, kDamaged, kEndOfTrack };
  struct Cursor {
    std::size_t position = 0;
    std::uint8_t status = 0;
    std::array<int, 2> data{};  // of the last channel message
  };

  // The rest of a track under one reading. If notes are read from a wrong position, note-ons and
  // note-offs rarely form pairs.
  struct Outlook {
    std::int64_t unpaired = 0;  // note-offs with nothing to end and notes never ended
    std::int64_t damaged = 0;   // events with a byte over 127
    auto operator<=>(const Outlook&) const = default;
  };

  Step ReadDelta();
  Step Advance(std::uint64_t delta);
  Step ReadEvent();
  Step ReadChannelMessage();
  Step RepairChannelMessage(int needed);
  Repair ChooseRepair() const;
  Step ReadMeta();
  Step ReadMetaWithBadType();
  Step ReadSysEx();
  Step ReadSystemMessage(std::uint8_t status);
  Step SkipDataWithoutStatus();
  void TakeMeta(int type, std::span<const std::uint8_t> value);
  void TakeTempo(std::span<const std::uint8_t> value);
  void TakeMetre(std::span<const std::uint8_t> value);
  void TakeKey(std::span<const std::uint8_t> value);
  void TakeChannelMessage(int first, int second);
  void NoteOn(int pitch, int velocity);
  void NoteOff(int pitch);
  Note& TakeFirst(Queue& queue);
  void ReleaseHangingNotes();

  bool ReadQuantity(std::size_t& position, std::uint64_t& value) const;
  bool SkipDelta(std::size_t& position) const;
  Reading SkipEvent(Cursor& cursor, bool skip_real_time) const;
  int CleanEvents(std::size_t position, std::uint8_t status, bool delta_is_read = false) const;
  std::optional<Outlook> LookToEnd(std::size_t position, std::uint8_t status,
                                   bool skip_real_time) const;
  Step CutOff();

  template <typename... Args>
  void Warn(std::size_t offset, fmt::format_string<Args...> format, Args&&... args) {
    log_.Add(track_, offset, format, std::forward<Args>(args)...);
  }

  template <typename Change>
  void Append(std::vector<Change>& changes, const Change& change);

  const std::span<const std::uint8_t> file_;
  Score& score_;
  DamageLog& log_;
  bool full_ = false;
  bool warned_of_changes_ = false;

  // The track being read.
  int track_ = 0;
  std::size_t limit_ = 0;
  std::size_t position_ = 0;
  std::size_t event_ = 0;  // where the current event's delta time starts
  std::int64_t tick_ = 0;
  std::uint8_t status_ = 0;   // running status, 0 = none yet
  bool interrupted_ = false;  // a meta or system event came since the last status byte
  bool warned_of_running_status_ = false;
  Repair repair_ = Repair::kUndecided;

  std::array<Queue, 16 * 128> queues_;
  std::array<std::uint16_t, 16 * 128> used_queues_;
  std::size_t used_queue_count_ = 0;
};

template <typename Change>
void TrackParser::Append(std::vector<Change>& changes, const Change& change) {
  if (changes.size() < kMaximumChanges) {
    changes.push_back(change);
  } else if (!warned_of_changes_) {
    warned_of_changes_ = true;
    Warn(event_, "more than {} changes of one kind; the rest of them is skipped", kMaximumChanges);
  }
}

}  // namespace rltuner::midi
