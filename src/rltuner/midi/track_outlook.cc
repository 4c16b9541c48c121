// SPDX-License-Identifier: Apache-2.0
// Looks ahead in a track without taking anything, to judge what its damaged bytes mean.
#include <algorithm>
#include <array>

#include "rltuner/midi/header.h"
#include "rltuner/midi/track_parser.h"

namespace rltuner::midi {
namespace {

// The number of events that decide whether a guess about damaged bytes makes sense, and how many of
// them may be damaged themselves: a wrong pitch occurs twice, when the note begins and when it
// ends.
constexpr int kProbedEvents = 16;
constexpr int kDamagedEvents = 4;

}  // namespace

// False if there is no delta time of at most four bytes at `position` with an event after it.
bool TrackParser::SkipDelta(std::size_t& position) const {
  const std::size_t start = position;
  std::uint64_t delta = 0;
  return ReadQuantity(position, delta) && position - start <= 4 && position < limit_;
}

// Moves the cursor from the byte after a delta time past the event.
TrackParser::Reading TrackParser::SkipEvent(Cursor& cursor, bool skip_real_time) const {
  auto& [position, status, data] = cursor;
  if (position >= limit_) return Reading::kNonsense;
  const std::uint8_t byte = file_[position];
  if (byte >= 0x80) ++position;
  if (byte < 0xf0) {
    if (byte >= 0x80) status = byte;
    if (status == 0) return Reading::kNonsense;
    Reading reading = Reading::kClean;
    data = {0, 0};
    for (int found = 0; found < DataBytes(status); ++position) {
      if (position >= limit_) return Reading::kNonsense;
      const std::uint8_t next = file_[position];
      if (next >= 0x80) reading = Reading::kDamaged;
      if (!skip_real_time || next < 0xf8 || next == 0xff) data[found++] = next;
    }
    return reading;
  }
  if (byte == 0xff) {
    if (position >= limit_ || file_[position] >= 0x80) return Reading::kNonsense;
    if (file_[position++] == 0x2f) {
      position = std::min(position + 1, limit_);
      return Reading::kEndOfTrack;
    }
  } else if (byte != 0xf0 && byte != 0xf7) {
    return skip_real_time && byte >= 0xf8 ? Reading::kDamaged : Reading::kNonsense;
  }
  std::uint64_t length = 0;
  if (!ReadQuantity(position, length) || length > limit_ - position) return Reading::kNonsense;
  position += static_cast<std::size_t>(length);
  return Reading::kClean;
}

// How well the events from `position` on make sense: the number that are well formed, at most
// kProbedEvents, less those with a data byte over 127. A track that ends properly before counts as
// kProbedEvents well-formed ones.
int TrackParser::CleanEvents(std::size_t position, std::uint8_t status, bool delta_is_read) const {
  Cursor cursor{position, status, {}};
  int clean = 0;
  int damaged = 0;
  while (clean < kProbedEvents) {
    if (!delta_is_read) {
      if (cursor.position == limit_) return kProbedEvents - damaged;
      if (!SkipDelta(cursor.position)) break;
    }
    delta_is_read = false;
    const Reading reading = SkipEvent(cursor, false);
    if (reading == Reading::kNonsense) break;
    if (reading == Reading::kEndOfTrack) return kProbedEvents - damaged;
    if (reading == Reading::kClean) ++clean;
    if (reading == Reading::kDamaged && ++damaged > kDamagedEvents) break;
  }
  return std::max(0, clean - damaged);
}

// The outlook of the events from `position` on, if they read without nonsense to an end of track
// exactly at the limit. Looks no further than the next track's signature, so that tracks that claim
// each other's bytes cost no more time than others.
std::optional<TrackParser::Outlook> TrackParser::LookToEnd(std::size_t position,
                                                           std::uint8_t status,
                                                           bool skip_real_time) const {
  if (FindSignature(file_.first(limit_), position) != limit_) return std::nullopt;
  std::array<std::int32_t, 16 * 128> sounding{};  // notes by channel and pitch
  Outlook outlook;
  Cursor cursor{position, status, {}};
  Reading reading = Reading::kNonsense;
  while (cursor.position < limit_) {
    if (!SkipDelta(cursor.position)) return std::nullopt;
    const std::size_t event = cursor.position;
    reading = SkipEvent(cursor, skip_real_time);
    if (reading == Reading::kNonsense) return std::nullopt;
    if (reading == Reading::kDamaged) ++outlook.damaged;
    if (reading == Reading::kEndOfTrack || file_[event] >= 0xf0) continue;
    const auto [pitch, velocity] = cursor.data;
    if ((cursor.status & 0xe0) != 0x80 || pitch >= 0x80) continue;
    auto& notes = sounding[static_cast<std::size_t>((cursor.status & 0x0f) << 7 | pitch)];
    if (cursor.status >= 0x90 && velocity > 0) {
      ++notes;
    } else if (notes > 0) {
      --notes;
    } else {
      ++outlook.unpaired;
    }
  }
  if (reading != Reading::kEndOfTrack) return std::nullopt;
  for (const std::int32_t notes : sounding) outlook.unpaired += notes;
  return outlook;
}

}  // namespace rltuner::midi
