// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/transfer.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "rltuner/core/utf8.h"
#include "rltuner/midi/header.h"

namespace rltuner {
namespace {

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// How many tracks follow the header one right after the other by their lengths, and one more if the
// last of them ends with the file.
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

// The first 0D 0A if a 0D is before every 0A and the chunks fit better without it.
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

std::optional<TransferDamage> FindTransferDamage(std::span<const std::uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
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
  const auto high = std::find_if(file.begin(), file.end(), [](auto byte) { return byte >= 0x80; });
  if (high == file.end()) {
    return TransferDamage{track + 8, "a 7-bit transfer cleared the highest bit of every byte"};
  }
  return TransferDamage{static_cast<std::size_t>(high - file.begin()),
                        "a conversion of text to UTF-8 changed every byte over 7F"};
}

}  // namespace rltuner
