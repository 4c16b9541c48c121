// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/markup.h"

#include <string_view>

#include "rltuner/core/text.h"

namespace rltuner {

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

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace rltuner
