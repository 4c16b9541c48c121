// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/file_type.h"

#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/text.h"
#include "rltuner/midi/header.h"

namespace rltuner::midi {
namespace {

using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace)

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
};

constexpr Signature kSignatures[] = {
    {0, "\x89PNG"sv, "a PNG picture"},
    {0, "\xff\xd8\xff"sv, "a JPEG picture"},
    {0, "GIF8"sv, "a GIF picture"},
    {8, "WEBP"sv, "a WebP picture"},
    {0, "\x1f\x8b"sv, "gzip-compressed data; unpack it first"},
    {0, "PK\x03\x04"sv, "a ZIP archive; unpack it first"},
    {0, "BZh"sv, "bzip2-compressed data; unpack it first"},
    {0,
     "\xfd"
     "7zXZ"sv,
     "xz-compressed data; unpack it first"},
    {0, "\x28\xb5\x2f\xfd"sv, "zstd-compressed data; unpack it first"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive; unpack it first"},
    {0, "Rar!"sv, "a RAR archive; unpack it first"},
    {257, "ustar"sv, "a tar archive; unpack it first"},
    {0, "%PDF"sv, "a PDF document"},
    {8, "WAVE"sv, "a WAVE sound file"},
    {8, "AIFF"sv, "an AIFF sound file"},
    {0, "fLaC"sv, "a FLAC sound file"},
    {0, "OggS"sv, "an Ogg sound file"},
    {0, "ID3"sv, "an MP3 sound file"},
    {0, "\xff\xfb"sv, "an MP3 sound file"},
    {4, "ftyp"sv, "an MP4 file"},
    {8, "XDIR"sv, "an XMI file"},
    {0, "MUS\x1a"sv, "a MUS file"},
    {0, "FORM"sv, "an IFF file"},
    {0, "RIFF"sv, "a RIFF file"},
    {0,
     "\x7f"
     "ELF"sv,
     "a program"},
    {0, "MZ"sv, "a program"},
};

bool IsText(std::string_view head) {
  return std::ranges::all_of(head, [](unsigned char c) {
    return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The number of tracks that follow the header without gaps by their lengths, plus one if the last
// ends with the file.
int TracksInPlace(std::span<const std::uint8_t> file, std::size_t header) {
  std::uint64_t position = header + std::uint64_t{8} + BigEndian32(file, header + 4);
  int tracks = 0;
  while (position + 8 <= file.size()) {
    const auto here = static_cast<std::size_t>(position);
    if (!HasSignature(file, here, "MTrk")) break;
    ++tracks;
    position += 8 + std::uint64_t{BigEndian32(file, here + 4)};
  }
  return tracks + (position == file.size() ? 1 : 0);
}

// The first 0D 0A, if a 0D is before every 0A and the chunks fit better without these.
std::optional<std::size_t> FindLineEnds(std::string_view text, std::size_t header) {
  const std::size_t first = text.find("\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) {
    if (at == 0 || text[at - 1] != '\r') return std::nullopt;
  }
  std::string before(text.substr(0, first));
  for (std::size_t i = first; i < text.size(); ++i) {
    if (text[i] != '\r' || !text.substr(i + 1).starts_with('\n')) before += text[i];
  }
  if (before.size() < header + 14) return std::nullopt;
  return TracksInPlace(AsBytes(before), header) > TracksInPlace(AsBytes(text), header)
             ? std::optional(first)
             : std::nullopt;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string LooksLike(std::span<const std::uint8_t> bytes) {
  const std::string_view all = AsText(bytes);
  for (const Signature& signature : kSignatures) {
    if (all.size() >= signature.offset &&
        all.substr(signature.offset).starts_with(signature.bytes)) {
      return std::string(signature.name);
    }
  }
  std::string_view head = all.substr(0, 512);
  if (std::ranges::all_of(head, [](char c) { return c == 0; })) return "zeros";
  if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) return "UTF-16 text";
  if (head.starts_with("\xef\xbb\xbf"sv)) head.remove_prefix(3);
  if (IsText(head)) {
    const std::size_t start = std::min(head.find_first_not_of(" \t\r\n\f"), head.size());
    const std::string_view text = head.substr(start);
    const std::string lower = Lower(text);
    if (lower.starts_with("<!doctype html") || lower.starts_with("<html")) return "an HTML page";
    if (text.starts_with("<?xml") || text.starts_with('<')) return "an XML document";
    if (text.starts_with("X:")) return "ABC notation";
    if (text.starts_with('{') || text.starts_with('[')) return "JSON";
    return "text";
  }
  std::string first;
  for (const char c : head.substr(0, 4)) {
    first += fmt::format("{}{:02X}", first.empty() ? "" : " ", static_cast<unsigned char>(c));
  }
  return fmt::format("unknown data ({} ...)", first);
}

std::optional<TransferDamage> FindTransferDamage(std::span<const std::uint8_t> file) {
  const std::string_view text = AsText(file);
  const std::size_t header = text.find("MThd");
  if (header == std::string_view::npos || file.size() - header < 14) return std::nullopt;
  if (const auto first = FindLineEnds(text, header)) {
    return TransferDamage{*first, "a text-mode transfer put a byte 0D before every 0A"};
  }
  // A sound header has a 00, and every track a status byte, which no UTF-8 text has.
  const std::size_t track = text.find("MTrk", header);
  constexpr std::size_t kEnough = 24;
  if (track == std::string_view::npos || file.size() - track < kEnough) return std::nullopt;
  if (text.find('\0') == std::string_view::npos) {
    return TransferDamage{header + 4, "a text-mode transfer removed every byte 00"};
  }
  if (!IsUtf8(text)) return std::nullopt;
  const auto high = std::ranges::find_if(file, [](auto byte) { return byte >= 0x80; });
  if (high == file.end()) {
    return TransferDamage{track + 8, "a 7-bit transfer cleared the highest bit of every byte"};
  }
  return TransferDamage{static_cast<std::size_t>(high - file.begin()),
                        "a conversion of text to UTF-8 changed every byte over 7F"};
}

}  // namespace rltuner::midi
