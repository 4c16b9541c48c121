// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/markup.h"

#include <string_view>

namespace rltuner {
namespace {

// The length of the UTF-8 character that starts here, 0 if none does.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80   ? 1
                             : byte(0) < 0xC2 ? 0
                             : byte(0) < 0xE0 ? 2
                             : byte(0) < 0xF0 ? 3
                             : byte(0) < 0xF5 ? 4
                                              : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::string EscapeXml(const std::string& text) {
  const std::string_view bytes = text;
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = Utf8Length(bytes.substr(i));
    const bool control = text[i] >= 0 && text[i] < 0x20;
    if (length == 0 || control) {
      result += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    switch (text[i]) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result.append(text, i, length);
    }
    i += length;
  }
  return result;
}

}  // namespace rltuner
