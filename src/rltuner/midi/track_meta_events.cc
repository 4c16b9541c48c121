// SPDX-License-Identifier: Apache-2.0
// The meta events of a track: names, tempos, metres, keys, the end.
#include <algorithm>
#include <utility>

#include "rltuner/midi/track_parser.h"

namespace rltuner::midi {
namespace {

// The length a meta event of this type must have, or -1 if any will do.
int MetaLength(int type) {
  constexpr std::pair<int, int> kLengths[] = {{0x20, 1}, {0x21, 1}, {0x2f, 0}, {0x51, 3},
                                              {0x54, 5}, {0x58, 4}, {0x59, 2}};
  for (const auto& [known, length] : kLengths) {
    if (known == type) return length;
  }
  return -1;
}

}  // namespace

TrackParser::Step TrackParser::ReadMeta() {
  if (position_ >= limit_) return CutOff();
  const int type = file_[position_];
  if (type >= 0x80) return ReadMetaWithBadType();
  std::size_t data = position_ + 1;
  std::uint64_t length = 0;
  const bool ends = ReadQuantity(data, length);
  const int standard = MetaLength(type);
  const std::uint64_t room = limit_ - data;
  if (type == 0x2f) {
    if (!ends || length != 0) Warn(event_, "an end of track whose length is not 0");
    position_ = ends && length <= room ? data + static_cast<std::size_t>(length)
                                       : std::min(limit_, position_ + 2);
    return Step::kEndOfTrack;
  }
  if (!ends && limit_ - position_ <= 4) return CutOff();
  const bool fits = ends && length <= room;
  if (standard >= 0 && (!fits || length != static_cast<std::uint64_t>(standard)) && ends) {
    // The type implies the length, so a wrong length can be corrected if that makes more sense.
    const auto right = static_cast<std::size_t>(standard);
    const int as_stated = fits ? CleanEvents(data + static_cast<std::size_t>(length), status_) : 0;
    if (right <= room && CleanEvents(data + right, status_) > as_stated) {
      Warn(event_, "meta event {:02X} says {} bytes; it has {}", type, length, right);
      TakeMeta(type, file_.subspan(data, right));
      position_ = data + right;
      return Step::kGoOn;
    }
  }
  if (!fits) {
    Warn(event_, "meta event {:02X} of {} bytes, {} are there; the track is given up here", type,
         length, room);
    return Step::kStop;
  }
  TakeMeta(type, file_.subspan(data, static_cast<std::size_t>(length)));
  position_ = data + static_cast<std::size_t>(length);
  return Step::kGoOn;
}

TrackParser::Step TrackParser::ReadMetaWithBadType() {
  std::size_t data = position_ + 1;
  std::uint64_t length = 0;
  const bool fits = ReadQuantity(data, length) && length <= limit_ - data;
  const int as_meta = fits ? CleanEvents(data + static_cast<std::size_t>(length), status_) : 0;
  const int as_reset = CleanEvents(position_, status_);
  if (std::max(as_meta, as_reset) == 0) {
    Warn(event_, "meta event of type {:02X}, over 7F; the track is given up here",
         file_[position_]);
    return Step::kStop;
  }
  if (as_meta >= as_reset) {
    Warn(event_, "meta event of type {:02X}, over 7F, is ignored", file_[position_]);
    position_ = data + static_cast<std::size_t>(length);
  } else {
    Warn(event_, "system message FF, illegal in a file, is ignored");
  }
  return Step::kGoOn;
}

void TrackParser::TakeMeta(int type, std::span<const std::uint8_t> value) {
  Track& track = score_.tracks.back();
  if (type == 0x01 && std::ranges::equal(value, kBarsKnown)) track.bars_known = true;
  if (type == 0x03 && track.name.empty()) {
    const auto name = value.first(std::min(value.size(), kMaximumNameBytes));
    track.name.assign(name.begin(), name.end());
  }
  if (type == 0x51) TakeTempo(value);
  if (type == 0x58) TakeMetre(value);
  if (type == 0x59) TakeKey(value);
}

void TrackParser::TakeTempo(std::span<const std::uint8_t> value) {
  if (value.size() < 3) {
    Warn(event_, "a tempo of {} bytes, not 3, is ignored", value.size());
    return;
  }
  if (value.size() > 3) Warn(event_, "a tempo of {} bytes; the first 3 count", value.size());
  Append(score_.tempos, {tick_, value[0] << 16 | value[1] << 8 | value[2], track_});
}

void TrackParser::TakeMetre(std::span<const std::uint8_t> value) {
  if (value.size() < 2) {
    Warn(event_, "a time signature of {} bytes, not 4, is ignored", value.size());
    return;
  }
  if (value[0] == 0 || value[1] > 10) {
    Warn(event_, "a time signature of {} over 2 to the power of {} is ignored", value[0], value[1]);
    return;
  }
  if (value.size() != 4) {
    Warn(event_, "a time signature of {} bytes, not 4; the first 2 count", value.size());
  }
  Append(score_.metres, {tick_, value[0], 1 << value[1], track_});
}

void TrackParser::TakeKey(std::span<const std::uint8_t> value) {
  if (value.size() < 2) {
    Warn(event_, "a key signature of {} bytes, not 2, is ignored", value.size());
    return;
  }
  const int sharps = value[0] < 0x80 ? value[0] : value[0] - 0x100;
  if (sharps < -7 || sharps > 7) {
    Warn(event_, "a key signature of {} sharps and mode {} is ignored", sharps, value[1]);
    return;
  }
  if (value.size() != 2) {
    Warn(event_, "a key signature of {} bytes, not 2; the first 2 count", value.size());
  }
  const bool mode_known = value[1] <= 1;  // some programs write FF
  if (!mode_known) {
    Warn(event_, "a key signature of {} sharps and mode {}; its sharps count", sharps, value[1]);
  }
  Append(score_.keys, {tick_, sharps, value[1] == 1, track_, mode_known});
}

}  // namespace rltuner::midi
