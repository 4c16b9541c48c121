// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/header.h"

#include <algorithm>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/midi/file_type.h"

namespace rltuner::midi {
namespace {

constexpr std::size_t kHeaderBytes = 14;

int BigEndian16(std::span<const std::uint8_t> file, std::size_t position) {
  return file[position] << 8 | file[position + 1];
}

std::uint32_t LittleEndian32(std::span<const std::uint8_t> file, std::size_t position) {
  return std::uint32_t{file[position + 3]} << 24 | std::uint32_t{file[position + 2]} << 16 |
         std::uint32_t{file[position + 1]} << 8 | file[position];
}

// True if the bytes at `position` can be an unknown chunk: four printable characters and a length
// that the file has room for.
bool IsUnknownChunk(std::span<const std::uint8_t> file, std::size_t position) {
  if (file.size() - position < 8) return false;
  for (std::size_t i = position; i < position + 4; ++i) {
    if (file[i] < 0x20 || file[i] > 0x7e) return false;
  }
  return BigEndian32(file, position + 4) <= file.size() - position - 8;
}

// Finds a header whose signature is damaged or cut off, by its length and a track right after it.
std::optional<std::size_t> FindHeaderByTrack(std::span<const std::uint8_t> file) {
  const std::size_t track = AsText(file).find("MTrk");
  if (track == std::string_view::npos || track < kHeaderBytes - 4) return std::nullopt;
  if (BigEndian32(file, track - 10) != 6 || BigEndian16(file, track - 6) > 2) return std::nullopt;
  return track;
}

// "MThd" anywhere with a length that a header may have, and a track somewhere after it.
std::optional<std::size_t> FindLaterHeader(std::span<const std::uint8_t> file) {
  const std::string_view text = AsText(file);
  const std::size_t header = text.find("MThd");
  if (header == std::string_view::npos || file.size() - header < kHeaderBytes) return std::nullopt;
  if (BigEndian32(file, header + 4) > 255 && !HasSignature(file, header + 14, "MTrk")) {
    return std::nullopt;
  }
  if (text.find("MTrk", header) == std::string_view::npos) return std::nullopt;
  return header;
}

Header HeaderInRiff(std::span<const std::uint8_t> file, std::size_t position, DamageLog& log) {
  Header header = ReadHeader(file, position, log);
  header.in_riff = true;
  header.riff_end = file.size();
  if (position >= 20 && HasSignature(file, position - 8, "data")) {
    header.riff_end = position + std::uint64_t{LittleEndian32(file, position - 4)};
  }
  if (header.riff_end > file.size()) {
    log.Add(-1, position - 4, "the RIFF says that the MIDI file ends at byte {}; the file has {}",
            header.riff_end, file.size());
  }
  return header;
}

}  // namespace

std::uint32_t BigEndian32(std::span<const std::uint8_t> file, std::size_t position) {
  return std::uint32_t{file[position]} << 24 | std::uint32_t{file[position + 1]} << 16 |
         std::uint32_t{file[position + 2]} << 8 | file[position + 3];
}

bool HasSignature(std::span<const std::uint8_t> file, std::size_t position,
                  std::string_view signature) {
  return position <= file.size() && AsText(file).substr(position).starts_with(signature);
}

std::size_t FindSignature(std::span<const std::uint8_t> file, std::size_t from) {
  const std::string_view text = AsText(file);
  for (std::size_t at = from; (at = text.find("MT", at)) != std::string_view::npos; ++at) {
    if (HasSignature(file, at, "MTrk") || HasSignature(file, at, "MThd")) return at;
  }
  return file.size();
}

bool IsChunkBoundary(std::span<const std::uint8_t> file, std::uint64_t position) {
  constexpr int kUnknownChunks = 16;
  for (int i = 0; i < kUnknownChunks && position <= file.size(); ++i) {
    if (position == file.size()) return true;
    const auto here = static_cast<std::size_t>(position);
    if (HasSignature(file, here, "MTrk") || HasSignature(file, here, "MThd")) return true;
    if (!IsUnknownChunk(file, here)) return false;
    position += 8 + std::uint64_t{BigEndian32(file, here + 4)};
    // The byte of padding that some writers put after a chunk of odd length.
    if (position < file.size() && file[static_cast<std::size_t>(position)] == 0) ++position;
  }
  return false;
}

std::optional<std::size_t> EndOfUnknownChunk(std::span<const std::uint8_t> file,
                                             std::size_t position) {
  if (!IsUnknownChunk(file, position)) return std::nullopt;
  const std::size_t end = position + 8 + BigEndian32(file, position + 4);
  if (IsChunkBoundary(file, end)) return end;
  if (end < file.size() && file[end] == 0 && IsChunkBoundary(file, end + 1)) return end + 1;
  return std::nullopt;
}

Header ReadHeader(std::span<const std::uint8_t> file, std::size_t position, DamageLog& log) {
  const std::uint32_t length = BigEndian32(file, position + 4);
  const std::uint64_t stated_end = position + std::uint64_t{8} + length;
  Header header;
  header.format = BigEndian16(file, position + 8);
  header.tracks = BigEndian16(file, position + 10);
  header.division = BigEndian16(file, position + 12);
  header.end = position + kHeaderBytes;
  if (length == 6) return header;

  if (length > 6 && stated_end <= file.size() && IsChunkBoundary(file, stated_end)) {
    const auto end = static_cast<std::size_t>(stated_end);
    if (FindSignature(file.first(end), position + 8) == end) {
      header.end = end;
      return header;
    }
  }
  log.Add(-1, position + 4, "the header says that it has {} bytes, not 6", length);
  const std::size_t track = FindSignature(file, position + 8);
  header.end = std::max(position + 8, std::min(track, file.size()));
  const std::size_t there = header.end - position - 8;
  if (there >= 6) return header;
  log.Add(-1, position + 8, "the header has only {} bytes, so ticks have no known length", there);
  header.division = 0;
  if (there < 4) header.tracks = 0;
  if (there < 2) header.format = 1;
  return header;
}

Header LocateHeader(std::span<const std::uint8_t> file, std::string_view source, DamageLog& log) {
  if (file.empty()) Fail("{}: the file is empty; expected a MIDI file", source);
  if (HasSignature(file, 0, "MThd")) {
    if (file.size() < kHeaderBytes) {
      Fail(
          "{}: byte {}: the file is cut off inside its header; expected {} bytes of header and a "
          "track",
          source, file.size(), kHeaderBytes);
    }
    return ReadHeader(file, 0, log);
  }
  const bool riff = HasSignature(file, 0, "RIFF") && HasSignature(file, 8, "RMID");
  if (const auto later = FindLaterHeader(file)) {
    if (riff) return HeaderInRiff(file, *later, log);
    log.Add(-1, 0, "{} bytes before the header are ignored", *later);
    return ReadHeader(file, *later, log);
  }
  if (const auto track = FindHeaderByTrack(file)) {
    log.Add(-1, 0, "the header's signature MThd is damaged; read by its place before the track");
    Header header;
    header.format = BigEndian16(file, *track - 6);
    header.tracks = BigEndian16(file, *track - 4);
    header.division = BigEndian16(file, *track - 2);
    header.end = *track;
    return header;
  }
  const std::string looks = LooksLike(file);
  const std::size_t track = AsText(file).find("MTrk");
  if (track != std::string_view::npos && looks.starts_with("unknown")) {
    Fail("{}: byte {}: a MIDI track without a header (MThd), so its ticks have no known length",
         source, track);
  }
  if (riff) Fail("{}: byte 0: an RMID file without a MIDI file in it", source);
  Fail("{}: byte 0: not a MIDI file: this looks like {}; expected MThd", source, looks);
}

}  // namespace rltuner::midi
