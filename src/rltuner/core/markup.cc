// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/markup.h"

#include <string_view>

#include "rltuner/core/text.h"

namespace rltuner {

std::string EscapeXml(const std::string& text) {
  constexpr std::string_view kSpecial = "&<>\"'";
  constexpr std::string_view kEscapes[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
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
    const std::size_t special = kSpecial.find(text[i]);
    result += special == kSpecial.npos ? bytes.substr(i, length) : kEscapes[special];
    i += length;
  }
  return result;
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace rltuner
