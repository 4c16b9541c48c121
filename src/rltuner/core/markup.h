// SPDX-License-Identifier: Apache-2.0
// Text of XML and HTML, as it is put together.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace rltuner {

// Text with &, <, > and quotes made safe inside XML; bytes that are no UTF-8 and control characters
// become U+FFFD.
std::string EscapeXml(const std::string& text);

// Text as one field of a CSV file (RFC 4180): in quotes where it has a comma, a quote or a line
// end.
std::string CsvField(const std::string& text);

// What a page or a drawing is written by, piece by piece. Nothing is escaped.
class MarkupWriter {
 protected:
  template <typename... Args>
  void Put(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...);
  }

  std::string text_;
};

}  // namespace rltuner
