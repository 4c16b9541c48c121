// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/file_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace rltuner {
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

bool StartsWithIgnoringCase(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

bool IsText(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](unsigned char c) {
    return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

}  // namespace

std::string LooksLike(std::span<const std::uint8_t> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& signature : kSignatures) {
    if (all.size() >= signature.offset &&
        all.substr(signature.offset).starts_with(signature.bytes)) {
      return std::string(signature.name);
    }
  }
  std::string_view head = all.substr(0, 512);
  if (std::all_of(head.begin(), head.end(), [](char c) { return c == 0; })) return "zeros";
  if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) return "UTF-16 text";
  if (head.starts_with("\xef\xbb\xbf"sv)) head.remove_prefix(3);
  if (IsText(head)) {
    const std::size_t start = std::min(head.find_first_not_of(" \t\r\n\f"), head.size());
    const std::string_view text = head.substr(start);
    if (StartsWithIgnoringCase(text, "<!doctype html") || StartsWithIgnoringCase(text, "<html")) {
      return "an HTML page";
    }
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

}  // namespace rltuner
