// SPDX-License-Identifier: Apache-2.0
// The only exception that this library throws: a user's mistake or damaged input.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace rltuner {

// The text with each control character replaced by a space.
inline std::string OneLine(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::ranges::replace_if(text, is_control, ' ');
  return text;
}

// Thrown by file, format and option code. The message is one line that names what is wrong, where
// (path with byte offset or line, option with value), and what was expected. Programming errors are
// asserts, never an Error; nothing throws inside a training step.
class Error : public std::runtime_error {
 public:
  // Passes the message through OneLine, because names in damaged files may contain anything.
  explicit Error(const std::string& message) : std::runtime_error(OneLine(message)) {}
};

template <typename... Args>
[[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace rltuner
