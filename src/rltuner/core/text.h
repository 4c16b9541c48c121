// SPDX-License-Identifier: Apache-2.0
// Numbers, letters and characters in text.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace rltuner {

// The bytes as text, without any check.
inline std::string_view AsText(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The length in bytes, 1 .. 4, of the UTF-8 character that `text` begins with. 0 if it begins with
// a truncated, overlong or surrogate form (RFC 3629), or with no character at all.
std::size_t Utf8Length(std::string_view text);

// The number of code points in UTF-8 text.
std::size_t CodePoints(std::string_view text);

// UTF-8 text without the byte order mark that some editors put before it.
std::string_view WithoutByteOrderMark(std::string_view text);

// The text with A .. Z as a .. z. Other bytes stay.
std::string Lower(std::string_view text);

// The text as one word of a shell, in quotes if necessary.
std::string ShellWord(std::string_view text);

// "1 note", "2 notes". `many` is the plural; "" stands for `one` with an s.
std::string Counted(std::int64_t count, std::string_view one, std::string_view many = "");

// The whole text as a number, as std::from_chars reads it; nullopt if it is none.
template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace rltuner
