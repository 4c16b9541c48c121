// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace rltuner {

// The length in bytes, 1 .. 4, of the UTF-8 character that `text` begins with. 0 if it begins with
// a truncated, overlong or surrogate form (RFC 3629), or with no character at all.
std::size_t Utf8Length(std::string_view text);

// The number of code points of UTF-8 text: "±" is one.
std::size_t CodePoints(std::string_view text);

}  // namespace rltuner
