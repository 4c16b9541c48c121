// SPDX-License-Identifier: Apache-2.0
// Helpers that write XML, HTML and CSV.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace rltuner {

// The text with &, <, > and quotes escaped for XML. Control characters and bytes that are not valid
// UTF-8 become U+FFFD.
std::string EscapeXml(const std::string& text);

// The text as one field of a CSV file (RFC 4180), quoted if it contains a comma, a quote or a line
// break.
std::string CsvField(const std::string& text);

// Base of the classes that write a page or a drawing piece by piece. Nothing is escaped.
class MarkupWriter {
 protected:
  template <typename... Args>
  void Put(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...);
  }

  std::string text_;
};

}  // namespace rltuner
