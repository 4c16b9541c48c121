// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/track_parser.h"

#include <algorithm>
#include <cassert>

#include "rltuner/midi/header.h"

namespace rltuner::midi {
namespace {

// How far a SysEx of impossible length is searched for its end.
constexpr std::size_t kSysExSearch = 1 << 16;

constexpr std::uint64_t kLongestDelta = std::uint64_t{1} << 35;

}  // namespace

bool HasTrackAt(std::span<const std::uint8_t> file, std::size_t position) {
  if (position > file.size() || file.size() - position < 8) return false;
  return HasSignature(file, position, "MTrk") &&
         BigEndian32(file, position + 4) <= file.size() - position - 8;
}

TrackParser::TrackParser(std::span<const std::uint8_t> file, Score& score, DamageLog& log)
    : file_(file), score_(score), log_(log) {}

TrackEnd TrackParser::Parse(int track, std::size_t begin, std::size_t limit,
                            std::uint64_t stated_end) {
  assert(begin <= limit && limit <= file_.size());
  track_ = track;
  limit_ = limit;
  position_ = begin;
  tick_ = 0;
  status_ = 0;
  interrupted_ = warned_of_running_status_ = false;
  repair_ = Repair::kUndecided;
  bool rest_is_clean = false;

  Step step = Step::kGoOn;
  event_ = begin;
  while (step == Step::kGoOn && position_ < limit_) {
    event_ = position_;
    if (file_[position_] == 'M' && HasTrackAt(file_, position_)) break;
    step = ReadDelta();
    if (step == Step::kGoOn) step = ReadEvent();
    if (step != Step::kEndOfTrack || position_ >= std::min<std::uint64_t>(limit_, stated_end)) {
      continue;
    }
    if (!rest_is_clean) {
      const auto rest = LookToEnd(position_, status_, false);
      rest_is_clean = rest && rest->damaged == 0;
      if (!rest_is_clean) continue;
      Warn(event_, "an end of track before the end of the chunk is ignored");
    }
    step = Step::kGoOn;
  }
  ReleaseHangingNotes();
  score_.tracks.back().end_tick = tick_;
  return {.position = step == Step::kStop ? event_ : position_,
          .end_of_track = step == Step::kEndOfTrack,
          .stopped = step == Step::kStop};
}

TrackParser::Step TrackParser::CutOff() {
  Warn(event_, "the event is cut off at byte {}; it is skipped", limit_);
  return Step::kStop;
}

// A variable-length quantity of up to nine bytes. False if it does not end before the limit.
bool TrackParser::ReadQuantity(std::size_t& position, std::uint64_t& value) const {
  value = 0;
  for (int i = 0; i < 9 && position < limit_; ++i) {
    const std::uint8_t byte = file_[position++];
    value = value << 7 | (byte & 0x7f);
    if (byte < 0x80) return true;
  }
  return false;
}

TrackParser::Step TrackParser::ReadDelta() {
  const std::uint8_t first = file_[position_];
  if (first < 0x80) {
    // Ticks count only once their event exists, so that a cut file has the length of its music.
    if (position_ + 1 >= limit_) return CutOff();
    ++position_;
    return Advance(first);
  }
  std::size_t end = position_;
  std::uint64_t delta = 0;
  const bool ends = ReadQuantity(end, delta);
  if (ends && end - position_ <= 4) {
    if (end >= limit_) return CutOff();
    position_ = end;
    return Advance(delta);
  }
  if (!ends && limit_ - position_ < 9) return CutOff();

  const int whole = ends && delta < kLongestDelta ? CleanEvents(end, status_, true) : 0;
  const std::size_t fifth = position_ + 4;
  const int four = CleanEvents(fifth, status_, true);
  if (std::max(whole, four) == 0) {
    Warn(event_, "a delta time of more than 4 bytes; the track is given up here");
    return Step::kStop;
  }
  if (four > whole) {
    end = fifth;
    delta = 0;
    for (std::size_t i = position_; i < end; ++i) delta = delta << 7 | (file_[i] & 0x7f);
  }
  Warn(event_, "a delta time of more than 4 bytes; read as {}", delta);
  position_ = end;
  return Advance(delta);
}

TrackParser::Step TrackParser::Advance(std::uint64_t delta) {
  if (delta > static_cast<std::uint64_t>(kLastTick - tick_)) {
    Warn(event_, "an event after tick {}; the track is given up here", kLastTick);
    return Step::kStop;
  }
  tick_ += static_cast<std::int64_t>(delta);
  return Step::kGoOn;
}

TrackParser::Step TrackParser::ReadEvent() {
  const std::uint8_t byte = file_[position_];
  if (byte < 0x80) {
    if (status_ == 0) return SkipDataWithoutStatus();
    if (interrupted_ && !warned_of_running_status_) {
      warned_of_running_status_ = true;
      Warn(event_, "running status goes on after a meta or system event");
    }
    return ReadChannelMessage();
  }
  ++position_;
  if (byte < 0xf0) {
    status_ = byte;
    interrupted_ = false;
    return ReadChannelMessage();
  }
  interrupted_ = true;
  if (byte == 0xff) return ReadMeta();
  if (byte == 0xf0 || byte == 0xf7) return ReadSysEx();
  return ReadSystemMessage(byte);
}

TrackParser::Step TrackParser::ReadChannelMessage() {
  const int needed = DataBytes(status_);
  if (limit_ - position_ < static_cast<std::size_t>(needed)) return CutOff();
  const int first = file_[position_];
  const int second = needed == 2 ? file_[position_ + 1] : 0;
  if ((first | second) >= 0x80) return RepairChannelMessage(needed);
  position_ += static_cast<std::size_t>(needed);
  TakeChannelMessage(first, second);
  return full_ ? Step::kStop : Step::kGoOn;
}

// A byte over 127 where a data byte should be: either that byte is wrong and the rest is in place,
// or a real-time byte slipped in between.
TrackParser::Step TrackParser::RepairChannelMessage(int needed) {
  if (repair_ == Repair::kUndecided) repair_ = ChooseRepair();
  const std::size_t in_place = position_ + static_cast<std::size_t>(needed);
  const bool any_data = repair_ == Repair::kSkipRealTime;
  int data[2] = {0, 0};
  int found = 0;
  std::size_t end = position_;
  for (; found < needed && end < limit_; ++end) {
    const std::uint8_t byte = file_[end];
    if (byte >= 0xf8 && byte != 0xff) continue;
    if (byte >= 0x80 && !any_data) break;
    data[found++] = byte;
  }
  bool skip = any_data && found == needed;
  if (repair_ == Repair::kProbe) {
    const int without = found == needed ? CleanEvents(end, status_) : 0;
    const int with = CleanEvents(in_place, status_);
    if (std::max(with, without) == 0) {
      Warn(event_, "a data byte over 127; the track is given up here");
      return Step::kStop;
    }
    skip = without > with;
  }
  if (skip) {
    if (end > in_place) Warn(event_, "a real-time byte inside an event is ignored");
    position_ = end;
  } else {
    data[0] = file_[position_];
    data[1] = needed == 2 ? file_[position_ + 1] : 0;
    position_ = in_place;
  }
  if ((status_ & 0xe0) == 0x80 && data[0] < 0x80 && data[1] >= 0x80) {
    Warn(event_, "a velocity of {}, over 127, is read as 127", data[1]);
    data[1] = 127;
  }
  if ((data[0] | data[1]) < 0x80) {
    TakeChannelMessage(data[0], data[1]);
  } else {
    Warn(event_, "an event with a data byte over 127 is skipped");
  }
  return full_ ? Step::kStop : Step::kGoOn;
}

TrackParser::Repair TrackParser::ChooseRepair() const {
  const auto in_place = LookToEnd(event_, status_, false);
  const auto skipping = LookToEnd(event_, status_, true);
  if (!in_place && !skipping) return Repair::kProbe;
  return in_place && (!skipping || *in_place <= *skipping) ? Repair::kInPlace
                                                           : Repair::kSkipRealTime;
}

void TrackParser::TakeChannelMessage(int first, int second) {
  const int kind = status_ & 0xf0;
  if (kind == 0x90 && second > 0) {
    NoteOn(first, second);
  } else if (kind == 0x80 || kind == 0x90) {
    NoteOff(first);
  } else if (kind == 0xc0) {
    Append(score_.programs, {tick_, first, status_ & 0x0f, track_});
  }
}

void TrackParser::NoteOn(int pitch, int velocity) {
  if (score_.notes.size() >= kMaximumNotes) {
    if (!full_) Warn(event_, "more than {} notes; the rest is not read", kMaximumNotes);
    full_ = true;
    return;
  }
  const int channel = status_ & 0x0f;
  const int key = channel << 7 | pitch;
  const auto index = static_cast<std::int32_t>(score_.notes.size());
  score_.notes.push_back({tick_, kHanging, track_, static_cast<std::uint8_t>(channel),
                          static_cast<std::uint8_t>(pitch), static_cast<std::uint8_t>(velocity)});
  Queue& queue = queues_[static_cast<std::size_t>(key)];
  if (!queue.used) {
    queue.used = true;
    used_queues_[used_queue_count_++] = static_cast<std::uint16_t>(key);
  }
  if (queue.tail >= 0) {
    score_.notes[static_cast<std::size_t>(queue.tail)].duration = -2 - index;
  } else {
    queue.head = index;
  }
  queue.tail = index;
}

void TrackParser::NoteOff(int pitch) {
  Queue& queue = queues_[static_cast<std::size_t>((status_ & 0x0f) << 7 | pitch)];
  if (queue.head < 0) return;
  Note& note = TakeFirst(queue);
  note.duration = tick_ - note.onset;
}

// The note that has sounded longest; it leaves the queue.
Note& TrackParser::TakeFirst(Queue& queue) {
  Note& note = score_.notes[static_cast<std::size_t>(queue.head)];
  queue.head = note.duration == kHanging ? -1 : static_cast<std::int32_t>(-2 - note.duration);
  if (queue.head < 0) queue.tail = -1;
  return note;
}

void TrackParser::ReleaseHangingNotes() {
  for (std::size_t i = 0; i < used_queue_count_; ++i) {
    Queue& queue = queues_[used_queues_[i]];
    while (queue.head >= 0) TakeFirst(queue).duration = kHanging;
    queue = Queue();
  }
  used_queue_count_ = 0;
}

TrackParser::Step TrackParser::SkipDataWithoutStatus() {
  // Most messages have two data bytes. Their meaning is lost with the status, but the events after
  // them can be read if they make sense.
  const std::size_t end = position_ + 2;
  if (end < limit_ && file_[position_ + 1] < 0x80 && CleanEvents(end, 0) > 0) {
    Warn(event_, "data bytes without a status are skipped");
    position_ = end;
    return Step::kGoOn;
  }
  Warn(event_, "data bytes without a status; the track is given up here");
  return Step::kStop;
}

TrackParser::Step TrackParser::ReadSystemMessage(std::uint8_t status) {
  // F1 and F3 carry one data byte on the wire, F2 two; in a file none of them is legal.
  const std::size_t data = status == 0xf2 ? 2 : (status == 0xf1 || status == 0xf3) ? 1 : 0;
  const bool carries = limit_ - position_ >= data &&
                       std::all_of(file_.begin() + static_cast<std::ptrdiff_t>(position_),
                                   file_.begin() + static_cast<std::ptrdiff_t>(position_ + data),
                                   [](std::uint8_t byte) { return byte < 0x80; }) &&
                       CleanEvents(position_ + data, status_) >= CleanEvents(position_, status_);
  Warn(event_, "system message {:02X}, illegal in a file, is ignored", status);
  if (carries) position_ += data;
  return Step::kGoOn;
}

TrackParser::Step TrackParser::ReadSysEx() {
  std::size_t data = position_;
  std::uint64_t length = 0;
  const bool ends = ReadQuantity(data, length);
  const bool fits = ends && length <= limit_ - data;
  if (fits) {
    const std::size_t stated = data + static_cast<std::size_t>(length);
    if (length == 0 || stated == limit_ || file_[stated - 1] == 0xf7 ||
        CleanEvents(stated, status_) > 0) {
      position_ = stated;
      return Step::kGoOn;
    }
  }
  // The length makes no sense: perhaps it is wrong or missing, and F7 still shows the end.
  const std::size_t search_end = std::min(limit_, position_ + (fits ? 1024 : kSysExSearch));
  const auto f7 = std::find(file_.begin() + static_cast<std::ptrdiff_t>(position_),
                            file_.begin() + static_cast<std::ptrdiff_t>(search_end), 0xf7);
  const auto after = static_cast<std::size_t>(f7 - file_.begin()) + 1;
  if (after <= search_end && CleanEvents(after, status_) > 0) {
    Warn(event_, "a system exclusive message of wrong length ends at its F7");
    position_ = after;
    return Step::kGoOn;
  }
  if (fits) {
    position_ = data + static_cast<std::size_t>(length);
    return Step::kGoOn;
  }
  if (!ends && limit_ - position_ < 4) return CutOff();
  Warn(event_, "a system exclusive message of {} bytes, {} are there; the track is given up here",
       length, limit_ - data);
  return Step::kStop;
}

}  // namespace rltuner::midi
